import { z } from 'zod';
import { Instant as AnyInstant } from './instant.ts';
import { LINK_HEADER, listQuery } from './listing.ts';
import { type FilterField, operation } from './operation.ts';
import { pageOf } from './page.ts';
import { text } from './text.ts';

/** Endpoints a tenant may have. */
export const WEBHOOK_ENDPOINTS_MAX = 50;
/** How long the secret before the last one signs beside it. */
export const SECRET_OVERLAP_HOURS = 24;

const Instant = z.iso.datetime({ precision: 3 });
const fields = {
  url: z.string().min(1).max(2000).meta({
    description:
      '`https`, port 443 or 8443, a public host. Where the name leads is checked now and at every delivery; redirects are not followed.',
  }),
  description: text(500),
  types: z
    .array(
      z
        .string()
        .max(200)
        .regex(/^(?:\*|[a-z0-9]+(?:[.-][a-z0-9]+)*(?:\.\*)?)$/, 'must be an event type, or the beginning of some and `.*`'),
    )
    .min(1)
    .max(50)
    .meta({ description: 'Event types, e.g. `dev.tenantry.customer.created.v1`, `dev.tenantry.customer.*`, or `*` for all.' }),
  ordered: z.boolean().meta({
    description: 'Events of one thing come one after the other: the next waits until the one before is delivered or given up.',
  }),
};

const endpointExample = {
  id: '019a9a4e-5e0c-7c3f-9d55-0f6a3b7c1f01',
  url: 'https://hooks.example.org/tenantry',
  description: 'Our CRM',
  types: ['dev.tenantry.customer.*'],
  ordered: false,
  status: 'enabled',
  disabledReason: null,
  failingSince: null,
  earlierSecretUntil: null,
  version: 1,
  createdBy: 'f1b7a7a2-3c64-4a53-8f0e-6d7f0f9f2c11',
  createdAt: '2026-11-22T14:00:00.000Z',
  updatedAt: '2026-11-22T14:00:00.000Z',
} as const;

/** Where a tenant's events are sent. */
export const WebhookEndpoint = z
  .strictObject({
    id: z.uuid(),
    ...fields,
    url: z.string(),
    types: z.array(z.string()),
    status: z.enum(['enabled', 'disabled']),
    disabledReason: z
      .enum(['admin', 'gone', 'failing'])
      .nullable()
      .meta({ description: '`gone`: it answered 410. `failing`: nothing got through for five days.' }),
    failingSince: Instant.nullable().meta({ description: 'Nothing got through since then.' }),
    earlierSecretUntil: Instant.nullable().meta({ description: 'While a rotation overlaps: the earlier secret signs, too, until then.' }),
    version: z.int().min(1),
    createdBy: z.string(),
    createdAt: Instant,
    updatedAt: Instant,
  })
  .meta({ id: 'WebhookEndpoint', example: endpointExample });

const EndpointWithSecret = z
  .strictObject({
    endpoint: WebhookEndpoint,
    secret: z.string().nullable().meta({
      description:
        'Given once; by it the receiver checks signatures (Standard Webhooks). Null in a repeated answer: rotate if it was lost.',
    }),
  })
  .meta({ id: 'WebhookEndpointWithSecret' });

export const NewWebhookEndpoint = z
  .strictObject({
    url: fields.url,
    description: fields.description.default(''),
    types: fields.types.default(['*']),
    ordered: fields.ordered.default(false),
  })
  .meta({ id: 'NewWebhookEndpoint' });

export const WebhookEndpointPatch = z
  .strictObject({ ...fields, status: z.enum(['enabled', 'disabled']) })
  .partial()
  .refine((patch) => Object.keys(patch).length > 0, 'must name at least one field')
  .meta({ id: 'WebhookEndpointPatch' });

