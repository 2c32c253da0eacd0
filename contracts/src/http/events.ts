import { z } from 'zod';
import { operation } from './operation.ts';
import { PageLimit } from './page.ts';
import { isStorableJson } from './text.ts';

/** Types that begin like this tell of members and of how the tenant is run: admins alone see them. */
export const ADMIN_EVENT_TYPES = [
  'dev.tenantry.user.',
  'dev.tenantry.machineclient.',
  'dev.tenantry.webhook.',
  'dev.tenantry.tenant.',
] as const;

/** An event as CloudEvents 1.0 in JSON, with its place in the tenant's event log. */
export const TenantEvent = z
  .strictObject({
    specversion: z.literal('1.0'),
    id: z.uuid().meta({ description: 'The same wherever the event is seen: here, in the stream, on Kafka, in a webhook.' }),
    source: z.string().meta({ description: '`/tenants/<tenantId>`.' }),
    type: z.string().meta({ description: '`dev.tenantry.<aggregate>.<verb>.v<n>`, or a type of the tenant’s own.' }),
    subject: z.string().meta({ description: 'What it happened to, e.g. `customers/<id>`.' }),
    time: z.iso.datetime({ precision: 3 }),
    datacontenttype: z.literal('application/json'),
    tenantid: z.uuid(),
    aggregateversion: z.string().meta({ description: 'Version of the subject after the change.' }),
    sequence: z.string().meta({ description: 'Number in the tenant’s event log: without gaps, in the order in which events were logged.' }),
    traceparent: z.string().optional(),
    data: z.unknown().meta({ description: 'As the type says.' }),
  })
  .meta({ id: 'Event' });

/** What every way to read the event log may be narrowed to. */
export const EVENT_FILTERS = {
  type: z
    .string()
    .regex(/^[a-z0-9.-]{1,200}$/)
    .optional()
    .meta({ description: 'Only types that begin with this, e.g. `dev.tenantry.customer.`.' }),
  subject: z
    .string()
    .regex(/^[a-z-]{1,40}\/[0-9a-f-]{36}$/)
    .optional()
    .meta({ description: 'Only events of this, e.g. `customers/019a9a4e-5e0c-7c3f-9d55-0f6a3b7c1d22`.' }),
};

const after = z.string().regex(/^(\d{1,15}|latest)$/);
const everyone = ['admin', 'editor', 'viewer', 'machine'] as const;

export const eventExample = {
  specversion: '1.0',
  id: '019a9a4e-5e0c-7c3f-9d55-0f6a3b7c1d30',
  source: '/tenants/019a9a4e-5e0c-7c3f-9d55-0f6a3b7c1d01',
  type: 'dev.tenantry.customer.deleted.v1',
  subject: 'customers/019a9a4e-5e0c-7c3f-9d55-0f6a3b7c1d22',
  time: '2026-11-23T03:00:00.000Z',
  datacontenttype: 'application/json',
  tenantid: '019a9a4e-5e0c-7c3f-9d55-0f6a3b7c1d01',
  aggregateversion: '3',
  sequence: '4711',
  data: { id: '019a9a4e-5e0c-7c3f-9d55-0f6a3b7c1d22', version: 3 },
} as const;

export const listEvents = operation({
  id: 'listEvents',
  method: 'GET',
  path: '/v1/events',
  tag: 'Events',
  summary: 'What happened, in order',
  description:
    'Oldest first. Ask with `after` = `page.after` of the answer before, again and again: nothing is missed and nothing comes twice. Events appear here a moment after the change they tell of. Those of members and settings are shown to admins only; numbers of events you do not see are skipped.',
  roles: everyone,
  writes: false,
  query: z.strictObject({
    after: after.default('0').meta({ description: 'Events behind this number; `0` from the beginning, `latest` none but those to come.' }),
    limit: PageLimit,
    ...EVENT_FILTERS,
  }),
  success: {
    status: 200,
    description: 'Events behind `after`.',
    body: z
      .strictObject({
        items: z.array(TenantEvent),
        page: z.strictObject({
          after: z.string().meta({ description: 'What to ask with next time, also when there was nothing.' }),
          hasMore: z.boolean().meta({ description: 'More are there already.' }),
          limit: z.int(),
        }),
      })
      .meta({ id: 'EventPage' }),
    example: { items: [eventExample], page: { after: '4711', hasMore: false, limit: 50 } },
  },
  problems: ['invalid-request'],
});

