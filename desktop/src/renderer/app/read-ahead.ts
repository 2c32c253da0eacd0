import type { QueryClient } from '@tanstack/react-query';
import type { Platform } from '../../platform/platform.ts';
import { sessionQuery } from './session.ts';
import { type TenantApi, tenantApi } from './tenant-api.ts';

/** What routes are given to read ahead with. */
export interface RouteContext {
  readonly queries: QueryClient;
  readonly platform: Platform;
}

/**
 * Asks for what a screen will show while its script is still on the way; for a route's `loader`, which nobody waits for. Who is not let in is asked for
 * nothing, and what could not be read is read again, and told of, by the screen.
 */
export function readAhead({ queries, platform }: RouteContext, tenant: string, read: (api: TenantApi) => void): void {
  const begin = async (): Promise<void> => {
    const session = await queries.ensureQueryData(sessionQuery(platform, 'tenants'));
    if (session.signedIn && session.tenants.includes(tenant)) read(tenantApi(platform, tenant));
  };
  void begin().catch(() => {});
}
