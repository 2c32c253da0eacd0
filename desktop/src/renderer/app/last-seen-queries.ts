import type { Query, QueryFunction, QueryFunctionContext, QueryKey } from '@tanstack/react-query';
import type { KeptOnThisMachine } from '../../platform/kept-on-this-machine.ts';
import type { ApiReach } from './api-reach.ts';

/** What of a tenant is kept for being offline: lists, customers and what is needed to show them. */
const KEPT: readonly string[] = ['me', 'customers', 'customer', 'accounts', 'views', 'figures', 'operations', 'reports', 'plan', 'usage'];
/** Something that is read again and again is written at most so often. */
const GATHER_MS = 1000;

type Store = Pick<KeptOnThisMachine, 'lastSeen' | 'keepLastSeen'>;

interface Pages {
  readonly pages: readonly unknown[];
  readonly pageParams: readonly unknown[];
}

/**
 * Reads as every query does, and when nobody answers shows what there is: what is on screen already, or what this person has last seen. With neither it
 * fails as before. For `defaultOptions.queries.persister`.
 */
export function lastSeenQueries(store: Store | undefined, reach: ApiReach, gatherMs: number = GATHER_MS) {
  const keep = store === undefined ? () => {} : gathered(store, gatherMs);
  return async <Data>(
    read: QueryFunction<Data, QueryKey, never>,
    context: QueryFunctionContext<QueryKey>,
    query: Pick<Query, 'queryKey' | 'queryHash' | 'state'>,
  ): Promise<Data> => {
    const [view, tenant, part] = query.queryKey;
    if (view !== 'tenant' || typeof tenant !== 'string') return await read(context as never);
    const isKept = typeof part === 'string' && KEPT.includes(part);
    try {
      const data = await read(context as never);
      reach.showsAnswer(query.queryHash);
      if (isKept) keep(tenant, query.queryHash, data);
      return data;
    } catch (error) {
      // Who scrolls on is told that there is no more now: the rows before stay.
      if (reach.isReached(tenant) || query.state.fetchMeta?.fetchMore !== undefined) throw error;
      if (query.state.data !== undefined) return query.state.data as Data;
      const seen = isKept ? await store?.lastSeen(tenant, query.queryHash).catch(() => null) : null;
      if (seen === null || seen === undefined) throw error;
      reach.shows(query.queryHash, seen.at);
      return JSON.parse(seen.text) as Data;
    }
  };
}

function gathered(store: Store, gatherMs: number): (tenant: string, name: string, data: unknown) => void {
  const waiting = new Map<string, () => Promise<void>>();
  const write = (): void => {
    const all = [...waiting.values()];
    waiting.clear();
    // What could not be kept is missing when offline, and nothing worse.
    for (const each of all) void each().catch(() => {});
  };
  return (tenant, name, data) => {
    if (waiting.size === 0) setTimeout(write, gatherMs);
    waiting.set(`${tenant} ${name}`, () => store.keepLastSeen(tenant, name, JSON.stringify(beginningOf(data))));
  };
}

/** Of a list that was scrolled for long, the first page: it says how to go on when the api is back. */
function beginningOf(data: unknown): unknown {
  const { pages, pageParams } = (data ?? {}) as Partial<Pages>;
  if (!Array.isArray(pages) || !Array.isArray(pageParams)) return data;
  return { pages: pages.slice(0, 1), pageParams: pageParams.slice(0, 1) };
}
