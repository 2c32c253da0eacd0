import type { Registration } from '../../postgres/port.ts';

/** Fields of the registry row that follow the spec and what steps observed. */
export type RegistrationWish = Pick<
  Registration,
  'state' | 'class' | 'mode' | 'organizationId' | 'schemaVersion' | 'statementTimeoutMs' | 'url' | 'closedReason'
>;

/** The fields to write; empty when the row is as wanted. */
export function registrationPlan(wanted: RegistrationWish, found: Registration): Partial<Registration> {
  return Object.fromEntries(Object.entries(wanted).filter(([field, value]) => found[field as keyof Registration] !== value));
}
