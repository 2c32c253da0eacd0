import type { LookupAddress } from 'node:dns';
import { listWebhookDeliveries, WEBHOOK_DELIVERY_LIST, WEBHOOK_ENDPOINTS_MAX, type WebhookEndpoint } from '@tenantry/contracts';
import type { Cursors } from '../../http/cursor.ts';
import type { Handlers } from '../../http/handlers.ts';
import { answerParameter, idempotencyKeyOf, storedAnswer, writeOnce } from '../../journal/idempotency-keys.ts';
import { TenantList } from '../../listing/tenant-list.ts';
import type { TenantStatement } from '../../postgres/statement.ts';
import { Problem } from '../../problem.ts';
import type { Door } from '../../tenancy/doors.ts';
import type { Tenant } from '../../tenancy/tenant.ts';
import { uuidv7 } from '../../uuid-v7.ts';
import { publicLookup } from '../../webhooks/public-lookup.ts';
import type { SecretBox } from '../../webhooks/secret-box.ts';
import { newWebhookSecret } from '../../webhooks/webhook-signature.ts';
import { TargetRefused, webhookTarget } from '../../webhooks/webhook-target.ts';
import * as statements from './webhook-statements.ts';

/** What endpoints are made with; only the platform's replicas have it. */
export interface WebhookParts {
  readonly box: SecretBox;
  readonly allowedOrigins: ReadonlySet<string>;
}

type WebhookOperations =
  | 'createWebhookEndpoint'
  | 'listWebhookEndpoints'
  | 'getWebhookEndpoint'
  | 'updateWebhookEndpoint'
  | 'deleteWebhookEndpoint'
  | 'rotateWebhookSecret'
  | 'testWebhookEndpoint'
  | 'recoverWebhookEndpoint'
  | 'listWebhookDeliveries'
  | 'getWebhookDelivery'
  | 'replayWebhookDelivery';

const JSON_TYPE = { 'content-type': 'application/json', 'cache-control': 'no-store' } as const;
const TEST_TYPE = 'dev.tenantry.webhook.test.v1';
/** A name server that does not answer holds up nobody who makes an endpoint; the delivery asks again. */
const LOOKUP_MS = 2000;

const deliveryList = new TenantList({
  operation: listWebhookDeliveries,
  from: '{schema}.webhook_deliveries v',
  ...WEBHOOK_DELIVERY_LIST,
  columns: {
    id: { sql: 'v.id', type: 'uuid' },
    endpointId: { sql: 'v.endpoint_id', type: 'uuid' },
    state: { sql: 'v.state', type: 'text' },
    eventType: { sql: 'v.event_type', type: 'text' },
    createdAt: { sql: 'v.created_at', type: 'timestamptz' },
  },
  document: statements.DELIVERY_DOCUMENT,
});

