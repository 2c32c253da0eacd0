import { type QueryClient, useQueryClient } from '@tanstack/react-query';
import type { Customer, TenantEvent } from '@tenantry/contracts';
import { createContext, type ReactNode, useContext, useEffect, useEffectEvent, useState } from 'react';
import type { z } from 'zod';
import { apiReach } from '../../app/api-reach.ts';
import { useIsOffline } from '../../app/offline.ts';
import { useTenantApi } from '../../app/tenant-api.ts';
import { type CustomerPages, customerListsKey, PAGES_READ_AGAIN_MAX } from '../customers/customer-queries.ts';
import { type ConnectionState, followStream } from './follow-stream.ts';
import { staleParts } from './stale-parts.ts';

/** An event of the tenant's log, as the stream brings it. */
export type LiveEvent = z.infer<typeof TenantEvent>;
type Listener = (event: LiveEvent) => void;

const LiveContext = createContext<{ readonly state: ConnectionState; readonly listeners: Set<Listener> }>({
  state: 'connecting',
  listeners: new Set(),
});

/** Many events at once (an import) make one reading. */
const GATHER_MS = 400;

/** Follows what happens in the tenant and keeps what is on screen true. One stream for all screens. */
export function LiveUpdates({ children }: { readonly children: ReactNode }) {
  const { client, tenant } = useTenantApi();
  const queries = useQueryClient();
  const [state, setState] = useState<ConnectionState>('connecting');
  const [listeners] = useState(() => new Set<Listener>());
  const isOffline = useIsOffline();
  // A subscription, not data: what it brings goes to the queries. Begun anew when the api is back: nobody waits for the end of a pause then.
  // biome-ignore lint/correctness/useExhaustiveDependencies: see above
  useEffect(() => {
    const stop = new AbortController();
    const gathered = gatherer(queries, tenant);
    void followStream({
      signal: stop.signal,
      open: async (lastId, signal) => {
        const { data } = await client.streamEvents({ query: lastId === undefined ? {} : { after: lastId }, signal });
        // Without a last event nobody can say what was missed since the stream before, or since the first rows were read.
        if (lastId === undefined) gathered.addAll();
        return data?.pipeThrough(overheard(() => apiReach.heard(tenant))) ?? null;
      },
      onState: setState,
      onMessage: ({ data }) => {
        const event = data as LiveEvent;
        patchLists(queries, tenant, event);
        gathered.add(event);
        for (const listener of listeners) listener(event);
        return 'more';
      },
    });
    return () => {
      stop.abort();
      gathered.stop();
    };
  }, [client, tenant, queries, listeners, isOffline]);
  return <LiveContext value={{ state, listeners }}>{children}</LiveContext>;
}

/** Passes everything on. What keeps a connection open between events is heard, too. */
function overheard(onChunk: () => void): TransformStream<Uint8Array, Uint8Array> {
  return new TransformStream({
    transform: (chunk, passOn) => {
      onChunk();
      passOn.enqueue(chunk);
    },
  });
}

/** Whether changes of others show by themselves. */
export function useConnection(): ConnectionState {
  return useContext(LiveContext).state;
}

/** Hears every event of the tenant while the screen is shown, through the one stream there is. */
export function useLiveEvents(onEvent: Listener): void {
  const { listeners } = useContext(LiveContext);
  const heard = useEffectEvent(onEvent);
  useEffect(() => {
    const listener: Listener = (event) => heard(event);
    listeners.add(listener);
    return () => void listeners.delete(listener);
  }, [listeners]);
}

/** A row on screen becomes what the event says at once; an older version never comes back over a newer one. */
function patchLists(queries: QueryClient, tenant: string, event: LiveEvent): void {
  const { customer } = event.data as { customer?: Customer };
  if (!event.type.startsWith('dev.tenantry.customer.') || customer === undefined) return;
  queries.setQueriesData<CustomerPages>({ queryKey: customerListsKey(tenant) }, (lists) => {
    const isShown = lists?.pages.some(({ items }) => items.some(({ id, version = 0 }) => id === customer.id && version < customer.version));
    if (lists === undefined || isShown !== true) return lists;
    const pages = lists.pages.map((page) =>
      page.items.some(({ id }) => id === customer.id)
        ? { ...page, items: page.items.map((row) => (row.id === customer.id ? { ...row, ...customer } : row)) }
        : page,
    );
    return { ...lists, pages };
  });
}

function gatherer(queries: QueryClient, tenant: string) {
  const stale = new Set<string>();
  let all = false;
  let lists = false;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const settle = () => {
    timer = undefined;
    if (all) void queries.invalidateQueries({ queryKey: ['tenant', tenant] });
    all = false;
    for (const part of stale) void queries.invalidateQueries({ queryKey: ['tenant', tenant, ...part.split('/')] });
    stale.clear();
    if (!lists) return;
    lists = false;
    void queries.invalidateQueries({ queryKey: ['tenant', tenant, 'customers', 'count'] });
    void queries.invalidateQueries({
      queryKey: customerListsKey(tenant),
      predicate: ({ state }) => ((state.data as CustomerPages | undefined)?.pages.length ?? 0) <= PAGES_READ_AGAIN_MAX,
    });
  };
  return {
    add: (event: LiveEvent) => {
      for (const part of staleParts(event)) stale.add(part);
      if (event.subject.startsWith('customers/') && !event.type.includes('.updated.')) lists = true;
      timer ??= setTimeout(settle, GATHER_MS);
    },
    addAll: () => {
      all = true;
      timer ??= setTimeout(settle, GATHER_MS);
    },
    stop: () => clearTimeout(timer),
  };
}
