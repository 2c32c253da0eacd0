import type { Customer, NewCustomer } from '@tenantry/contracts';
import { sameJson } from '../../journal/field-changes.ts';
import type { Wanted } from './customer-updater.ts';

/** The customer that has all its fields from `body`, and the names of those that differ. */
export function replacedCustomer(before: Customer, body: NewCustomer): Wanted {
  const { id, version, createdAt, updatedAt } = before;
  const after: Customer = { id, ...body, version, createdAt, updatedAt };
  return {
    after,
    changed: Object.keys(body).filter((field) => !sameJson(before[field as keyof Customer], body[field as keyof NewCustomer])),
  };
}
