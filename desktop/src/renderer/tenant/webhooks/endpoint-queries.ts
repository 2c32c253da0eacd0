import { useQuery } from '@tanstack/react-query';
import { useTenantApi } from '../../app/tenant-api.ts';

/** All webhook endpoints, newest first. */
export function useWebhookEndpoints() {
  const { client, tenant } = useTenantApi();
  return useQuery({
    queryKey: ['tenant', tenant, 'webhooks', 'endpoints'],
    queryFn: async ({ signal }) => (await client.listWebhookEndpoints({ signal })).data.items,
  });
}
