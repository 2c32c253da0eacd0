import type { PersonSpec } from '../keycloak/people.ts';

/** The two tenants of the sample stage; their Tenant objects are in manifests/examples. */
export const SAMPLE_TENANTS = [
  { slug: 'acme', mode: 'pooled' },
  { slug: 'globex', mode: 'dedicated' },
] as const;

/** One person per role, and one who belongs to both tenants: they need a token per tenant. Passwords are secrets of the run. */
export const SAMPLE_PEOPLE: readonly Omit<PersonSpec, 'password'>[] = [
  { slug: 'acme', username: 'alice', role: 'admin' },
  { slug: 'acme', username: 'bob', role: 'editor' },
  { slug: 'acme', username: 'carol', role: 'viewer' },
  { slug: 'globex', username: 'dave', role: 'admin' },
  { slug: 'globex', username: 'carol', role: 'viewer' },
];