/** Webhook endpoints and what was sent to them. */
export function webhookHandlers(parts: {
  readonly door: Door;
  readonly cursors: Cursors;
  readonly webhooks: WebhookParts | undefined;
}): Handlers<WebhookOperations> {
  const { door } = parts;

  const platform = (): WebhookParts => {
    if (parts.webhooks) return parts.webhooks;
    throw new Problem('unavailable', 'This installation has no key for the secrets of webhooks yet.', { headers: { 'retry-after': '60' } });
  };

  /** The one row of a statement as JSON text. @throws Problem not-found. */
  const document = async (tenant: Tenant, statement: TenantStatement, values: unknown[], kind: 'read' | 'write'): Promise<string> => {
    const [row] = await door[kind](tenant, (tx) => tx.run(statement, values));
    if (row) return row.document as string;
    throw new Problem('not-found', 'There is no such webhook endpoint or delivery.');
  };

  const endpointOf = async (tenant: Tenant, id: string): Promise<WebhookEndpoint> =>
    JSON.parse(await document(tenant, statements.findEndpoint, [id], 'read')) as WebhookEndpoint;

  /** Why nothing was changed: it is gone, or in another version. */
  const stale = async (tenant: Tenant, id: string): Promise<Problem> => {
    const { version } = await endpointOf(tenant, id);
    return new Problem('version-stale', `The endpoint is in version ${version} now. Read it again and repeat the change.`, {
      headers: { etag: etagOf(version) },
    });
  };

  return {
    createWebhookEndpoint: async (call) => {
      const { tenant, actor, body, trace } = call;
      const { box, allowedOrigins } = platform();
      const url = await reachable(body.url, allowedOrigins);
      const key = idempotencyKeyOf('createWebhookEndpoint', call);
      const at = new Date().toISOString();
      const { description, types, ordered } = body;
      const endpoint: WebhookEndpoint = {
        ...{ id: uuidv7(), url, description, types, ordered },
        ...{ status: 'enabled', disabledReason: null, failingSince: null, earlierSecretUntil: null },
        ...{ version: 1, createdBy: actor.subject, createdAt: at, updatedAt: at },
      };
      const secret = newWebhookSecret();
      const headers = { ...JSON_TYPE, etag: etagOf(1), location: `/v1/webhook-endpoints/${endpoint.id}` };
      // What is stored for a repeat has no secret: it is in the database sealed, and nowhere else.
      const repeat = { status: 201, headers, body: JSON.stringify({ endpoint, secret: null }) };
      return writeOnce(door, tenant, key, async () => {
        const values = [JSON.stringify(endpoint), box.seal(tenant.tenantId, secret), answerParameter(key, repeat), trace.traceparent];
        const rows = await door.write(tenant, (tx) => tx.run(statements.createEndpoint, values));
        if (rows.length > 0) return { status: 201, headers, body: JSON.stringify({ endpoint, secret }) };
        const stored = key && (await storedAnswer(door, tenant, key));
        if (stored) return stored;
        throw new Problem('limit-reached', `A tenant has at most ${WEBHOOK_ENDPOINTS_MAX} webhook endpoints. Delete one first.`);
      });
    },

    listWebhookEndpoints: async ({ tenant }) => {
      const rows = await door.read(tenant, (tx) => tx.run(statements.listEndpoints, []));
      return { status: 200, headers: JSON_TYPE, body: `{"items":[${rows.map((row) => row.document as string).join(',')}]}` };
    },

    getWebhookEndpoint: async ({ tenant, params, ifNoneMatch }) => {
      const endpoint = await endpointOf(tenant, params.id);
      const etag = etagOf(endpoint.version);
      if (ifNoneMatch === etag) return { status: 304, headers: { etag, 'cache-control': 'no-store' } };
      return { status: 200, headers: { ...JSON_TYPE, etag }, body: JSON.stringify(endpoint) };
    },

    updateWebhookEndpoint: async ({ tenant, params, body, ifMatch, trace }) => {
      const url = body.url === undefined ? {} : { url: await reachable(body.url, platform().allowedOrigins) };
      const values = [params.id, ifMatch, JSON.stringify({ ...body, ...url }), trace.traceparent];
      const [row] = await door.write(tenant, (tx) => tx.run(statements.updateEndpoint, values));
      if (row === undefined) throw await stale(tenant, params.id);
      return { status: 200, headers: { ...JSON_TYPE, etag: etagOf(ifMatch + 1) }, body: row.document as string };
    },

    deleteWebhookEndpoint: async ({ tenant, params, ifMatch, trace }) => {
      const rows = await door.write(tenant, (tx) => tx.run(statements.deleteEndpoint, [params.id, ifMatch, trace.traceparent]));
      if (rows.length === 0) throw await stale(tenant, params.id);
      return { status: 204, headers: {} };
    },

    rotateWebhookSecret: async ({ tenant, params, trace }) => {
      const secret = newWebhookSecret();
      const sealed = platform().box.seal(tenant.tenantId, secret);
      const endpoint = await document(tenant, statements.rotateSecret, [params.id, sealed, trace.traceparent], 'write');
      return { status: 201, headers: JSON_TYPE, body: `{"endpoint":${endpoint},"secret":${JSON.stringify(secret)}}` };
    },

    testWebhookEndpoint: async ({ tenant, params }) => {
      const [id, eventId] = [uuidv7(), uuidv7()];
      const payload = JSON.stringify({ endpointId: params.id });
      const body = await document(tenant, statements.sendTest, [params.id, id, eventId, TEST_TYPE, payload], 'write');
      return { status: 202, headers: { ...JSON_TYPE, location: `/v1/webhook-deliveries/${id}` }, body };
    },

    recoverWebhookEndpoint: async ({ tenant, params, body }) => {
      const [row] = await door.write(tenant, (tx) => tx.run(statements.recoverEndpoint, [params.id, body.since]));
      if (row) return { status: 202, headers: JSON_TYPE, body: JSON.stringify(row) };
      await endpointOf(tenant, params.id);
      throw new Problem('webhook-endpoint-disabled', 'Switch the endpoint on first: nothing is sent to a disabled one.');
    },

    listWebhookDeliveries: (call) => deliveryList.answer(parts, call),

    getWebhookDelivery: async ({ tenant, params }) => {
      const [row] = await door.read(tenant, (tx) => tx.run(statements.findDelivery, [params.id]));
      if (row === undefined) throw new Problem('not-found', 'There is no such webhook endpoint or delivery.');
      return { status: 200, headers: JSON_TYPE, body: `${(row.document as string).slice(0, -1)},"attemptLog":${row.attempts as string}}` };
    },

    replayWebhookDelivery: async ({ tenant, params }) => {
      const body = await document(tenant, statements.replayDelivery, [params.id], 'write');
      return { status: 202, headers: JSON_TYPE, body };
    },
  };
}

const etagOf = (version: number): string => `"${version}"`;

/**
 * The URL as it is stored. A name that leads inside is refused here already; one that leads nowhere at the moment is the delivery's to judge.
 * @throws Problem invalid-request.
 */
async function reachable(text: string, allowedOrigins: ReadonlySet<string>): Promise<string> {
  try {
    const url = webhookTarget(text, allowedOrigins);
    if (!allowedOrigins.has(url.origin)) await vet(url.hostname);
    return url.href;
  } catch (error) {
    if (!(error instanceof TargetRefused)) throw error;
    throw new Problem('invalid-request', 'Webhooks cannot be sent there.', {
      cause: error,
      errors: [{ pointer: '/url', detail: error.message }],
    });
  }
}

/** @throws TargetRefused when the name leads to what is not public. */
async function vet(hostname: string): Promise<void> {
  // An address was looked at as text.
  if (/^\[|^[\d.]+$/.test(hostname)) return;
  const found = new Promise<void>((resolve, reject) => {
    publicLookup()(hostname, { all: true }, (error: Error | null, _addresses: string | LookupAddress[]) => {
      if (error instanceof TargetRefused) reject(error);
      else resolve();
    });
  });
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, LOOKUP_MS);
  });
  await Promise.race([found, late]).finally(() => clearTimeout(timer));
}
