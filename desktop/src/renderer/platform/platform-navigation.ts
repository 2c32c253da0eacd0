import { Building2, ChartBar, CirclePlus } from 'lucide-react';
import type { NavigationItem } from '../app/navigation.ts';

/** Entries of the platform's navigation, top to bottom. */
export const platformNavigation: readonly NavigationItem[] = [
  { to: '/platform/tenants', labelKey: 'navigation.tenants', icon: Building2, shortcut: 't' },
  { to: '/platform/fleet', labelKey: 'navigation.fleet', icon: ChartBar, shortcut: 'f' },
  { to: '/platform/new-tenant', labelKey: 'navigation.newTenant', icon: CirclePlus },
];