const STATES = ['pending', 'delivered', 'exhausted'] as const;
const deliveryExample = {
  id: '019a9a4e-5e0c-7c3f-9d55-0f6a3b7c1f11',
  endpointId: endpointExample.id,
  eventId: '019a9a4e-5e0c-7c3f-9d55-0f6a3b7c1f21',
  eventType: 'dev.tenantry.customer.created.v1',
  subject: 'customers/019a9a4e-5e0c-7c3f-9d55-0f6a3b7c1d22',
  state: 'delivered',
  attempts: 1,
  nextAttemptAt: null,
  lastOutcome: 'delivered',
  lastStatus: 200,
  createdAt: '2026-11-22T14:00:00.000Z',
  finishedAt: '2026-11-22T14:00:00.210Z',
} as const;
const attemptExample = {
  number: 1,
  startedAt: '2026-11-22T14:00:00.110Z',
  durationMs: 92,
  outcome: 'delivered',
  status: 200,
  requestHeaders: { 'webhook-id': deliveryExample.eventId, 'webhook-timestamp': '1795356000', 'webhook-signature': '[signature]' },
  answer: 'ok',
} as const;

const Delivery = z
  .strictObject({
    id: z.uuid(),
    endpointId: z.uuid(),
    eventId: z.uuid().meta({ description: 'Sent as `webhook-id`, the same with every attempt: drop what you have seen.' }),
    eventType: z.string(),
    subject: z.string(),
    state: z.enum(STATES).meta({ description: '`exhausted`: given up after the last attempt. It can be replayed.' }),
    attempts: z.int().min(0),
    nextAttemptAt: Instant.nullable(),
    lastOutcome: z.string().nullable().meta({
      description:
        '`delivered`, `refused-status`, `redirected`, `gone`, `timed-out`, `not-resolved`, `not-connected`, `tls-failed`, `connection-closed`, `blocked-address`, `endpoint-disabled`; more may come.',
    }),
    lastStatus: z.int().nullable(),
    createdAt: Instant,
    finishedAt: Instant.nullable(),
  })
  .meta({ id: 'WebhookDelivery', example: deliveryExample });

const Attempt = z
  .strictObject({
    number: z.int().min(1),
    startedAt: Instant,
    durationMs: z.int().min(0),
    outcome: z.string(),
    status: z.int().nullable(),
    requestHeaders: z.record(z.string(), z.string()).meta({ description: 'As sent, without the signatures.' }),
    answer: z.string().nullable().meta({ description: 'The first 2 KiB of the receiver’s answer.' }),
  })
  .meta({ id: 'WebhookAttempt' });

const DeliveryWithAttempts = z
  .strictObject({ ...Delivery.shape, attemptLog: z.array(Attempt).meta({ description: 'Newest first, at most 100.' }) })
  .meta({ id: 'WebhookDeliveryWithAttempts' });

/** What deliveries are listed by. */
export const WEBHOOK_DELIVERY_LIST = { sorts: ['id'], defaultSort: '-id', fields: Object.keys(Delivery.shape) } as const;

export const WEBHOOK_DELIVERY_FILTERS = {
  endpointId: { type: 'id', operators: ['eq'] },
  state: { type: 'choice', operators: ['eq'], choices: STATES },
  eventType: { type: 'text', operators: ['eq', 'startsWith'] },
  createdAt: { type: 'instant', operators: ['gte', 'lt'] },
} as const satisfies Readonly<Record<string, FilterField>>;

const EndpointList = z.strictObject({ items: z.array(WebhookEndpoint) }).meta({ id: 'WebhookEndpointList' });
const DeliveryListItem = z.strictObject({ ...Delivery.partial().shape, id: Delivery.shape.id }).meta({ id: 'WebhookDeliveryListItem' });
const DeliveryPage = pageOf(DeliveryListItem).meta({ id: 'WebhookDeliveryPage' });
const params = z.strictObject({ id: z.uuid() });
const etag = { ETag: 'The version in quotes, e.g. `"3"`; send it back as If-Match.' };
const readers = ['admin', 'editor', 'viewer'] as const;
const admins = ['admin'] as const;
const newExample = { url: endpointExample.url, description: 'Our CRM', types: ['dev.tenantry.customer.*'], ordered: false };
const bodyProblems = ['malformed-json', 'invalid-request', 'tenant-read-only', 'body-too-large', 'unsupported-media-type'] as const;
const shared = { tag: 'Webhooks' } as const;

