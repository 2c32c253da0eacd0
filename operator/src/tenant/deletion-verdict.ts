import { ANNOTATIONS, type Tenant } from '@tenantry/contracts';

/** What becomes of a deleted tenant's data. */
export interface DeletionVerdict {
  readonly policy: 'Retain' | 'Delete';
  /** Set when `Delete` was asked for and not honoured: the sentence to tell. */
  readonly protectedBy: string | undefined;
}

/**
 * Delete only when everything says so: policy, protection off, and the name confirmed. The admission policy checks this too, but it does
 * not run when the CRD itself is deleted (design D17). A tenant without any data has nothing to keep. Pure.
 */
export function deletionVerdict(tenant: Tenant, hasData: boolean): DeletionVerdict {
  if (!hasData) return { policy: 'Delete', protectedBy: undefined };
  const { deletionPolicy, deletionProtection } = tenant.spec;
  if (deletionPolicy !== 'Delete') return { policy: 'Retain', protectedBy: undefined };
  const name = tenant.metadata.name;
  if (deletionProtection)
    return {
      policy: 'Retain',
      protectedBy: `spec.deletionProtection of ${name} was on, so its data is kept although deletionPolicy is Delete.`,
    };
  if (tenant.metadata.annotations?.[ANNOTATIONS.confirmDelete] !== name)
    return {
      policy: 'Retain',
      protectedBy: `The annotation ${ANNOTATIONS.confirmDelete}=${name} was missing, so the data of ${name} is kept.`,
    };
  return { policy: 'Delete', protectedBy: undefined };
}
