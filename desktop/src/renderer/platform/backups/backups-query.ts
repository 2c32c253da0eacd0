import { queryOptions } from '@tanstack/react-query';
import type { PlatformViewAccess } from '../../../platform/platform-view-access.ts';
import { isUnderWay } from './under-way.ts';

/** A small tenant's takes seconds, a large one's minutes: what is under way is looked for more often. */
const UNDER_WAY_MS = 2_000;
const OTHERWISE_MS = 5_000;

/** Backups of a tenant and what was restored into it, while somebody looks at them. */
export function backupsQuery(access: PlatformViewAccess, tenant: string) {
  return queryOptions({
    queryKey: ['platform', 'backups', tenant],
    queryFn: () => access.ask('backups.read', { tenant }),
    refetchInterval: ({ state }) => (state.data !== undefined && isUnderWay(state.data) ? UNDER_WAY_MS : OTHERWISE_MS),
  });
}
