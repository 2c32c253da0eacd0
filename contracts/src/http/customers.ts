import { z } from 'zod';
import { FieldChanges } from './field-change.ts';
import { AsOf } from './instant.ts';
import { operation } from './operation.ts';
import { PageCursor, PageLimit, pageOf } from './page.ts';
import { EmailAddress, filledText, isStorableJson } from './text.ts';

/** The nil and max UUIDs are no ids; any other version is let through, so that imported ids keep working. */
export const CustomerId = z.uuid().meta({ description: 'UUIDv7, made by the service.' });

/** Characters of `attributes` as JSON. */
const ATTRIBUTES_MAX = 65_536;
const STATUSES = ['active', 'inactive', 'blocked'] as const;
const Attributes = z
  .record(z.string().min(1).max(100), z.json())
  .refine((attributes) => Object.keys(attributes).length <= 200, 'must have at most 200 keys')
  .refine(isStorableJson, 'must hold well-formed Unicode without NUL')
  // A body is bounded anyway; this bounds what patches add up to.
  .refine((attributes) => JSON.stringify(attributes).length <= ATTRIBUTES_MAX, `must have at most ${ATTRIBUTES_MAX} characters as JSON`)
  .meta({ description: 'Free JSON of the tenant, at most 200 keys and 64 KiB.' });

const fields = {
  externalId: filledText(200).nullable().meta({ description: 'The customer’s id in another system.' }),
  name: filledText(300),
  email: EmailAddress.nullable().meta({ description: 'Unique in the tenant while the customer exists, whatever its case.' }),
  phone: z
    .string()
    .regex(/^\+[1-9]\d{4,14}$/, 'must be E.164, e.g. +4930123456')
    .nullable(),
  status: z.enum(STATUSES),
  segment: filledText(100).nullable(),
  tags: z.array(filledText(100)).max(50),
  attributes: Attributes,
};

const example = {
  id: '019a9a4e-5e0c-7c3f-9d55-0f6a3b7c1d22',
  externalId: 'crm-1007',
  name: 'Ada Lovelace',
  email: 'ada@example.org',
  phone: '+4930123456',
  status: 'active',
  segment: 'enterprise',
  tags: ['vip'],
  attributes: { industry: 'computing' },
  version: 1,
  createdAt: '2026-11-22T14:00:00.000Z',
  updatedAt: '2026-11-22T14:00:00.000Z',
} as const;

/** A customer as every answer shows it. */
export const Customer = z
  .strictObject({
    id: CustomerId,
    ...fields,
    version: z.int().min(1).meta({ description: 'Counts the changes from 1; the ETag is this number in quotes.' }),
    createdAt: z.iso.datetime({ precision: 3 }),
    updatedAt: z.iso.datetime({ precision: 3 }),
  })
  .meta({ id: 'Customer', example });

/** The body of POST. Only `name` is required. */
export const NewCustomer = z
  .strictObject({
    externalId: fields.externalId.default(null),
    name: fields.name,
    email: fields.email.default(null),
    phone: fields.phone.default(null),
    status: fields.status.default('active'),
    segment: fields.segment.default(null),
    tags: fields.tags.default([]),
    attributes: fields.attributes.default({}),
  })
  .meta({ id: 'NewCustomer' });

/** The body of PATCH (RFC 7396): absent keeps, null clears; `attributes` merges key by key. At least one field. */
export const CustomerPatch = z
  .strictObject({
    ...fields,
    attributes: z.record(z.string().min(1).max(100), z.unknown()).refine(isStorableJson, 'must hold well-formed Unicode'),
  })
  .partial()
  .refine((patch) => Object.keys(patch).length > 0, 'must name at least one field')
  .meta({ id: 'CustomerPatch' });

/** The fields a caller sets. */
export const CustomerFields = z.strictObject(fields);

/** A customer as an earlier version of the service may have stored it; null where there was none. */
const Stored = z.record(z.string(), z.unknown()).nullable();

/** One version of a customer: who made it what it is, and when. */
export const CustomerVersion = z
  .strictObject({
    version: z.int().min(1),
    change: z.enum(['created', 'updated', 'deleted', 'restored', 'merged', 'unmerged']),
    changedAt: z.iso.datetime({ precision: 3 }),
    actor: z.string().meta({ description: 'Subject of the token that made the change.' }),
    traceId: z.string().nullable(),
    changes: FieldChanges,
    before: Stored,
    after: Stored,
  })
  .meta({ id: 'CustomerVersion' });

