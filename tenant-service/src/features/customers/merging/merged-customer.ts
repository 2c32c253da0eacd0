import { type Customer, CustomerFields } from '@tenantry/contracts';
import { sameJson } from '../../../journal/field-changes.ts';

/** A field a caller sets. */
export type CustomerField = keyof CustomerFields;

const FIELDS = CustomerFields.keyof().options;

/**
 * The survivor's fields after a merge, and the names of those that differ. Of `take` the other's value; else the survivor's own, or the other's
 * where it has none. Tags are united, the survivor's first; attributes are added key by key, the survivor's winning.
 */
export function mergedCustomer(
  survivor: Customer,
  other: Customer,
  take: readonly CustomerField[],
): { readonly fields: CustomerFields; readonly changed: CustomerField[] } {
  const fields: CustomerFields = {
    externalId: survivor.externalId ?? other.externalId,
    name: survivor.name,
    email: survivor.email ?? other.email,
    phone: survivor.phone ?? other.phone,
    status: survivor.status,
    segment: survivor.segment ?? other.segment,
    tags: [...new Set([...survivor.tags, ...other.tags])],
    attributes: { ...other.attributes, ...survivor.attributes },
    ...Object.fromEntries(take.map((field) => [field, other[field]])),
  };
  return { fields, changed: differing(survivor, fields) };
}

/** What a merge changed, against what the survivor is now. */
export interface UndoPlan {
  /** Fields to set, with their value from before the merge. */
  readonly fields: Partial<CustomerFields>;
  /** Fields that have been changed again since the merge: taking them back would lose that change. */
  readonly conflicts: CustomerField[];
}

/** A field somebody has set back already is no conflict. */
export function undoPlan(
  merge: { readonly survivorBefore: Customer; readonly survivorAfter: Customer; readonly changedFields: readonly string[] },
  now: Customer,
): UndoPlan {
  const undone = FIELDS.filter((field) => merge.changedFields.includes(field) && !sameJson(now[field], merge.survivorBefore[field]));
  const conflicts = undone.filter((field) => !sameJson(now[field], merge.survivorAfter[field]));
  return { fields: Object.fromEntries(undone.map((field) => [field, merge.survivorBefore[field]])), conflicts };
}

function differing(before: CustomerFields, after: CustomerFields): CustomerField[] {
  return FIELDS.filter((field) => !sameJson(before[field], after[field]));
}
