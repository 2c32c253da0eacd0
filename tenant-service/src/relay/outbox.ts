import { type EventRecord, isSharedEventsTopic, LIFECYCLE_VERSIONS, toRecord } from '@tenantry/contracts';
import type { ClientBase } from 'pg';
import { SHARDS } from './shard-leases.ts';

/** A tenant with events waiting. */
export interface WaitingTenant {
  /** The role that wrote them: what the outbox knows a tenant by. */
  readonly writer: string;
  readonly tenantId: string;
  readonly slug: string;
  readonly topic: string;
}

/** How far the events of one tenant were read, in the order of its aggregates and their versions. */
export interface Position {
  readonly aggregateId: string;
  readonly version: number;
}

/** Before the first event there can be: versions begin with 1. */
export const BEGINNING: Position = { aggregateId: '00000000-0000-0000-0000-000000000000', version: 0 };

/** An event waiting in the outbox. */
export interface OutboxEvent extends Position {
  readonly occurredAt: Date;
  readonly record: EventRecord;
}

/*
 * Claims by existence: what is there is unpublished. Ids and times say nothing about the order of commits, so there is no cursor to lose rows
 * behind. Looks up the next writer in the index again and again: its cost is that of the writers who wait, not of all tenants or all events.
 */
const WAITING = `
with recursive waiting (writer) as (
  (select writer from tenantry.outbox order by writer limit 1)
  union all
  select (select o.writer from tenantry.outbox o where o.writer > w.writer order by o.writer limit 1) from waiting w where w.writer is not null
)`;

/* Tenants take turns, beginning behind the last one served. $1 topics that are away · $2 writers that are being served · $3 last slug · $4 shards.
 * The end of a UUIDv7 is random, so tenants are spread evenly. One statement, so that a topic and that nobody holds it are of one moment. */
const FIND_WAITING = `${WAITING}
select t.app_role as writer, t.tenant_id as "tenantId", t.slug, t.events_topic as topic
from waiting w join tenantry.tenants t on t.app_role = w.writer
where t.events_topic <> all($1::text[]) and w.writer <> all($2::name[])
  and ${shardOf('t.tenant_id')} = any($4::int[])
  and not exists (select from tenantry.topic_moves m where m.tenant_id = t.tenant_id and m.held_until > now())
order by (t.slug <= $3), t.slug`;

function shardOf(tenantId: string): string {
  return `('x' || right(${tenantId}::text, 7))::bit(28)::int % ${SHARDS}`;
}

/**
 * Tenants of these shards that have events, in turns: beginning behind `lastSlug`. Left out: topics that are away, writers being served, and tenants on
 * their way to another topic.
 */
export async function findWaiting(
  client: ClientBase,
  options: {
    readonly away: readonly string[];
    readonly served: readonly string[];
    readonly shards: readonly number[];
    readonly lastSlug: string;
  },
): Promise<WaitingTenant[]> {
  const { away, served, lastSlug, shards } = options;
  const { rows } = await client.query<WaitingTenant>({ name: 'waiting', text: FIND_WAITING, values: [away, served, lastSlug, shards] });
  return rows;
}

/*
 * Behind a position, because a claim that begins at the first row again walks over every row deleted since the last vacuum: 500,000 rows
 * took time in their square. $1–$3 writers and their positions · $4 rows of each · $5 rows in all.
 */
const CLAIM = `
select p.at::int, o.id, o.type, o.aggregate, o.aggregate_id, o.version, o.occurred_at, o.traceparent, o.data::text
from unnest($1::name[], $2::uuid[], $3::int[]) with ordinality as p(writer, aggregate_id, version, at)
cross join lateral (
  select * from tenantry.outbox i where i.writer = p.writer and (i.aggregate_id, i.version) > (p.aggregate_id, p.version)
  order by i.aggregate_id, i.version limit $4
) o
limit $5`;

type ClaimedRow = [number, string, string, string, string, number, Date, string | null, string];