export const createWebhookEndpoint = operation({
  ...shared,
  id: 'createWebhookEndpoint',
  method: 'POST',
  path: '/v1/webhook-endpoints',
  summary: 'Create a webhook endpoint',
  description: 'Events from now on that fit its types are sent there, signed with the secret of the answer, which is shown once.',
  roles: admins,
  writes: true,
  idempotent: true,
  servedBy: 'platform',
  body: { kind: 'json', schema: NewWebhookEndpoint, example: newExample },
  success: {
    status: 201,
    description: 'The endpoint and its secret.',
    body: EndpointWithSecret,
    example: { endpoint: endpointExample, secret: 'whsec_MfKQ…' },
    headers: {
      ...etag,
      Location: 'Address of the endpoint.',
      'Idempotent-Replayed': '`true` when the answer of an earlier request is repeated, then without its secret.',
    },
  },
  problems: [...bodyProblems, 'limit-reached', 'idempotency-key-reused'],
});

export const listWebhookEndpoints = operation({
  ...shared,
  id: 'listWebhookEndpoints',
  method: 'GET',
  path: '/v1/webhook-endpoints',
  summary: 'List the webhook endpoints',
  description: `All of them, newest first; a tenant has at most ${WEBHOOK_ENDPOINTS_MAX}.`,
  roles: readers,
  writes: false,
  success: { status: 200, description: 'The endpoints.', body: EndpointList, example: { items: [endpointExample] } },
  problems: ['invalid-request'],
});

export const getWebhookEndpoint = operation({
  ...shared,
  id: 'getWebhookEndpoint',
  method: 'GET',
  path: '/v1/webhook-endpoints/{id}',
  summary: 'Get a webhook endpoint',
  roles: readers,
  writes: false,
  params,
  success: { status: 200, description: 'The endpoint.', body: WebhookEndpoint, example: endpointExample, headers: etag },
  problems: ['invalid-request', 'not-found'],
});

export const updateWebhookEndpoint = operation({
  ...shared,
  id: 'updateWebhookEndpoint',
  method: 'PATCH',
  path: '/v1/webhook-endpoints/{id}',
  summary: 'Change a webhook endpoint',
  description:
    'JSON Merge Patch (RFC 7396). `status` switches it off and on again; what happened while it was off is sent by `recover`. If-Match must carry the ETag of the version the change was made from.',
  roles: admins,
  writes: true,
  conditional: true,
  servedBy: 'platform',
  params,
  body: { kind: 'merge-patch', schema: WebhookEndpointPatch, example: { types: ['*'] } },
  success: {
    status: 200,
    description: 'The endpoint as changed.',
    body: WebhookEndpoint,
    example: { ...endpointExample, types: ['*'], version: 2 },
    headers: etag,
  },
  problems: [...bodyProblems, 'not-found', 'version-stale', 'if-match-missing'],
});

export const deleteWebhookEndpoint = operation({
  ...shared,
  id: 'deleteWebhookEndpoint',
  method: 'DELETE',
  path: '/v1/webhook-endpoints/{id}',
  summary: 'Delete a webhook endpoint',
  description: 'Its deliveries go with it.',
  roles: admins,
  writes: true,
  conditional: true,
  params,
  success: { status: 204, description: 'Deleted.' },
  problems: ['invalid-request', 'tenant-read-only', 'not-found', 'version-stale', 'if-match-missing'],
});

export const rotateWebhookSecret = operation({
  ...shared,
  id: 'rotateWebhookSecret',
  method: 'POST',
  path: '/v1/webhook-endpoints/{id}/rotate-secret',
  summary: 'Give a webhook endpoint a new secret',
  description: `The answer holds it, once. The secret before it signs beside it for ${SECRET_OVERLAP_HOURS} hours; one before that ends at once.`,
  roles: admins,
  writes: true,
  servedBy: 'platform',
  params,
  success: {
    status: 201,
    description: 'The endpoint and its new secret.',
    body: EndpointWithSecret,
    example: { endpoint: { ...endpointExample, earlierSecretUntil: '2026-11-23T14:00:00.000Z', version: 2 }, secret: 'whsec_C2FV…' },
  },
  problems: ['invalid-request', 'tenant-read-only', 'not-found'],
});

