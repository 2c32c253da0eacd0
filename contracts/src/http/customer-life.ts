import { z } from 'zod';
import {
  Customer,
  customerEditors,
  customerETag,
  customerEveryone,
  customerExample,
  customerParams,
  NewCustomer,
  newCustomerExample,
} from './customers.ts';
import { operation } from './operation.ts';
import { filledText } from './text.ts';

/** Most tags a customer may have. */
export const TAGS_MAX = 50;

/** A customer's tags, as one request names some of them. */
export const CustomerTags = z.strictObject({ tags: z.array(filledText(100)).min(1).max(TAGS_MAX) }).meta({ id: 'CustomerTags' });

/** A tag of the tenant and how many customers have it. */
export const Tag = z.strictObject({ tag: z.string(), customers: z.int().min(1) }).meta({ id: 'Tag' });
const TagList = z.strictObject({ items: z.array(Tag) }).meta({ id: 'TagList' });

/** The body of an upsert: the external id is in the address. */
export const CustomerByExternalId = z.strictObject(NewCustomer.shape).omit({ externalId: true }).meta({ id: 'CustomerByExternalId' });

const byExternalId = z.strictObject({
  externalId: filledText(200).meta({ description: 'The customer’s id in the other system, percent-encoded.' }),
});
const { externalId: _externalId, ...byExternalIdExample } = newCustomerExample;

const writeProblems = [
  'malformed-json',
  'invalid-request',
  'tenant-read-only',
  'customer-email-taken',
  'body-too-large',
  'unsupported-media-type',
] as const;

export const replaceCustomer = operation({
  id: 'replaceCustomer',
  method: 'PUT',
  path: '/v1/customers/{id}',
  tag: 'Customers',
  summary: 'Replace a customer',
  description:
    'The customer becomes what the body says: a field that is absent takes its default, as in a new customer. If-Match must carry the ETag of the version that is replaced. It creates nothing: ids are made by the service.',
  roles: customerEditors,
  writes: true,
  conditional: true,
  params: customerParams,
  body: { kind: 'json', schema: NewCustomer, example: newCustomerExample },
  success: {
    status: 200,
    description: 'The customer as replaced.',
    body: Customer,
    example: { ...customerExample, version: 2 },
    headers: customerETag,
  },
  problems: [...writeProblems, 'customer-external-id-taken', 'not-found', 'customer-merged', 'version-stale', 'if-match-missing'],
});

export const restoreCustomer = operation({
  id: 'restoreCustomer',
  method: 'POST',
  path: '/v1/customers/{id}:restore',
  tag: 'Customers',
  summary: 'Undo the deletion of a customer',
  description:
    'The customer is again what it was when it was deleted, in a new version. No If-Match: a deleted customer has only one state to come back from, and of two restores at once one wins.',
  roles: ['admin', 'machine'],
  writes: true,
  idempotent: true,
  params: customerParams,
  success: {
    status: 200,
    description: 'The customer as restored.',
    body: Customer,
    example: { ...customerExample, version: 3 },
    headers: customerETag,
  },
  problems: [
    'invalid-request',
    'tenant-read-only',
    'not-found',
    'customer-merged',
    'customer-not-deleted',
    'customer-email-taken',
    'customer-external-id-taken',
    'idempotency-key-reused',
  ],
});

export const getCustomerByExternalId = operation({
  id: 'getCustomerByExternalId',
  method: 'GET',
  path: '/v1/customers/by-external-id/{externalId}',
  tag: 'Customers',
  summary: 'Get a customer by its external id',
  roles: customerEveryone,
  writes: false,
  params: byExternalId,
  success: { status: 200, description: 'The customer.', body: Customer, example: customerExample, headers: customerETag },
  problems: ['invalid-request', 'not-found'],
});

export const putCustomerByExternalId = operation({
  id: 'putCustomerByExternalId',
  method: 'PUT',
  path: '/v1/customers/by-external-id/{externalId}',
  tag: 'Customers',
  summary: 'Create or replace the customer with an external id',
  description:
    'For a system that keeps its own ids: send what it knows, as often as it likes. PUT on the key is what HTTP means by create-or-replace (RFC 9110, 9.3.4) and what CRMs with external ids offer; it may be repeated without an Idempotency-Key. Of two at once one creates and the other replaces. What is already stored makes no new version. A deleted customer is not brought back: a new one is created.',
  roles: customerEditors,
  writes: true,
  params: byExternalId,
  body: { kind: 'json', schema: CustomerByExternalId, example: byExternalIdExample },
  success: {
    status: 201,
    others: { 200: 'The customer as replaced, or as it was when nothing differs.' },
    description: 'The customer as created.',
    body: Customer,
    example: customerExample,
    headers: { ...customerETag, Location: 'Address of the customer.' },
  },
  problems: [...writeProblems],
});

export const addCustomerTags = operation({
  id: 'addCustomerTags',
  method: 'POST',
  path: '/v1/customers/{id}/tags:add',
  tag: 'Customers',
  summary: 'Add tags to a customer',
  description: `No If-Match: two who tag one customer at once both succeed. Tags it has already are left as they are; at most ${TAGS_MAX} in all.`,
  roles: customerEditors,
  writes: true,
  idempotent: true,
  params: customerParams,
  body: { kind: 'json', schema: CustomerTags, example: { tags: ['vip', 'newsletter'] } },
  success: {
    status: 200,
    description: 'The customer with its tags.',
    body: Customer,
    example: { ...customerExample, tags: ['vip', 'newsletter'], version: 2 },
    headers: customerETag,
  },
  problems: [
    'malformed-json',
    'invalid-request',
    'tenant-read-only',
    'not-found',
    'customer-merged',
    'customer-conflict',
    'body-too-large',
    'unsupported-media-type',
    'idempotency-key-reused',
  ],
});

export const removeCustomerTags = operation({
  id: 'removeCustomerTags',
  method: 'POST',
  path: '/v1/customers/{id}/tags:remove',
  tag: 'Customers',
  summary: 'Remove tags from a customer',
  description: 'No If-Match, as for adding. Tags it does not have are no mistake.',
  roles: customerEditors,
  writes: true,
  idempotent: true,
  params: customerParams,
  body: { kind: 'json', schema: CustomerTags, example: { tags: ['vip'] } },
  success: {
    status: 200,
    description: 'The customer with the tags that are left.',
    body: Customer,
    example: { ...customerExample, tags: [], version: 2 },
    headers: customerETag,
  },
  problems: [
    'malformed-json',
    'invalid-request',
    'tenant-read-only',
    'not-found',
    'customer-merged',
    'body-too-large',
    'unsupported-media-type',
    'idempotency-key-reused',
  ],
});

export const listTags = operation({
  id: 'listTags',
  method: 'GET',
  path: '/v1/tags',
  tag: 'Customers',
  summary: 'The tags in use',
  description: 'Most used first, with the number of customers that have each. At most 1,000.',
  roles: customerEveryone,
  writes: false,
  query: z.strictObject({
    startsWith: filledText(100).optional().meta({ description: 'Only tags that begin with this, for completing what is typed.' }),
  }),
  success: { status: 200, description: 'The tags.', body: TagList, example: { items: [{ tag: 'vip', customers: 12 }] } },
  problems: ['invalid-request'],
});

export type Tag = z.infer<typeof Tag>;
