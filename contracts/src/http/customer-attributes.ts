import { z } from 'zod';
import { customerEveryone } from './customers.ts';
import { operation } from './operation.ts';

const JsonSchema = z.record(z.string(), z.json()).meta({ description: 'JSON Schema, draft 2020-12, of the object `attributes`.' });

/** The schema a tenant has set for its customers' attributes. */
export const CustomerAttributesSchema = z
  .strictObject({
    version: z.int().min(1).meta({ description: '1 before a schema was set: anything goes.' }),
    schema: JsonSchema,
    updatedAt: z.iso.datetime({ precision: 3 }).nullable(),
    updatedBy: z.string().nullable().meta({ description: 'Subject of the token that set it.' }),
    indexing: z.boolean().meta({
      description:
        'While true, customers from before are still being made findable by newly indexable attributes, which filters refuse until then.',
    }),
  })
  .meta({ id: 'CustomerAttributesSchema' });

const NewCustomerAttributesSchema = z.strictObject({ schema: JsonSchema }).meta({ id: 'NewCustomerAttributesSchema' });

const schema = {
  type: 'object',
  properties: {
    industry: { enum: ['computing', 'food', 'other'] },
    customerSince: { type: 'string', format: 'date' },
    level: { type: 'string', maxLength: 20, 'x-indexable': true },
  },
  required: ['industry'],
  additionalProperties: false,
};
const example = { version: 2, schema, updatedAt: '2026-11-22T14:00:00.000Z', updatedBy: 'f3a1', indexing: false };
const headers = { ETag: 'The version in quotes; send it back as If-Match.' };

export const getCustomerAttributesSchema = operation({
  id: 'getCustomerAttributesSchema',
  method: 'GET',
  path: '/v1/customer-attributes-schema',
  tag: 'Customers',
  summary: 'What attributes of customers must be',
  roles: customerEveryone,
  writes: false,
  success: { status: 200, description: 'The schema in force.', body: CustomerAttributesSchema, example, headers },
  problems: [],
});

export const putCustomerAttributesSchema = operation({
  id: 'putCustomerAttributesSchema',
  method: 'PUT',
  path: '/v1/customer-attributes-schema',
  tag: 'Customers',
  summary: 'Say what attributes of customers must be',
  description:
    'From then on every write of `attributes` must fit, through every replica. Customers that exist stay as they are and may be changed in other fields; `validateExisting=true` refuses a schema they do not fit. `x-indexable: true` on up to ten scalar properties of the top level lets lists filter by them. References stay inside the schema (to its own definitions, no circles), patterns are RE2 of at most 200 characters, formats are date, date-time, time, email, uri and uuid, and a keyword that is not known is refused. `x-personal` (encryption of single attributes) is not offered yet.',
  roles: ['admin'],
  writes: true,
  conditional: true,
  query: z.strictObject({
    validateExisting: z
      .enum(['true', 'false'])
      .default('false')
      .meta({ description: 'Look at every customer first: 409 with up to 20 that do not fit, and the schema is not set.' }),
  }),
  body: { kind: 'json', schema: NewCustomerAttributesSchema, example: { schema } },
  success: {
    status: 200,
    description: 'The schema as set; the same again makes no version.',
    body: CustomerAttributesSchema,
    example,
    headers,
  },
  problems: [
    'malformed-json',
    'invalid-request',
    'tenant-read-only',
    'attributes-do-not-fit',
    'version-stale',
    'body-too-large',
    'unsupported-media-type',
    'if-match-missing',
  ],
});

export type CustomerAttributesSchema = z.infer<typeof CustomerAttributesSchema>;
