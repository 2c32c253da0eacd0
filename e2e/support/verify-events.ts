import { eventually } from '@tenantry/stack/testing/eventually.ts';
import { CHAIN_BEGINNING, chainHash } from '@tenantry/tenant-service/event-log/event-chain.ts';
import { dueWebhooks, rowsOf } from './cell-eye.ts';
import { holds } from './holds.ts';
import type { ReadRecord } from './kafka.ts';
import type { TestTenant } from './test-tenant.ts';
import type { WebhookReceiver } from './webhook-receiver.ts';

/** Longer than a minute after the last fault nothing may be under way. */
const PATIENCE = { limitMs: 60_000, everyMs: 250 };

/** A row of an event log. */
export interface LogRow {
  readonly seq: string;
  readonly id: string;
  readonly type: string;
  readonly subject: string;
  readonly version: number;
  readonly occurredAt: Date;
  readonly traceparent: string | null;
  readonly data: string;
  readonly hash: Buffer;
}

/**
 * I3: every event of the topic is in the event log, once, with no number missing, each customer's in the order of its versions; and the chain over
 * them is whole. Returns the log.
 */
export async function everyEventIsLogged(tenant: TestTenant, published: readonly ReadRecord[]): Promise<readonly LogRow[]> {
  const wanted = published.map(({ headers }) => headers.ce_id).sort();
  const log = await eventually(async () => {
    const rows = await readLog(tenant);
    const logged = rows.filter(({ subject }) => subject.startsWith('customers/')).map(({ id }) => id);
    holds(`I3: the event log of ${tenant.name} = its topic`, logged.sort(), wanted);
    return rows;
  }, PATIENCE);
  let hash: Buffer = CHAIN_BEGINNING;
  const versions = new Map<string, number>();
  for (const [at, row] of log.entries()) {
    holds(`I3: numbers in the event log of ${tenant.name}`, Number(row.seq), at + 1);
    hash = chainHash(hash, at + 1, { ...row, time: row.occurredAt.toISOString() });
    holds(`I3: the chain of ${tenant.name} at ${row.seq}`, row.hash.toString('hex'), hash.toString('hex'));
    if (!row.subject.startsWith('customers/')) continue;
    holds(`I3: order of ${row.subject} in the event log of ${tenant.name}`, row.version, (versions.get(row.subject) ?? 0) + 1);
    versions.set(row.subject, row.version);
  }
  const [head] = await rowsOf<{ seq: string; hash: Buffer }>(tenant.name, 'select seq, hash from {schema}.event_log_head');
  holds(`I3: the end of the event log of ${tenant.name}`, [Number(head?.seq), head?.hash.equals(hash)], [log.length, true]);
  return log;
}

function readLog({ name }: TestTenant): Promise<readonly LogRow[]> {
  return rowsOf<LogRow>(
    name,
    `select seq, id, type, subject, version, occurred_at as "occurredAt", traceparent, data::text as data, hash from {schema}.events order by seq`,
  );
}

/**
 * I5: for every event that came after an endpoint there is one delivery, all of them have ended, what ended delivered has arrived (at least once) and
 * what has arrived is this tenant's own.
 */
export async function everyWebhookEnds(tenant: TestTenant, log: readonly LogRow[], receiver?: WebhookReceiver): Promise<void> {
  await eventually(async () => {
    const pending = await rowsOf(
      tenant.name,
      `select event_id, attempts, last_outcome, next_attempt_at from {schema}.webhook_deliveries where state = 'pending' limit 3`,
    );
    holds(`I5: webhooks of ${tenant.name} that have not ended`, pending, []);
  }, PATIENCE);
  const missing = await rowsOf(
    tenant.name,
    `select w.url, e.seq, e.type from {schema}.webhook_endpoints w join {schema}.events e on e.appended_at > w.created_at
      where w.status = 'enabled' and '*' = any(w.types)
        and not exists (select from {schema}.webhook_deliveries d where d.endpoint_id = w.id and d.event_id = e.id) limit 3`,
  );
  holds(`I5: events of ${tenant.name} without a webhook`, missing, []);
  holds(`I5: webhooks of ${tenant.name} that are due although all have ended`, await dueWebhooks(tenant.name), 0);
  if (receiver === undefined) return;
  const logged = new Set(log.map(({ id }) => id));
  const arrived = new Set(receiver.of(tenant).map(({ headers }) => String(headers['webhook-id'])));
  holds(
    `I5: webhooks of others at the endpoint of ${tenant.name}`,
    [...arrived].filter((id) => !logged.has(id)),
    [],
  );
  const delivered = await rowsOf<{ id: string }>(
    tenant.name,
    `select event_id as id from {schema}.webhook_deliveries where state = 'delivered' and event_seq is not null`,
  );
  holds(
    `I5: delivered webhooks of ${tenant.name} that have not arrived`,
    delivered.filter(({ id }) => !arrived.has(id)),
    [],
  );
}
