import { z } from 'zod';
import { Account } from './accounts.ts';
import { Customer, CustomerId } from './customers.ts';
import { operation } from './operation.ts';
import { isStorableJson } from './text.ts';
import { Transaction } from './transactions.ts';

/** How much of each a profile shows, newest first. */
export const PROFILE_MAX = { accounts: 50, transactions: 20, changes: 20, sources: 20 } as const;

const Source = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,39}$/, 'must be a name of lower-case letters, digits and hyphens')
  .meta({ description: 'Which integration it comes from, e.g. `crm` or `shop-de`.' });

const instant = z.iso.datetime({ precision: 3 });

/** What an integration says of a customer. */
const ProfilePayload = z
  .record(z.string(), z.unknown())
  .refine(isStorableJson, 'must hold well-formed Unicode without NUL')
  .meta({ id: 'ProfilePayload', description: 'Any JSON object: what it means is between the integration and who reads it.' });

/** The body of PUT. */
const NewPayload = z.strictObject({ payload: ProfilePayload }).meta({ id: 'NewPayload' });

const StoredPayload = z
  .strictObject({
    source: Source,
    version: z.int().min(1),
    updatedAt: instant,
    updatedBy: z.string().meta({ description: 'Subject of the token that pushed it.' }),
  })
  .meta({ id: 'StoredPayload' });

/** Everything known of a customer, in one answer. */
const CustomerProfile = z
  .strictObject({
    customer: Customer,
    accounts: z.array(Account).meta({ description: `Newest first, ${PROFILE_MAX.accounts} at most.` }),
    recentTransactions: z
      .array(Transaction)
      .meta({ description: `Of all its accounts, newest first, ${PROFILE_MAX.transactions} at most.` }),
    recentChanges: z
      .array(z.strictObject({ version: z.int().min(1), change: z.string(), changedAt: instant, actor: z.string() }))
      .meta({ description: `Of the customer itself, newest first, ${PROFILE_MAX.changes} at most.` }),
    integrations: z.array(StoredPayload.extend({ payload: ProfilePayload }).meta({ id: 'ProfileIntegration' })),
  })
  .meta({ id: 'CustomerProfile' });

const payloadExample = { plan: 'gold', lastLogin: '2026-11-20', tickets: { open: 1 } };
const storedExample = { source: 'crm', version: 1, updatedAt: '2026-11-23T06:00:00.000Z', updatedBy: 'f3a1' } as const;
const customerExample = {
  id: '019a9a4e-5e0c-7c3f-9d55-0f6a3b7c1d22',
  externalId: null,
  name: 'Ada Lovelace',
  email: 'ada@example.org',
  phone: null,
  status: 'active',
  segment: null,
  tags: [],
  attributes: {},
  version: 1,
  createdAt: '2026-11-22T14:00:00.000Z',
  updatedAt: '2026-11-22T14:00:00.000Z',
} as const;

const ofSource = z.strictObject({ id: CustomerId, source: Source });

export const getCustomerProfile = operation({
  id: 'getCustomerProfile',
  method: 'GET',
  path: '/v1/customers/{id}/profile',
  tag: 'Customers',
  summary: 'Everything known of a customer',
  description: 'The customer, its accounts, what happened lately, and what integrations have pushed, as it is at this moment.',
  roles: ['admin', 'editor', 'viewer', 'machine'],
  writes: false,
  params: z.strictObject({ id: CustomerId }),
  success: {
    status: 200,
    description: 'The profile.',
    body: CustomerProfile,
    example: {
      customer: customerExample,
      accounts: [],
      recentTransactions: [],
      recentChanges: [{ version: 1, change: 'created', changedAt: '2026-11-22T14:00:00.000Z', actor: 'f3a1' }],
      integrations: [{ ...storedExample, payload: payloadExample }],
    },
  },
  problems: ['invalid-request', 'not-found', 'customer-merged'],
});

export const putCustomerPayload = operation({
  id: 'putCustomerPayload',
  method: 'PUT',
  path: '/v1/customers/{id}/profile/{source}',
  tag: 'Customers',
  summary: 'Add what an integration knows of a customer',
  description: `Any JSON object, the request 64 KiB at most; it takes the place of what the same source pushed before. Equal to that, it changes nothing. A customer has at most ${PROFILE_MAX.sources} sources.`,
  roles: ['admin', 'editor', 'machine'],
  writes: true,
  params: ofSource,
  body: { kind: 'json', schema: NewPayload, example: { payload: payloadExample } },
  success: { status: 200, description: 'What is stored now.', body: StoredPayload, example: storedExample },
  problems: [
    'malformed-json',
    'invalid-request',
    'tenant-read-only',
    'not-found',
    'customer-merged',
    'limit-reached',
    'body-too-large',
    'unsupported-media-type',
  ],
});

export const deleteCustomerPayload = operation({
  id: 'deleteCustomerPayload',
  method: 'DELETE',
  path: '/v1/customers/{id}/profile/{source}',
  tag: 'Customers',
  summary: 'Remove what an integration has pushed',
  roles: ['admin', 'editor', 'machine'],
  writes: true,
  params: ofSource,
  success: { status: 204, description: 'It is gone.' },
  problems: ['invalid-request', 'tenant-read-only', 'not-found'],
});
