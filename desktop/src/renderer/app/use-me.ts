import { useQuery } from '@tanstack/react-query';
import type { Me } from '@tenantry/contracts';
import { usePlatform } from './platform-provider.tsx';
import { useSession } from './session.ts';
import { tenantApi } from './tenant-api.ts';

/** Who the person is in this tenant and which operations they may call now; undefined until it is known. */
export function useMe(tenant: string | undefined): Me | undefined {
  const platform = usePlatform();
  const { session } = useSession('tenants');
  const { data } = useQuery({
    queryKey: ['tenant', tenant, 'me'],
    queryFn: async ({ signal }) => (await tenantApi(platform, tenant ?? '').client.me({ signal })).data,
    enabled: tenant !== undefined && session?.signedIn === true,
    staleTime: 60_000,
  });
  return data;
}
