import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import type { Customer } from '@tenantry/contracts';
import { useTenantApi } from '../../app/tenant-api.ts';

/** Where everything about one customer is kept. */
export const customerKey = (tenant: string, id: string) => ['tenant', tenant, 'customer', id] as const;

/** A customer with the tag a change of it must carry. */
export interface ReadCustomer {
  readonly customer: Customer;
  readonly etag: string;
}

/** The customer as it is, or as it was at `asOf`. */
export function useCustomer(id: string, asOf?: string) {
  const { client, tenant } = useTenantApi();
  return useQuery({
    queryKey: [...customerKey(tenant, id), 'customer', asOf ?? null],
    queryFn: async ({ signal }): Promise<ReadCustomer> => {
      const { data, etag } = await client.getCustomer({ params: { id }, query: asOf === undefined ? {} : { asOf }, signal });
      return { customer: data, etag: etag ?? `"${data.version}"` };
    },
  });
}

/** Every version of a customer, newest first. */
export function useCustomerHistory(id: string) {
  const { client, tenant } = useTenantApi();
  return useInfiniteQuery({
    queryKey: [...customerKey(tenant, id), 'history'],
    initialPageParam: null as string | null,
    queryFn: async ({ pageParam, signal }) =>
      (await client.customerHistory({ params: { id }, query: pageParam === null ? {} : { cursor: pageParam }, signal })).data,
    getNextPageParam: (last) => last.page.next,
  });
}

/** What integrations have said, and what happened lately. */
export function useCustomerProfile(id: string) {
  const { client, tenant } = useTenantApi();
  return useQuery({
    queryKey: [...customerKey(tenant, id), 'profile'],
    queryFn: async ({ signal }) => (await client.getCustomerProfile({ params: { id }, signal })).data,
  });
}
