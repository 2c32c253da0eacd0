import { z } from 'zod';
import { operation, ROLES } from './operation.ts';

const Instant = z.iso.datetime({ precision: 3 });

const example = {
  subject: 'f1b7a7a2-3c64-4a53-8f0e-6d7f0f9f2c11',
  kind: 'person',
  name: 'Grace Hopper',
  email: 'grace@example.org',
  clientId: null,
  roles: ['editor'],
  tenant: { id: '019a9a4e-5e0c-7c3f-9d55-0f6a3b7c1d01', slug: 'acme', class: 'standard', state: 'Active' },
  operations: ['getCustomer', 'me'],
  token: { issuedAt: '2026-11-22T14:00:00.000Z', expiresAt: '2026-11-22T14:05:00.000Z' },
  links: { self: '/v1/me', limits: '/v1/tenant', description: '/v1/openapi.json' },
} as const;

/** Who the caller is to the API, and what they may do right now. */
export const Me = z
  .strictObject({
    subject: z.string().meta({ description: '`sub` of the token; `actor` in the history of what the caller changes.' }),
    kind: z.enum(['person', 'machine']),
    name: z.string().nullable().meta({ description: 'As the token says; null when it does not.' }),
    email: z.string().nullable(),
    clientId: z.string().nullable().meta({ description: 'The client a machine’s token was issued to.' }),
    roles: z.array(z.enum(ROLES)),
    tenant: z.strictObject({
      id: z.uuid(),
      slug: z.string(),
      class: z.string().meta({ description: 'The plan.' }),
      state: z.enum(['Active', 'ReadOnly']),
    }),
    operations: z.array(z.string()).meta({ description: 'Operation ids the caller’s roles and the tenant’s state allow now.' }),
    token: z.strictObject({ issuedAt: Instant, expiresAt: Instant }),
    links: z.strictObject({ self: z.string(), limits: z.string(), description: z.string() }),
  })
  .meta({ id: 'Me', example });

export const me = operation({
  id: 'me',
  method: 'GET',
  path: '/v1/me',
  tag: 'Users',
  summary: 'Who am I, and what may I do?',
  description: 'The first call of an integration: it checks the token, and names the tenant, the roles and every operation they allow.',
  roles: ROLES,
  writes: false,
  success: { status: 200, description: 'The caller.', body: Me, example },
  problems: ['invalid-request'],
});

export type Me = z.infer<typeof Me>;
