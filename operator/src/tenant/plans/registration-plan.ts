import type { Registration } from '../../postgres/port.ts';

/** Fields of the registry row that follow the spec and what steps observed. */
export type RegistrationWish = Pick<
  Registration,
  'state' | 'class' | 'mode' | 'organizationId' | 'schemaVersion' | 'statementTimeoutMs' | 'quotas' | 'url' | 'closedReason'
>;

/** The fields to write; empty when the row is as wanted. */
export function registrationPlan(wanted: RegistrationWish, found: Registration): Partial<Registration> {
  return Object.fromEntries(
    Object.entries(wanted).filter(([field, value]) => textOf(found[field as keyof Registration]) !== textOf(value)),
  );
}

/** jsonb gives an object's members back in an order of its own. */
function textOf(value: Registration[keyof Registration]): unknown {
  return typeof value === 'object' ? JSON.stringify(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))) : value;
}
