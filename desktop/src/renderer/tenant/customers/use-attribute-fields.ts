import { useQuery } from '@tanstack/react-query';
import { useTenantApi } from '../../app/tenant-api.ts';
import { type AttributeField, attributeFields } from './attribute-fields.ts';

/** The attributes customers have by the tenant's schema; none while it is not known, or nobody asks. */
export function useAttributeFields(isNeeded = true): { readonly fields: readonly AttributeField[]; readonly isIndexing: boolean } {
  const { client, tenant } = useTenantApi();
  const { data } = useQuery({
    queryKey: ['tenant', tenant, 'attributes-schema'],
    enabled: isNeeded,
    staleTime: 60_000,
    queryFn: async ({ signal }) => (await client.getCustomerAttributesSchema({ signal })).data,
  });
  if (data === undefined) return { fields: [], isIndexing: false };
  const fields = attributeFields(data.schema);
  // While customers from before are made findable, the API refuses all of them.
  return { fields: data.indexing ? fields.map((field) => ({ ...field, isFilter: false })) : fields, isIndexing: data.indexing };
}
