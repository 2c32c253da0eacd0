import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useTenantApi } from '../../app/tenant-api.ts';

/** Where accounts and what is booked on them are kept. */
export const accountsKey = (tenant: string) => ['tenant', tenant, 'accounts'] as const;

/** The accounts of a customer, now or as they were. Fifty: whoever has more sees them in the list of accounts. */
export function useCustomerAccounts(customerId: string, asOf?: string) {
  const { client, tenant } = useTenantApi();
  return useQuery({
    queryKey: [...accountsKey(tenant), 'of', customerId, asOf ?? null],
    queryFn: async ({ signal }) =>
      (
        await client.listCustomerAccounts({
          params: { id: customerId },
          query: { limit: 200, ...(asOf === undefined ? {} : { asOf }) },
          signal,
        })
      ).data.items,
  });
}

/** One account as it is. */
export function useAccount(id: string) {
  const { client, tenant } = useTenantApi();
  return useQuery({
    queryKey: [...accountsKey(tenant), 'one', id],
    queryFn: async ({ signal }) => {
      const { data, etag } = await client.getAccount({ params: { id }, signal });
      return { account: data, etag: etag ?? `"${data.version}"` };
    },
  });
}

/** The account of a number; null when there is none. Nothing is asked while nothing is typed. */
export function useAccountByNumber(number: string) {
  const { client, tenant } = useTenantApi();
  return useQuery({
    queryKey: [...accountsKey(tenant), 'numbered', number],
    enabled: number !== '',
    queryFn: async ({ signal }) => (await client.listAccounts({ query: { limit: 1 }, filter: { number }, signal })).data.items[0] ?? null,
  });
}

/** What was booked on an account, last first. */
export function useTransactions(accountId: string) {
  const { client, tenant } = useTenantApi();
  return useInfiniteQuery({
    queryKey: [...accountsKey(tenant), 'transactions', accountId],
    initialPageParam: null as string | null,
    queryFn: async ({ pageParam, signal }) =>
      (
        await client.listAccountTransactions({
          params: { id: accountId },
          query: { limit: 200, ...(pageParam === null ? {} : { cursor: pageParam }) },
          signal,
        })
      ).data,
    getNextPageParam: (last) => last.page.next,
  });
}

/** The statement of a period: `from` and `to` are instants. */
export function useStatement(accountId: string, from: string, to: string) {
  const { client, tenant } = useTenantApi();
  return useQuery({
    queryKey: [...accountsKey(tenant), 'statement', accountId, from, to],
    queryFn: async ({ signal }) =>
      (await client.accountStatement({ params: { id: accountId }, query: { from, to, limit: 200 }, signal })).data,
  });
}
