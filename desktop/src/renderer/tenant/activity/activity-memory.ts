import { useQuery, useQueryClient } from '@tanstack/react-query';
import type { LongOperation } from '@tenantry/contracts';
import { useCallback, useEffect } from 'react';
import { usePlatform } from '../../app/platform-provider.tsx';
import { useTenantApi } from '../../app/tenant-api.ts';
import { useMe } from '../../app/use-me.ts';
import { type OwnActivity, ownActivity } from './ended-operations.ts';

/** What the first look at a tenant in which nothing has ended yet leaves. */
const LONG_AGO = '1970-01-01T00:00:00.000Z';

/** This person's own of the operations. While `isLooking` what has ended counts as seen, also after a restart. */
export function useOwnActivity(operations: readonly LongOperation[] | undefined, isLooking: boolean): OwnActivity<LongOperation> {
  const me = useMe(useTenantApi().tenant);
  const { seenUntil, mark } = useSeenUntil();
  const own = ownActivity(operations ?? [], me?.subject, seenUntil);
  const isNews = isLooking && own.until !== undefined && typeof seenUntil === 'string' && seenUntil < own.until;
  const isFirstLook = seenUntil === null && me !== undefined && operations !== undefined;
  const seen = isNews || isFirstLook ? (own.until ?? LONG_AGO) : undefined;
  // What somebody has seen goes to the machine's memory, not onto the screen.
  useEffect(() => {
    if (seen !== undefined) mark(seen);
  }, [seen, mark]);
  return own;
}

/** Until when this person has seen how operations of the tenant ended; undefined until it is known, null for who never looked. */
function useSeenUntil() {
  const { kept } = usePlatform();
  const { tenant } = useTenantApi();
  const queries = useQueryClient();
  const { data } = useQuery({
    queryKey: ['activity', tenant, 'seen'],
    queryFn: () => (kept === undefined ? localStorage.getItem(nameOf(tenant)) : kept.activitySeen(tenant)),
    staleTime: Number.POSITIVE_INFINITY,
  });
  const mark = useCallback(
    (until: string): void => {
      queries.setQueryData<string | null>(['activity', tenant, 'seen'], (before) =>
        typeof before === 'string' && before > until ? before : until,
      );
      if (kept === undefined) localStorage.setItem(nameOf(tenant), until);
      else void kept.markActivitySeen(tenant, until).catch(() => {});
    },
    [queries, tenant, kept],
  );
  return { seenUntil: data, mark };
}

/** A browser has one environment: the one it was served from. */
function nameOf(tenant: string): string {
  return `tenantry.activity-seen.${tenant}`;
}
