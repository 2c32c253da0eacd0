import { queryOptions, useQuery } from '@tanstack/react-query';
import type { Me } from '@tenantry/contracts';
import { usePlatform } from './platform-provider.tsx';
import { useSession } from './session.ts';
import { type TenantApi, tenantApi } from './tenant-api.ts';

/** Who the person is in a tenant. */
export const meQuery = ({ tenant, client }: Pick<TenantApi, 'tenant' | 'client'>) =>
  queryOptions({
    queryKey: ['tenant', tenant, 'me'],
    queryFn: async ({ signal }) => (await client.me({ signal })).data,
    staleTime: 60_000,
  });

/** Who the person is in this tenant and which operations they may call now; undefined until it is known. */
export function useMe(tenant: string | undefined): Me | undefined {
  const platform = usePlatform();
  const api = tenantApi(platform, tenant ?? '');
  const { session } = useSession('tenants');
  const { data } = useQuery({ ...meQuery(api), enabled: tenant !== undefined && session?.signedIn === true });
  return data;
}
