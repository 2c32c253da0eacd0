import { z } from 'zod';
import { OwnEventType } from './events.ts';
import { operation } from './operation.ts';

/** How many types of a tenant have a schema at most. */
export const EVENT_SCHEMAS_MAX = 200;

const JsonSchema = z.record(z.string(), z.json()).meta({ description: 'JSON Schema, draft 2020-12, of the object `data`.' });

/** What a tenant has said the data of one of its own types must be. */
export const EventSchema = z
  .strictObject({
    type: OwnEventType,
    version: z.int().min(1),
    schema: JsonSchema,
    updatedAt: z.iso.datetime({ precision: 3 }),
    updatedBy: z.string().meta({ description: 'Subject of the token that set it.' }),
  })
  .meta({ id: 'EventSchema' });

const NewEventSchema = z.strictObject({ schema: JsonSchema }).meta({ id: 'NewEventSchema' });
const EventSchemaList = z.strictObject({ items: z.array(EventSchema) }).meta({ id: 'EventSchemaList' });

const schema = {
  type: 'object',
  properties: { order: { type: 'string', maxLength: 40 }, amountMinor: { type: 'integer', minimum: 0 } },
  required: ['order'],
  additionalProperties: false,
};
const example = {
  type: 'com.example.order.placed',
  version: 1,
  schema,
  updatedAt: '2026-11-23T03:00:00.000Z',
  updatedBy: 'f3a1',
} as const;
const everyone = ['admin', 'editor', 'viewer', 'machine'] as const;
const params = z.strictObject({ type: OwnEventType });
const headers = { ETag: 'The version in quotes; send it back as If-Match.' };

export const listEventSchemas = operation({
  id: 'listEventSchemas',
  method: 'GET',
  path: '/v1/event-schemas',
  tag: 'Events',
  summary: 'What your own events must be',
  description: `All of them, at most ${EVENT_SCHEMAS_MAX}, by type. A type without a schema takes any object.`,
  roles: everyone,
  writes: false,
  success: { status: 200, description: 'The schemas in force.', body: EventSchemaList, example: { items: [example] } },
  problems: [],
});

export const getEventSchema = operation({
  id: 'getEventSchema',
  method: 'GET',
  path: '/v1/event-schemas/{type}',
  tag: 'Events',
  summary: 'What events of one type must be',
  roles: everyone,
  writes: false,
  params,
  success: { status: 200, description: 'The schema in force.', body: EventSchema, example, headers },
  problems: ['invalid-request', 'not-found'],
});

export const putEventSchema = operation({
  id: 'putEventSchema',
  method: 'PUT',
  path: '/v1/event-schemas/{type}',
  tag: 'Events',
  summary: 'Say what events of one type must be',
  description:
    'From then on `POST /v1/events` refuses data of this type that does not fit, through every replica; what was published before stays. `If-Match: "0"` for a type that has no schema. The same rules as for customers’ attributes: references stay inside the schema, patterns are RE2 of at most 200 characters, formats are date, date-time, time, email, uri and uuid, a keyword that is not known is refused; `x-indexable` has no meaning here.',
  roles: ['admin'],
  writes: true,
  conditional: true,
  params,
  body: { kind: 'json', schema: NewEventSchema, example: { schema } },
  success: { status: 200, description: 'The schema as set; the same again makes no version.', body: EventSchema, example, headers },
  problems: [
    'malformed-json',
    'invalid-request',
    'tenant-read-only',
    'version-stale',
    'body-too-large',
    'unsupported-media-type',
    'if-match-missing',
  ],
});

export const deleteEventSchema = operation({
  id: 'deleteEventSchema',
  method: 'DELETE',
  path: '/v1/event-schemas/{type}',
  tag: 'Events',
  summary: 'Take any data of one type again',
  roles: ['admin'],
  writes: true,
  conditional: true,
  params,
  success: { status: 204, description: 'There is no schema any more.' },
  problems: ['invalid-request', 'tenant-read-only', 'not-found', 'version-stale', 'if-match-missing'],
});

export type EventSchema = z.infer<typeof EventSchema>;