export const testWebhookEndpoint = operation({
  ...shared,
  id: 'testWebhookEndpoint',
  method: 'POST',
  path: '/v1/webhook-endpoints/{id}/test',
  summary: 'Send a test to a webhook endpoint',
  description: 'An event of type `dev.tenantry.webhook.test.v1`, also to a disabled endpoint. It is no event of the log.',
  roles: admins,
  writes: true,
  params,
  success: {
    status: 202,
    description: 'The delivery, which is made in a moment.',
    body: Delivery,
    example: { ...deliveryExample, state: 'pending', attempts: 0, lastOutcome: null, lastStatus: null, finishedAt: null },
    headers: { Location: 'Address of the delivery.' },
  },
  problems: ['invalid-request', 'tenant-read-only', 'not-found'],
});

export const recoverWebhookEndpoint = operation({
  ...shared,
  id: 'recoverWebhookEndpoint',
  method: 'POST',
  path: '/v1/webhook-endpoints/{id}/recover',
  summary: 'Send what an endpoint has missed',
  description: 'Events since then that fit its types and were given up or never sent. What was delivered is not sent again.',
  roles: admins,
  writes: true,
  params,
  body: {
    kind: 'json',
    schema: z.strictObject({ since: AnyInstant }).meta({ id: 'WebhookRecovery' }),
    example: { since: '2026-11-22T00:00:00Z' },
  },
  success: {
    status: 202,
    description: 'How many are sent.',
    body: z.strictObject({ deliveries: z.int().min(0) }).meta({ id: 'WebhookRecovered' }),
    example: { deliveries: 12 },
  },
  problems: [...bodyProblems, 'not-found', 'webhook-endpoint-disabled'],
});

export const listWebhookDeliveries = operation({
  ...shared,
  id: 'listWebhookDeliveries',
  method: 'GET',
  path: '/v1/webhook-deliveries',
  summary: 'List webhook deliveries',
  description: 'One per event and endpoint, newest first.',
  roles: readers,
  writes: false,
  query: z.strictObject(listQuery(WEBHOOK_DELIVERY_LIST)),
  filters: WEBHOOK_DELIVERY_FILTERS,
  success: {
    status: 200,
    description: 'A page of deliveries.',
    headers: LINK_HEADER,
    body: DeliveryPage,
    example: { items: [deliveryExample], page: { next: null, prev: null, limit: 50 } },
  },
  problems: ['invalid-request', 'invalid-cursor'],
});

export const getWebhookDelivery = operation({
  ...shared,
  id: 'getWebhookDelivery',
  method: 'GET',
  path: '/v1/webhook-deliveries/{id}',
  summary: 'Get a webhook delivery and its attempts',
  roles: readers,
  writes: false,
  params,
  success: {
    status: 200,
    description: 'The delivery.',
    body: DeliveryWithAttempts,
    example: { ...deliveryExample, attemptLog: [attemptExample] },
  },
  problems: ['invalid-request', 'not-found'],
});

export const replayWebhookDelivery = operation({
  ...shared,
  id: 'replayWebhookDelivery',
  method: 'POST',
  path: '/v1/webhook-deliveries/{id}/replay',
  summary: 'Send a webhook again',
  description:
    'The same event with the same `webhook-id` and the current secret, whatever became of it before; also to a disabled endpoint.',
  roles: admins,
  writes: true,
  params,
  success: {
    status: 202,
    description: 'The delivery, which is made in a moment.',
    body: Delivery,
    example: { ...deliveryExample, state: 'pending', finishedAt: null },
  },
  problems: ['invalid-request', 'tenant-read-only', 'not-found'],
});

export type WebhookEndpoint = z.infer<typeof WebhookEndpoint>;
