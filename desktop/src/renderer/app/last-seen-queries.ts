import type { Query, QueryFunction, QueryFunctionContext, QueryKey } from '@tanstack/react-query';
import { ProblemError } from '@tenantry/contracts';
import type { KeptOnThisMachine } from '../../platform/kept-on-this-machine.ts';
import { PlatformError } from '../../platform/platform-error.ts';
import type { ApiReach } from './api-reach.ts';

/** What of a tenant is kept for being offline: lists, customers and what is needed to show them. */
const KEPT: readonly string[] = ['me', 'customers', 'customer', 'accounts', 'views', 'figures', 'operations', 'reports', 'plan', 'usage'];
/** Something that is read again and again is written at most so often. */
const GATHER_MS = 1000;

type Store = Pick<KeptOnThisMachine, 'lastSeen' | 'keepLastSeen'>;

type ReadQuery = Pick<Query, 'queryKey' | 'queryHash' | 'state'>;

interface Pages {
  readonly pages: readonly unknown[];
  readonly pageParams: readonly unknown[];
}

/**
 * Reads as every query does, and when nobody answers shows what there is: what is on screen already, or what this person has last seen. With neither it
 * fails as before. What is on screen stays, too, while the person has to sign in again. For `defaultOptions.queries.persister`.
 */
export function lastSeenQueries(store: Store | undefined, reach: ApiReach, gatherMs: number = GATHER_MS) {
  const keep = store === undefined ? () => {} : gathered(store, gatherMs);
  const readOrLastSeen = async <Data>(
    read: QueryFunction<Data, QueryKey, never>,
    context: QueryFunctionContext<QueryKey>,
    query: ReadQuery,
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
  return async <Data>(
    read: QueryFunction<Data, QueryKey, never>,
    context: QueryFunctionContext<QueryKey>,
    query: ReadQuery,
  ): Promise<Data> => {
    try {
      return await readOrLastSeen(read, context, query);
    } catch (error) {
      // A screen that showed this failure would have nothing more of what somebody was typing on it.
      if (!asksToSignIn(error) || query.state.data === undefined || query.state.fetchMeta?.fetchMore !== undefined) throw error;
      return query.state.data as Data;
    }
  };
}

function asksToSignIn(error: unknown): boolean {
  if (error instanceof ProblemError) return error.problem.status === 401;
  return error instanceof PlatformError && error.problem.code === 'not-signed-in';
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
