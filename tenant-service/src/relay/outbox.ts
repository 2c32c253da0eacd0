import { type EventRecord, toRecord } from '@tenantry/contracts';
import type { ClientBase } from 'pg';

/** An event waiting in the outbox, with the tenant its writer turned out to be. */
export interface OutboxEvent {
  readonly key: OutboxKey;
  readonly slug: string;
  readonly topic: string;
  readonly occurredAt: Date;
  readonly record: EventRecord;
}

/** What the outbox knows a row by: an aggregate of a writer has one event per version. */
export interface OutboxKey {
  readonly writer: string;
  readonly aggregateId: string;
  readonly version: number;
}

interface OutboxRow extends OutboxKey {
  readonly id: string;
  readonly type: string;
  readonly aggregate: string;
  readonly occurredAt: Date;
  readonly traceparent: string | null;
  readonly data: string;
  readonly tenantId: string;
  readonly slug: string;
  readonly topic: string;
}

/*
 * Claims by existence: what is there is unpublished. Ids and times say nothing about the order of commits, so there is no cursor to lose rows
 * behind. Per tenant in the order of (aggregate, version), through the index; tenants take turns, beginning behind the last one served, so a
 * busy tenant cannot starve the rest. $1 rows per tenant · $2 rows in all · $3 last slug · $4 topics that are away.
 */
const CLAIM = `
select o.id, o.writer, o.type, o.aggregate, o.aggregate_id as "aggregateId", o.version, o.occurred_at as "occurredAt", o.traceparent, o.data::text as data,
  t.tenant_id as "tenantId", t.slug, t.events_topic as topic
from (
  select tenant_id, slug, app_role, events_topic from tenantry.tenants
  where events_topic <> all($4::text[]) and exists (select from tenantry.outbox)
  order by (slug <= $3), slug
) t
cross join lateral (
  select * from tenantry.outbox where writer = t.app_role order by aggregate_id, version limit $1
) o
limit $2`;

/** The next events of all tenants whose topic is not among `away`. */
export async function claimEvents(client: ClientBase, batch: number, lastSlug: string, away: readonly string[]): Promise<OutboxEvent[]> {
  const { rows } = await client.query<OutboxRow>({ name: 'claim', text: CLAIM, values: [batch, batch * 4, lastSlug, away] });
  return rows.map((row) => ({ key: keyOf(row), slug: row.slug, topic: row.topic, occurredAt: row.occurredAt, record: recordOf(row) }));
}

const DELETE = `
delete from tenantry.outbox o
using unnest($1::name[], $2::uuid[], $3::int[]) as k(writer, aggregate_id, version)
where o.writer = k.writer and o.aggregate_id = k.aggregate_id and o.version = k.version`;

/** Called after the broker's acknowledgement, never before. */
export async function deleteEvents(client: ClientBase, keys: readonly OutboxKey[]): Promise<void> {
  await client.query({
    name: 'delete',
    text: DELETE,
    values: [keys.map(({ writer }) => writer), keys.map(({ aggregateId }) => aggregateId), keys.map(({ version }) => version)],
  });
}

/** Rows whose writer is no tenant: nobody can say where they belong, and they hold nobody up. */
export async function countUnroutable(client: ClientBase): Promise<number> {
  const { rows } = await client.query<{ count: number }>(
    'select count(*)::int as count from tenantry.outbox o where not exists (select from tenantry.tenants t where t.app_role = o.writer)',
  );
  return rows[0]?.count ?? 0;
}

const keyOf = ({ writer, aggregateId, version }: OutboxRow): OutboxKey => ({ writer, aggregateId, version });

function recordOf(row: OutboxRow): EventRecord {
  return toRecord(
    {
      specversion: '1.0',
      id: row.id,
      source: `/tenants/${row.tenantId}`,
      type: row.type,
      subject: `${row.aggregate}s/${row.aggregateId}`,
      time: row.occurredAt.toISOString(),
      datacontenttype: 'application/json',
      tenantid: row.tenantId,
      aggregateversion: String(row.version),
      partitionkey: row.aggregateId,
      ...(row.traceparent === null ? {} : { traceparent: row.traceparent }),
    },
    row.data,
  );
}
