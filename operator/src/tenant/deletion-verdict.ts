import { ANNOTATIONS, type Tenant } from '@tenantry/contracts';

/** What becomes of a deleted tenant's data. */
export interface DeletionVerdict {
  readonly policy: 'Retain' | 'Snapshot' | 'Delete';
  /** Set when the data was to go and stays: the sentence to tell. */
  readonly protectedBy: string | undefined;
}

/** What the verdict needs to know beside the Tenant. */
export interface DeletionFacts {
  readonly hasData: boolean;
  /** The kind itself is being deleted, and all its objects with it: nobody asked for the end of this tenant. */
  readonly kindIsGoing: boolean;
}

/**
 * Data goes only when everything says so: the policy, protection off, and for Delete, which leaves no copy, the name confirmed. The admission
 * policy checks this too, but it does not run when the CRD itself is deleted (design D17). A tenant without any data has nothing to keep. Pure.
 */
export function deletionVerdict(tenant: Tenant, { hasData, kindIsGoing }: DeletionFacts): DeletionVerdict {
  if (!hasData) return { policy: 'Delete', protectedBy: undefined };
  const { deletionPolicy, deletionProtection } = tenant.spec;
  if (deletionPolicy === 'Retain') return { policy: 'Retain', protectedBy: undefined };
  const name = tenant.metadata.name;
  const keep = (why: string): DeletionVerdict => ({ policy: 'Retain', protectedBy: why });
  if (deletionProtection)
    return keep(`spec.deletionProtection of ${name} was on, so its data is kept although deletionPolicy is ${deletionPolicy}.`);
  if (kindIsGoing)
    return keep(
      `The custom resource definition of Tenant is being deleted, which is no word about ${name}: its data is kept although deletionPolicy is ${deletionPolicy}.`,
    );
  if (deletionPolicy === 'Delete' && tenant.metadata.annotations?.[ANNOTATIONS.confirmDelete] !== name)
    return keep(`The annotation ${ANNOTATIONS.confirmDelete}=${name} was missing, so the data of ${name} is kept.`);
  return { policy: deletionPolicy, protectedBy: undefined };
}