const CustomerVersionPage = pageOf(CustomerVersion).meta({ id: 'CustomerVersionPage' });
/** Path parameters of one customer. */
export const customerParams = z.strictObject({ id: CustomerId });
const params = customerParams;
/** Headers of an answer that is one customer. */
export const customerETag = { ETag: 'The version in quotes, e.g. `"3"`; send it back as If-Match.' };
const etag = customerETag;
/** Who reads customers, and who changes them. */
export const customerEveryone = ['admin', 'editor', 'viewer', 'machine'] as const;
const everyone = customerEveryone;
export const customerEditors = ['admin', 'editor', 'machine'] as const;
const editors = customerEditors;
const { id: _id, version: _version, createdAt: _created, updatedAt: _updated, ...newExample } = example;

/** Examples of other operations of customers are made from these. */
export { example as customerExample, newExample as newCustomerExample };

export const createCustomer = operation({
  id: 'createCustomer',
  method: 'POST',
  path: '/v1/customers',
  tag: 'Customers',
  summary: 'Create a customer',
  roles: editors,
  writes: true,
  idempotent: true,
  adds: 'customers',
  body: { kind: 'json', schema: NewCustomer, example: newExample },
  success: {
    status: 201,
    description: 'The customer as stored.',
    body: Customer,
    example,
    headers: {
      ...etag,
      Location: 'Address of the customer.',
      'Idempotent-Replayed': '`true` when the stored answer of an earlier request is repeated.',
    },
  },
  problems: [
    'malformed-json',
    'invalid-request',
    'tenant-read-only',
    'customer-email-taken',
    'customer-external-id-taken',
    'body-too-large',
    'unsupported-media-type',
    'idempotency-key-reused',
  ],
});

export const getCustomer = operation({
  id: 'getCustomer',
  method: 'GET',
  path: '/v1/customers/{id}',
  tag: 'Customers',
  summary: 'Get a customer',
  description: 'With `asOf`: the customer as it was then, without ETag; not-found when it did not exist then. Also of a deleted customer.',
  roles: everyone,
  writes: false,
  params,
  query: z.strictObject({ asOf: AsOf }),
  success: { status: 200, description: 'The customer.', body: Customer, example, headers: etag },
  problems: ['invalid-request', 'not-found', 'archived', 'customer-merged'],
});

export const updateCustomer = operation({
  id: 'updateCustomer',
  method: 'PATCH',
  path: '/v1/customers/{id}',
  tag: 'Customers',
  summary: 'Change a customer',
  description: 'JSON Merge Patch (RFC 7396). If-Match must carry the ETag of the version the change was made from.',
  roles: editors,
  writes: true,
  conditional: true,
  params,
  body: { kind: 'merge-patch', schema: CustomerPatch, example: { segment: null, attributes: { industry: 'mathematics' } } },
  success: { status: 200, description: 'The customer as changed.', body: Customer, example: { ...example, version: 2 }, headers: etag },
  problems: [
    'malformed-json',
    'invalid-request',
    'tenant-read-only',
    'not-found',
    'customer-merged',
    'customer-email-taken',
    'customer-external-id-taken',
    'version-stale',
    'body-too-large',
    'unsupported-media-type',
    'if-match-missing',
  ],
});

export const deleteCustomer = operation({
  id: 'deleteCustomer',
  method: 'DELETE',
  path: '/v1/customers/{id}',
  tag: 'Customers',
  summary: 'Delete a customer',
  description: 'The customer is gone from lists, search and GET; its history stays.',
  roles: ['admin', 'machine'],
  writes: true,
  conditional: true,
  params,
  success: { status: 204, description: 'Deleted.' },
  problems: ['invalid-request', 'tenant-read-only', 'not-found', 'customer-merged', 'version-stale', 'if-match-missing'],
});

export const customerHistory = operation({
  id: 'customerHistory',
  method: 'GET',
  path: '/v1/customers/{id}/history',
  tag: 'Customers',
  summary: 'Every version of a customer',
  description: 'Newest first, also of a deleted customer.',
  roles: everyone,
  writes: false,
  params,
  query: z.strictObject({ limit: PageLimit, cursor: PageCursor }),
  success: {
    status: 200,
    description: 'A page of versions.',
    body: CustomerVersionPage,
    example: {
      items: [
        {
          version: 1,
          change: 'created',
          changedAt: example.createdAt,
          actor: 'f3a1',
          traceId: null,
          changes: [],
          before: null,
          after: example,
        },
      ],
      page: { next: null, limit: 50 },
    },
  },
  problems: ['invalid-request', 'invalid-cursor', 'not-found'],
});

export type Customer = z.infer<typeof Customer>;
export type NewCustomer = z.infer<typeof NewCustomer>;
export type CustomerPatch = z.infer<typeof CustomerPatch>;
export type CustomerFields = z.infer<typeof CustomerFields>;
export type CustomerVersion = z.infer<typeof CustomerVersion>;
