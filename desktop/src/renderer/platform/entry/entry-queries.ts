import { queryOptions } from '@tanstack/react-query';
import type { PlatformViewAccess } from '../../../platform/platform-view-access.ts';
import type { TenantEntry } from '../../../platform/platform-view-questions.ts';

/** The operator lets somebody in within a second: who waits is looked for more often. */
const WAITING_MS = 1_000;
const OTHERWISE_MS = 5_000;

/** Who of the staff is in a tenant. */
export function entriesQuery(access: PlatformViewAccess, tenant: string) {
  return queryOptions({
    queryKey: ['platform', 'entries', tenant],
    queryFn: () => access.ask('entries.list', { tenant }),
    refetchInterval: ({ state }) => (state.data?.some(isWaiting) === true ? WAITING_MS : OTHERWISE_MS),
  });
}

const isWaiting = ({ state }: TenantEntry): boolean => state === 'waiting';
