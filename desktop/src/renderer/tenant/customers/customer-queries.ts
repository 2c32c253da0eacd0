import { type InfiniteData, infiniteQueryOptions, type QueryClient, queryOptions, useInfiniteQuery, useQuery } from '@tanstack/react-query';
import type { CustomerListItem, PageCount } from '@tenantry/contracts';
import { type TenantApi, useTenantApi } from '../../app/tenant-api.ts';
import { type CustomerListState, listCall, parseListState } from './customer-list-state.ts';

/** Rows of one request: the most the API gives. */
export const PAGE_ROWS = 200;

interface CustomerListPage {
  readonly items: readonly CustomerListItem[];
  readonly page: { readonly next: string | null; readonly count?: PageCount | undefined };
}

export type CustomerPages = InfiniteData<CustomerListPage, string | null>;

/** A list that somebody has scrolled further than this is not read again under them: it would be page by page, from the first one on. */
export const PAGES_READ_AGAIN_MAX = 3;

/** Where lists of customers of a tenant are kept. */
export const customerListsKey = (tenant: string) => ['tenant', tenant, 'customers', 'list'] as const;

type Api = Pick<TenantApi, 'client' | 'tenant'>;

function customerListQuery({ client, tenant }: Api, state: CustomerListState) {
  const call = listCall(state);
  return infiniteQueryOptions({
    queryKey: [...customerListsKey(tenant), call],
    initialPageParam: null as string | null,
    queryFn: ({ pageParam, signal }) => readPage(client, call, pageParam, signal),
    getNextPageParam: (last) => last.page.next,
  });
}

/** The customers of a list, page by page as far as somebody has scrolled. */
export function useCustomerList(state: CustomerListState) {
  const query = customerListQuery(useTenantApi(), state);
  return useInfiniteQuery({ ...query, refetchOnWindowFocus: isShort, refetchOnMount: isShort });
}

/** Begins to read the first page of a list that was not shown yet, and how long it is. @param text the list as its address has it */
export function readCustomersAhead(queries: QueryClient, api: Api, text: string | undefined): void {
  const state = parseListState(new URLSearchParams(text));
  const list = customerListQuery(api, state);
  if (queries.getQueryState(list.queryKey) !== undefined) return;
  void queries.prefetchInfiniteQuery(list);
  const count = customerCountQuery(api, state);
  if (count.enabled) void queries.prefetchQuery(count);
}

function isShort({ state }: { readonly state: { readonly data: CustomerPages | undefined } }): boolean {
  return (state.data?.pages.length ?? 0) <= PAGES_READ_AGAIN_MAX;
}

function customerCountQuery({ client, tenant }: Api, state: CustomerListState) {
  const { query, filter } = listCall(state);
  return {
    ...queryOptions({
      queryKey: ['tenant', tenant, 'customers', 'count', query.search ?? '', filter],
      queryFn: async ({ signal }) =>
        (await client.listCustomers({ query: { limit: 1, fields: 'id', count: 'exact' }, filter, signal })).data.page.count,
    }),
    enabled: query.search === undefined,
  };
}

/** How many customers pass: exact up to ten thousand. Asked for on its own, so that rows never wait for it. */
export function useCustomerCount(state: CustomerListState) {
  return useQuery(customerCountQuery(useTenantApi(), state));
}

/** All customers that pass, page by page. For changes of many: what is on screen is only the beginning. */
export async function* allCustomers(
  client: TenantApi['client'],
  state: CustomerListState,
  signal: AbortSignal,
): AsyncGenerator<readonly CustomerListItem[]> {
  const call = listCall({ ...state, columns: ['name'] });
  let cursor: string | null = null;
  do {
    const page: CustomerListPage = await readPage(client, call, cursor, signal);
    yield page.items;
    cursor = page.page.next;
  } while (cursor !== null);
}

async function readPage(
  client: TenantApi['client'],
  call: ReturnType<typeof listCall>,
  cursor: string | null,
  signal: AbortSignal,
): Promise<CustomerListPage> {
  const query = { ...call.query, limit: PAGE_ROWS, ...(cursor === null ? {} : { cursor }) };
  return (await client.listCustomers({ query, filter: call.filter, signal })).data;
}