export const streamEvents = operation({
  id: 'streamEvents',
  method: 'GET',
  path: '/v1/events/stream',
  tag: 'Events',
  summary: 'What happens, as it happens',
  description:
    'Server-sent events: `id` is the number of the event, `data` the event as `GET /v1/events` shows it. Reconnect with `Last-Event-ID` and go on where you were. A comment every 15 s tells a living connection from a dead one. The stream ends with your token, with a restart of the server, and when you read too slowly.',
  roles: everyone,
  writes: false,
  query: z.strictObject({
    after: after
      .default('latest')
      .meta({ description: 'Where to begin, as of `GET /v1/events`; the header `Last-Event-ID` comes before it.' }),
    ...EVENT_FILTERS,
  }),
  success: {
    status: 200,
    description: 'The stream.',
    mediaTypes: ['text/event-stream'],
  },
  problems: ['invalid-request'],
});

/** A type of a tenant's own events. */
export const OwnEventType = z
  .string()
  .max(200)
  // First the namespace: nobody can say what only the platform may.
  .regex(
    /^(?!dev\.tenantry\.)[a-z][a-z0-9-]*(\.[a-z0-9-]+){2,9}$/,
    'must be a name of your own with at least three parts, e.g. com.example.order.placed',
  )
  .meta({ description: 'Begins with a domain of yours, backwards: `com.example.order.placed`. `dev.tenantry.` is the platform’s.' });

/** Things of the platform, in subjects. */
const PLATFORM_THINGS =
  'customers|accounts|transactions|transfers|users|machineclients|imports|exports|reports|operations|webhooks|tenants|payloads|events';

/** What a tenant tells of its own. */
export const NewEvent = z
  .strictObject({
    type: OwnEventType,
    subject: z
      .string()
      .regex(
        new RegExp(`^(?!(${PLATFORM_THINGS})/)[a-z][a-z-]{0,39}/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`),
        'must be a thing of your own and its UUID, e.g. orders/019a9a4e-5e0c-7c3f-9d55-0f6a3b7c1d22',
      )
      .optional()
      .meta({
        description:
          'A thing of your own that it is about, by UUID: `orders/<id>`; `events/<id of this event>` when absent. What is the platform’s (`customers/…`) only the platform tells of.',
      }),
    data: z
      .record(z.string(), z.unknown())
      .refine(isStorableJson, 'must hold well-formed Unicode without NUL')
      .meta({ description: 'Any JSON object; the whole request has at most 64 KiB.' }),
  })
  .meta({ id: 'NewEvent' });

export const publishEvent = operation({
  id: 'publishEvent',
  method: 'POST',
  path: '/v1/events',
  tag: 'Events',
  summary: 'Tell of something',
  description:
    'An event of your own goes the way of all others: to the event log, the stream, webhooks and Kafka. When its type has a schema (`/v1/event-schemas`), the data must fit. With an Idempotency-Key it is published once however often you send it. The plan may limit how many are published in a minute.',
  roles: ['admin', 'editor', 'machine'],
  writes: true,
  idempotent: true,
  body: { kind: 'json', schema: NewEvent, example: { type: 'com.example.order.placed', data: { order: 'A-17', amountMinor: 4200 } } },
  success: {
    status: 202,
    description: 'It is kept, and will be in the log in a moment.',
    body: z.strictObject({ id: z.uuid(), type: z.string(), time: z.iso.datetime({ precision: 3 }) }).meta({ id: 'PublishedEvent' }),
    example: { id: '019a9a4e-5e0c-7c3f-9d55-0f6a3b7c1d31', type: 'com.example.order.placed', time: '2026-11-23T03:00:00.000Z' },
  },
  problems: ['malformed-json', 'invalid-request', 'tenant-read-only', 'body-too-large', 'unsupported-media-type', 'idempotency-key-reused'],
});
