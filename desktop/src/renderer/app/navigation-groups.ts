import { useRouterState } from '@tanstack/react-router';
import { platformNavigation } from '../platform/platform-navigation.ts';
import { tenantNavigation } from '../tenant/tenant-navigation.ts';
import type { NavigationItem } from './navigation.ts';
import { usePlatform } from './platform-provider.tsx';
import { useSession } from './session.ts';
import { useMe } from './use-me.ts';

/** The ways into one view. */
export interface NavigationGroup {
  readonly view: 'tenant' | 'platform';
  readonly items: readonly NavigationItem[];
  /** What the addresses of its items need. */
  readonly params: Readonly<Record<string, string>>;
}

/** The ways to every screen that this person can open from here; nothing while nobody is signed in. */
export function useNavigationGroups(): readonly NavigationGroup[] {
  const platform = usePlatform();
  const staff = useSession('staff');
  const tenant = useTenantInAddress();
  const me = useMe(tenant);
  const mayOpen = ({ operation }: NavigationItem): boolean => operation === undefined || (me?.operations.includes(operation) ?? false);
  const groups: NavigationGroup[] = [];
  if (tenant !== undefined && me !== undefined)
    groups.push({ view: 'tenant', items: tenantNavigation.filter(mayOpen), params: { tenant } });
  if (platform.views.includes('platform') && staff.session?.signedIn === true)
    groups.push({ view: 'platform', items: platformNavigation, params: {} });
  return groups;
}

/** Slug of the tenant whose screens are shown, if any. */
export function useTenantInAddress(): string | undefined {
  return useRouterState({ select: ({ location }) => /^\/tenants\/([^/]+)/.exec(location.pathname)?.[1] });
}
