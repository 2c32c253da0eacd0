import { z } from 'zod';
import { AccountId } from './accounts.ts';
import { Customer, CustomerFields, CustomerId, customerEditors, customerEveryone, customerExample, customerParams } from './customers.ts';
import { operation } from './operation.ts';

export const MergeId = z.uuid().meta({ description: 'UUIDv7, made by the service.' });

/** The body of a merge. If-Match carries the survivor's version, `fromVersion` the other's: both are what the caller has seen. */
export const MergeRequest = z
  .strictObject({
    from: CustomerId.meta({ description: 'The customer that goes; the one of the address stays.' }),
    fromVersion: z.int().min(1).max(2_147_483_647).meta({ description: 'The version of `from` the decision was made from.' }),
    take: z
      .array(CustomerFields.keyof())
      .max(20)
      .default([])
      .meta({ description: 'Fields whose value of `from` replaces the survivor’s.' }),
  })
  .meta({ id: 'MergeRequest' });

/** Two customers made one. */
export const Merge = z
  .strictObject({
    id: MergeId,
    survivor: Customer.meta({ description: 'As it became by the merge.' }),
    merged: Customer.meta({ description: 'As it was before the merge.' }),
    changed: z.array(CustomerFields.keyof()).meta({ description: 'Fields of the survivor whose value is another than before.' }),
    accounts: z.array(AccountId).meta({ description: 'Accounts that moved to the survivor.' }),
    mergedAt: z.iso.datetime({ precision: 3 }),
    mergedBy: z.string().meta({ description: 'Subject of the token that merged.' }),
    undoneAt: z.iso.datetime({ precision: 3 }).nullable(),
    undoneBy: z.string().nullable(),
  })
  .meta({ id: 'Merge' });

const from = {
  ...customerExample,
  id: '019a9a4e-5e0c-7c3f-9d55-0f6a3b7c1d11',
  name: 'A. Lovelace',
  email: 'ada+crm@example.org',
  segment: null,
};
const example = {
  id: '019a9a4e-9f00-7a1b-8c2d-3e4f50617283',
  survivor: { ...customerExample, email: from.email, version: 2 },
  merged: from,
  changed: ['email'],
  accounts: ['019a9a4e-7b1c-7d2e-8f00-4c5d6e7f8091'],
  mergedAt: '2026-11-22T15:00:00.000Z',
  mergedBy: 'f3a1',
  undoneAt: null,
  undoneBy: null,
} as const;
const params = z.strictObject({ id: MergeId });

export const mergeCustomer = operation({
  id: 'mergeCustomer',
  method: 'POST',
  path: '/v1/customers/{id}:merge',
  tag: 'Customers',
  summary: 'Merge another customer into this one',
  description:
    'The customer of the address stays, with its id. Where it has no value it takes the other’s; tags are united, attributes are added key by key; a field named in `take` becomes what the other has. The accounts of the other move to it. The other is deleted: GET answers 404 `customer-merged` and names the survivor. All or nothing, and it can be undone. If-Match must carry the survivor’s ETag, `fromVersion` the other’s version.',
  roles: customerEditors,
  writes: true,
  conditional: true,
  idempotent: true,
  params: customerParams,
  body: { kind: 'json', schema: MergeRequest, example: { from: from.id, fromVersion: 1, take: ['email'] } },
  success: {
    status: 201,
    description: 'The merge.',
    body: Merge,
    example,
    headers: {
      ETag: 'The survivor’s version in quotes.',
      Location: 'Address of the merge.',
      'Idempotent-Replayed': '`true` when the stored answer of an earlier request is repeated.',
    },
  },
  problems: [
    'malformed-json',
    'invalid-request',
    'tenant-read-only',
    'not-found',
    'customer-merged',
    'customer-conflict',
    'version-stale',
    'body-too-large',
    'unsupported-media-type',
    'idempotency-key-reused',
    'if-match-missing',
  ],
});

export const getMerge = operation({
  id: 'getMerge',
  method: 'GET',
  path: '/v1/merges/{id}',
  tag: 'Customers',
  summary: 'Get a merge',
  roles: customerEveryone,
  writes: false,
  params,
  success: { status: 200, description: 'The merge.', body: Merge, example },
  problems: ['invalid-request', 'not-found'],
});

export const undoMerge = operation({
  id: 'undoMerge',
  method: 'POST',
  path: '/v1/merges/{id}:undo',
  tag: 'Customers',
  summary: 'Undo a merge',
  description:
    'The merged customer is again what it was, with its accounts, and the survivor’s fields that the merge changed are what they were. What the survivor has otherwise become since stays. When a field the merge changed has been changed again, or one of the two has been deleted, merged or restored since, nothing is undone: 409 `merge-conflict` names each. No If-Match: it is the merge that is undone, whatever version the two have reached.',
  roles: customerEditors,
  writes: true,
  idempotent: true,
  params,
  success: {
    status: 200,
    description: 'The merge, undone.',
    body: Merge,
    example: { ...example, undoneAt: '2026-11-22T16:00:00.000Z', undoneBy: 'f3a1' },
    headers: { 'Idempotent-Replayed': '`true` when the stored answer of an earlier request is repeated.' },
  },
  problems: [
    'invalid-request',
    'tenant-read-only',
    'not-found',
    'merge-conflict',
    'customer-email-taken',
    'customer-external-id-taken',
    'idempotency-key-reused',
  ],
});

export type Merge = z.infer<typeof Merge>;
export type MergeRequest = z.infer<typeof MergeRequest>;
