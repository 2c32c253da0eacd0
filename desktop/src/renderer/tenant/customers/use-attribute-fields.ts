import { useQuery } from '@tanstack/react-query';
import { useTenantApi } from '../../app/tenant-api.ts';
import { type AttributeField, attributeFields } from './attribute-fields.ts';

interface AttributeFields {
  readonly fields: readonly AttributeField[];
  readonly isIndexing: boolean;
}

const NONE: AttributeFields = { fields: [], isIndexing: false };

/** The attributes customers have by the tenant's schema; none while it is not known, or nobody asks. The same object until the schema is another. */
export function useAttributeFields(isNeeded = true): AttributeFields {
  const { client, tenant } = useTenantApi();
  const { data = NONE } = useQuery({
    queryKey: ['tenant', tenant, 'attributes-schema'],
    enabled: isNeeded,
    staleTime: 60_000,
    queryFn: async ({ signal }) => (await client.getCustomerAttributesSchema({ signal })).data,
    select: fieldsOf,
  });
  return data;
}

function fieldsOf({
  schema,
  indexing,
}: {
  readonly schema: Parameters<typeof attributeFields>[0];
  readonly indexing: boolean;
}): AttributeFields {
  const fields = attributeFields(schema);
  // While customers from before are made findable, the API refuses all of them.
  return { fields: indexing ? fields.map((field) => ({ ...field, isFilter: false })) : fields, isIndexing: indexing };
}
