import { useQuery } from '@tanstack/react-query';
import { useTenantApi } from '../../app/tenant-api.ts';

/** Where the machine clients of a tenant are kept. */
export const machineClientsKey = (tenant: string) => ['tenant', tenant, 'machine-clients'] as const;

/** All machine clients, newest first. */
export function useMachineClients() {
  const { client, tenant } = useTenantApi();
  return useQuery({
    queryKey: machineClientsKey(tenant),
    queryFn: async ({ signal }) => (await client.listMachineClients({ signal })).data.items,
  });
}
