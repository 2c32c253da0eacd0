import type { ClientBase } from 'pg';
import type { DeliveryTicket } from './delivery-ticket.ts';

/**
 * The first of each endpoint's line: so many and no more are in a queue or in hands at once, so that an endpoint that hangs, or has a million
 * waiting, takes no other's place. Lines are found by hopping over the index, one step a line. $1 places a line · $2 in all · $3 ms.
 */
const QUEUE = `
with recursive line as (
  (select d.writer, d.endpoint_id from tenantry.webhook_due d order by d.writer, d.endpoint_id limit 1)
  union all
  select n.writer, n.endpoint_id from line l cross join lateral (
    select d.writer, d.endpoint_id from tenantry.webhook_due d
    where (d.writer, d.endpoint_id) > (l.writer, l.endpoint_id) order by d.writer, d.endpoint_id limit 1
  ) n
), front as materialized (
  select f.writer, f.delivery_id, t.tenant_id
  from line l
  join tenantry.tenants t on t.app_role = l.writer and t.state in ('Active', 'ReadOnly')
  cross join lateral (
    select d.writer, d.delivery_id, d.queued_until, d.taken_until from tenantry.webhook_due d
    where d.writer = l.writer and d.endpoint_id = l.endpoint_id and d.due_at <= now()
    order by d.due_at limit $1
  ) f
  where coalesce(f.queued_until, '-infinity') <= now() and coalesce(f.taken_until, '-infinity') <= now()
  -- When there is not room for all, everybody has the same chance.
  order by random() limit $2
), mine as materialized (
  select d.writer, d.delivery_id, f.tenant_id from front f
  join tenantry.webhook_due d on d.writer = f.writer and d.delivery_id = f.delivery_id
  for update of d skip locked
)
update tenantry.webhook_due d set queued_until = clock_timestamp() + $3::int * interval '1 ms'
from mine m where d.writer = m.writer and d.delivery_id = m.delivery_id
returning m.tenant_id as "tenantId", d.endpoint_id as "endpointId", d.delivery_id as "deliveryId"`;

interface Room {
  readonly perEndpoint: number;
  readonly inAll: number;
  /** After so long without a word the queue is taken to have lost a ticket. */
  readonly leaseMs: number;
}

interface QueuedRow {
  readonly tenantId: string;
  readonly endpointId: string;
  readonly deliveryId: string;
}

/** What is due now, marked as given to a queue; a ticket has all of one endpoint. `client` is the senders' own login. */
export async function queueDue(client: ClientBase, { perEndpoint, inAll, leaseMs }: Room): Promise<DeliveryTicket[]> {
  const { rows } = await client.query<QueuedRow>({ name: 'webhook_queue', text: QUEUE, values: [perEndpoint, inAll, leaseMs] });
  const lines = Map.groupBy(rows, ({ tenantId, endpointId }) => `${tenantId} ${endpointId}`);
  return [...lines.values()].map((line) => ({
    tenantId: line[0]?.tenantId ?? '',
    deliveryIds: line.map(({ deliveryId }) => deliveryId),
  }));
}

/** Seconds the one that waits longest has been due; 0 when nothing is. */
export async function oldestDueSeconds(client: ClientBase): Promise<number> {
  const { rows } = await client.query<{ seconds: number }>(
    `select coalesce(extract(epoch from now() - min(d.due_at)), 0)::float8 as seconds from tenantry.webhook_due d
     join tenantry.tenants t on t.app_role = d.writer and t.state in ('Active', 'ReadOnly') where d.due_at <= now()`,
  );
  return rows[0]?.seconds ?? 0;
}