/** Events of each tenant behind its position, in order; at most `each` of one tenant and `most` in all: then those at the end have none. */
export async function claimEvents(
  client: ClientBase,
  tenants: readonly { readonly tenant: WaitingTenant; readonly position: Position }[],
  { each, most }: { readonly each: number; readonly most: number },
): Promise<OutboxEvent[][]> {
  const { rows } = await client.query<ClaimedRow>({
    name: 'claim',
    text: CLAIM,
    rowMode: 'array',
    values: [
      tenants.map(({ tenant }) => tenant.writer),
      tenants.map(({ position }) => position.aggregateId),
      tenants.map(({ position }) => position.version),
      each,
      most,
    ],
  });
  const events: OutboxEvent[][] = tenants.map(() => []);
  for (const row of rows) {
    const tenant = tenants[row[0] - 1]?.tenant;
    if (tenant !== undefined) events[row[0] - 1]?.push(eventOf(row, tenant));
  }
  return events;
}

const LEAVE = `
update tenantry.topic_moves m set left_at = now() from tenantry.tenants t
where m.left_at is null and m.held_until > now() and t.tenant_id = m.tenant_id
  and t.app_role <> all($1::name[]) and ${shardOf('t.tenant_id')} = any($2::int[])`;

/**
 * Says of tenants of these shards that are on their way to another topic that nothing is published on the old one any more. Not of those who are being
 * served; and of the others nothing begins, as {@link findWaiting} leaves them out.
 */
export async function leaveTopics(
  client: ClientBase,
  { served, shards }: { readonly served: readonly string[]; readonly shards: readonly number[] },
): Promise<void> {
  await client.query({ name: 'leave', text: LEAVE, values: [served, shards] });
}

const DELETE = `
delete from tenantry.outbox o
using unnest($1::name[], $2::uuid[], $3::int[]) as k(writer, aggregate_id, version)
where o.writer = k.writer and o.aggregate_id = k.aggregate_id and o.version = k.version`;

/** Called after the broker's acknowledgement, never before. By key: between two published events another one may have been committed. */
export async function deleteEvents(client: ClientBase, published: readonly (readonly [writer: string, event: Position])[]): Promise<void> {
  await client.query({
    name: 'delete',
    text: DELETE,
    values: [
      published.map(([writer]) => writer),
      published.map(([, { aggregateId }]) => aggregateId),
      published.map(([, { version }]) => version),
    ],
  });
}

const COUNT_UNROUTABLE = `${WAITING}
select count(*)::int as count
from waiting w join tenantry.outbox o on o.writer = w.writer
where not exists (select from tenantry.tenants t where t.app_role = w.writer)`;

/** Rows whose writer is no tenant: nobody can say where they belong, and they hold nobody up. */
export async function countUnroutable(client: ClientBase): Promise<number> {
  const { rows } = await client.query<{ count: number }>(COUNT_UNROUTABLE);
  return rows[0]?.count ?? 0;
}

function eventOf(row: ClaimedRow, { tenantId, topic }: WaitingTenant): OutboxEvent {
  const [, id, type, aggregate, aggregateId, version, occurredAt, traceparent, data] = row;
  // A tenant's own event may be about a thing of its own, which its aggregate then names whole.
  const isOwn = aggregate.includes('/');
  const subject = isOwn ? aggregate : `${aggregate}s/${aggregateId}`;
  const attributes = {
    specversion: '1.0' as const,
    id,
    source: `/tenants/${tenantId}`,
    type,
    subject,
    time: occurredAt.toISOString(),
    datacontenttype: 'application/json' as const,
    tenantid: tenantId,
    aggregateversion: String(version > LIFECYCLE_VERSIONS ? version - LIFECYCLE_VERSIONS : version),
    partitionkey: isSharedEventsTopic(topic) ? tenantId : isOwn ? subject : aggregateId,
    ...(traceparent === null ? {} : { traceparent }),
  };
  // The text is what the database keeps: nobody on the way reads it.
  return { aggregateId, version, occurredAt, record: toRecord(attributes, data) };
}
