import { type InfiniteData, useInfiniteQuery, useQuery } from '@tanstack/react-query';
import type { CustomerListItem, PageCount } from '@tenantry/contracts';
import { type TenantApi, useTenantApi } from '../../app/tenant-api.ts';
import { type CustomerListState, listCall } from './customer-list-state.ts';

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

/** The customers of a list, page by page as far as somebody has scrolled. */
export function useCustomerList(state: CustomerListState) {
  const { client, tenant } = useTenantApi();
  const call = listCall(state);
  return useInfiniteQuery({
    queryKey: [...customerListsKey(tenant), call],
    initialPageParam: null as string | null,
    queryFn: ({ pageParam, signal }) => readPage(client, call, pageParam, signal),
    getNextPageParam: (last) => last.page.next,
    refetchOnWindowFocus: isShort,
    refetchOnMount: isShort,
  });
}

function isShort({ state }: { readonly state: { readonly data: CustomerPages | undefined } }): boolean {
  return (state.data?.pages.length ?? 0) <= PAGES_READ_AGAIN_MAX;
}

/** How many customers pass: exact up to ten thousand. Asked for on its own, so that rows never wait for it. */
export function useCustomerCount(state: CustomerListState) {
  const { client, tenant } = useTenantApi();
  const { query, filter } = listCall(state);
  return useQuery({
    queryKey: ['tenant', tenant, 'customers', 'count', query.search ?? '', filter],
    enabled: query.search === undefined,
    queryFn: async ({ signal }) =>
      (await client.listCustomers({ query: { limit: 1, fields: 'id', count: 'exact' }, filter, signal })).data.page.count,
  });
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
