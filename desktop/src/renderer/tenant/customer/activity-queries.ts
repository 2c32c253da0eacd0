import { type QueryClient, useInfiniteQuery, useQueryClient } from '@tanstack/react-query';
import type { Account, LongOperation, TenantryClient } from '@tenantry/contracts';
import { useEffect, useEffectEvent, useRef } from 'react';
import { useTenantApi } from '../../app/tenant-api.ts';
import { type LiveEvent, useLiveEvents } from '../live/live-updates.tsx';
import { type Paced, paced } from '../live/paced.ts';
import {
  accountEntries,
  reportEntries,
  type TimelineCursors,
  type TimelineEntry,
  type TimelinePart,
  timelineOf,
} from './customer-timeline.ts';

/** Accounts whose history is read along: each is a request of its own. */
export const ACCOUNTS_FOLLOWED = 10;
const PAGE_ROWS = 50;
/** A reading is a dozen requests. */
const PACE = { soonMs: 300, pauseMs: 3000 };

interface ActivityPage {
  readonly parts: readonly TimelinePart[];
  /** Of the first page only. */
  readonly accounts: readonly Account[];
  readonly operations: readonly LongOperation[];
  readonly accountsLeftOut: boolean;
}

/** Everything that happened to a customer, read page by page and kept true by the stream. */
export function useCustomerActivity(id: string) {
  const { client, tenant } = useTenantApi();
  const queries = useQueryClient();
  const queryKey = ['tenant', tenant, 'customer-activity', id];
  const activity = useInfiniteQuery({
    queryKey,
    initialPageParam: null as TimelineCursors | null,
    queryFn: ({ pageParam, signal }) => (pageParam === null ? firstPage(client, id, signal) : nextPage(client, id, pageParam, signal)),
    getNextPageParam: (_, pages) => timelineOf(pages.flatMap(({ parts }) => parts)).next,
  });
  const accounts = activity.data?.pages[0]?.accounts ?? [];
  useReadAgain(queries, queryKey, (event) => concerns(event, id, accounts));
  return activity;
}

/** Reads the query again when something happens that concerns it. */
function useReadAgain(queries: QueryClient, queryKey: readonly string[], isConcerned: (event: LiveEvent) => boolean): void {
  const reading = useRef<Paced>(undefined);
  const read = useEffectEvent(() => void queries.invalidateQueries({ queryKey }));
  useEffect(() => {
    const made = paced(() => read(), PACE);
    reading.current = made;
    return () => made.stop();
  }, []);
  useLiveEvents((event) => {
    if (isConcerned(event)) reading.current?.ask();
  });
}

function concerns({ subject, data }: LiveEvent, id: string, accounts: readonly Account[]): boolean {
  const { customerId, account } = (data ?? {}) as { customerId?: string; account?: Account };
  return (
    subject === `customers/${id}` ||
    customerId === id ||
    account?.customerId === id ||
    accounts.some((each) => subject === `accounts/${each.id}`)
  );
}

async function firstPage(client: TenantryClient, id: string, signal: AbortSignal): Promise<ActivityPage> {
  const [changes, listed, profile, operations] = await Promise.all([
    changesPart(client, id, undefined, signal),
    client.listCustomerAccounts({ params: { id }, query: { limit: ACCOUNTS_FOLLOWED }, signal }),
    client.getCustomerProfile({ params: { id }, signal }),
    client.listOperations({ query: { limit: 200 }, signal }),
  ]);
  const accounts = listed.data.items;
  const ofAccounts = await Promise.all(accounts.map((account) => accountPart(client, account.id, undefined, signal)));
  const systems = profile.data.integrations.map(
    ({ source, version, payload, updatedAt, updatedBy }): TimelineEntry => ({
      ...{ kind: 'system', key: `${source} ${version}`, at: updatedAt, actor: updatedBy, source, version, payload },
    }),
  );
  const reports = reportEntries(operations.data.items, new Set(accounts.map((account) => account.id)));
  return {
    parts: [
      ...[changes, ...ofAccounts],
      ...[
        { source: 'systems', entries: systems, next: null },
        { source: 'reports', entries: reports, next: null },
      ],
    ],
    accounts,
    operations: operations.data.items,
    accountsLeftOut: listed.data.page.next !== null,
  };
}

async function nextPage(client: TenantryClient, id: string, cursors: TimelineCursors, signal: AbortSignal): Promise<ActivityPage> {
  const parts = await Promise.all(
    Object.entries(cursors).map(([source, cursor]) =>
      source === CHANGES ? changesPart(client, id, cursor, signal) : accountPart(client, source, cursor, signal),
    ),
  );
  return { parts, accounts: [], operations: [], accountsLeftOut: false };
}

/** Source of the customer's own changes; those of accounts are called by their ids. */
const CHANGES = 'changes';

async function changesPart(client: TenantryClient, id: string, cursor: string | undefined, signal: AbortSignal): Promise<TimelinePart> {
  const { data } = await client.customerHistory({ params: { id }, query: pageOf(cursor), signal });
  const entries = data.items.map(
    (version): TimelineEntry => ({ kind: 'change', key: `${id} ${version.version}`, at: version.changedAt, actor: version.actor, version }),
  );
  return { source: CHANGES, entries, next: data.page.next };
}

async function accountPart(client: TenantryClient, id: string, cursor: string | undefined, signal: AbortSignal): Promise<TimelinePart> {
  const { data } = await client.accountHistory({ params: { id }, query: pageOf(cursor), signal });
  const posted = data.items.filter(({ change }) => change === 'posted');
  const [newest, oldest] = [posted[0], posted.at(-1)];
  const transactions =
    newest === undefined || oldest === undefined
      ? []
      : (
          await client.listAccountTransactions({
            params: { id },
            query: { limit: PAGE_ROWS, sort: '-accountVersion' },
            filter: { 'createdAt[gte]': oldest.changedAt, 'createdAt[lte]': newest.changedAt },
            signal,
          })
        ).data.items;
  return { source: id, entries: accountEntries(id, data.items, transactions), next: data.page.next };
}

function pageOf(cursor: string | undefined) {
  return { limit: PAGE_ROWS, ...(cursor === undefined ? {} : { cursor }) };
}
