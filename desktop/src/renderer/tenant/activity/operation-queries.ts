import { queryOptions, useQuery, useQueryClient } from '@tanstack/react-query';
import type { LongOperation } from '@tenantry/contracts';
import { useEffect } from 'react';
import { useTenantApi } from '../../app/tenant-api.ts';
import { followStream } from '../live/follow-stream.ts';

/** Where long operations of a tenant are kept. */
export const operationsKey = (tenant: string) => ['tenant', tenant, 'operations'] as const;

/** Queued or running: it will still change. */
export function isUnderWay(operation: Pick<LongOperation, 'status'> | undefined): boolean {
  return operation !== undefined && (operation.status === 'queued' || operation.status === 'running');
}

/** Events say when one ends; this is for when they do not come. */
const LOOK_AGAIN_MS = 5000;

/** The newest operations of the tenant. They are the server's: a restart of this application loses none. */
export function useOperations() {
  return useQuery(useListOfOperations());
}

/** The same, looked at again and again while one is under way, also when the window is hidden. */
export function useOperationsFollowed() {
  return useQuery({
    ...useListOfOperations(),
    refetchInterval: ({ state }) => (state.data?.some(isUnderWay) === true ? LOOK_AGAIN_MS : false),
    refetchIntervalInBackground: true,
  });
}

function useListOfOperations() {
  const { client, tenant } = useTenantApi();
  return queryOptions({
    queryKey: [...operationsKey(tenant), 'list'],
    queryFn: async ({ signal }) => (await client.listOperations({ query: { limit: 50 }, signal })).data.items,
  });
}

/** One operation, followed as it runs. */
export function useOperation(id: string) {
  const { client, tenant } = useTenantApi();
  const queries = useQueryClient();
  const query = useQuery({
    queryKey: [...operationsKey(tenant), 'one', id],
    queryFn: async ({ signal }) => (await client.getOperation({ params: { id }, signal })).data,
  });
  const underWay = isUnderWay(query.data);
  // A subscription, not data: what it tells goes into the query; the end is read anew, as only the operation has its result.
  useEffect(() => {
    if (!underWay) return undefined;
    const key = [...operationsKey(tenant), 'one', id];
    const stop = new AbortController();
    void followStream({
      signal: stop.signal,
      open: async (_, signal) => (await client.streamOperation({ params: { id }, signal })).data,
      onState: () => {},
      onMessage: ({ data }) => {
        const step = data as Pick<LongOperation, 'status' | 'progress' | 'problem'>;
        if (isUnderWay(step)) {
          queries.setQueryData<LongOperation>(key, (old) =>
            old === undefined ? old : { ...old, status: step.status, progress: step.progress },
          );
          return 'more';
        }
        void queries.invalidateQueries({ queryKey: operationsKey(tenant) });
        return 'enough';
      },
    });
    return () => stop.abort();
  }, [underWay, client, tenant, queries, id]);
  return query;
}
