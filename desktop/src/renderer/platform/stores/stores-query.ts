import { queryOptions } from '@tanstack/react-query';
import type { PlatformViewAccess } from '../../../platform/platform-view-access.ts';

/** Three stores are asked each time: often enough to see something fill or drain. */
const EVERY_MS = 10_000;

/** What a tenant has in its stores, while somebody looks at it. */
export function storesQuery(access: PlatformViewAccess, name: string) {
  return queryOptions({
    queryKey: ['platform', 'stores', name],
    queryFn: () => access.ask('tenants.stores', { name }),
    refetchInterval: EVERY_MS,
  });
}
