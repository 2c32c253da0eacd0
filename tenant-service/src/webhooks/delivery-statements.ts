import { TenantStatement } from '../postgres/statement.ts';

/**
 * Takes deliveries into a sender's hands and says what to send. $1 ids · $2 for how long, in ms. No row: already taken, or no longer due; a ticket
 * that came twice ends here. What is due of an endpoint that was deleted is swept out.
 */
export const takeDeliveries = new TenantStatement(
  'webhook_take',
  `
with gone as (
  delete from tenantry.webhook_due d
  where d.writer = current_user and d.delivery_id = any($1::uuid[]) and not exists (select from {schema}.webhook_deliveries v where v.id = d.delivery_id)
), taken as (
  update tenantry.webhook_due d set taken_until = clock_timestamp() + $2::int * interval '1 ms'
  where d.writer = current_user and d.delivery_id = any($1::uuid[]) and d.due_at <= clock_timestamp()
    and (d.taken_until is null or d.taken_until <= clock_timestamp())
    and exists (select from {schema}.webhook_deliveries v where v.id = d.delivery_id)
  returning d.delivery_id
)
select v.id, v.endpoint_id as "endpointId", v.event_id as "eventId", v.event_type as "eventType", v.subject, v.by_hand as "byHand", v.attempts, v.step,
  coalesce(v.payload, e.data::text) as data, coalesce(e.occurred_at, v.created_at) as "occurredAt", e.traceparent,
  w.url, w.status, w.ordered, w.secret, case when w.earlier_until > now() then w.earlier_secret end as "earlierSecret",
  w.failing_since as "failingSince",
  w.ordered and not v.by_hand and exists (
    select from {schema}.webhook_deliveries o
    where o.endpoint_id = v.endpoint_id and o.subject = v.subject and o.state = 'pending' and o.event_seq < v.event_seq
  ) as "isBehind"
from taken
join {schema}.webhook_deliveries v on v.id = taken.delivery_id
join {schema}.webhook_endpoints w on w.id = v.endpoint_id
left join {schema}.events e on e.id = v.event_id`,
);

/**
 * What became of attempts. $1 array of them. A delivery that has ended meanwhile, or had this attempt recorded, is left as it is; what is told of a
 * delivery without an attempt has no `number`.
 */
export const recordAttempts = new TenantStatement(
  'webhook_record',
  `
with found as (
  select * from jsonb_to_recordset($1::jsonb) as f(id uuid, number int, "startedAt" timestamptz, "durationMs" int, outcome text, status int,
    headers jsonb, answer text, state text, step int, "nextAt" timestamptz)
), changed as (
  update {schema}.webhook_deliveries v
  set state = f.state, attempts = coalesce(f.number, v.attempts), step = f.step, next_attempt_at = f."nextAt", last_outcome = f.outcome,
    last_status = f.status, by_hand = v.by_hand and f.state = 'pending',
    finished_at = case when f.state <> 'pending' then clock_timestamp() end
  from found f
  where v.id = f.id and v.state = 'pending' and v.attempts < coalesce(f.number, v.attempts + 1)
  returning v.id, v.state, f."nextAt"
), noted as (
  insert into {schema}.webhook_attempts (delivery_id, number, started_at, duration_ms, outcome, status, request_headers, answer)
  select f.id, f.number, f."startedAt", f."durationMs", f.outcome, f.status, f.headers, f.answer
  from found f join changed c on c.id = f.id where f.number is not null
), over as (
  delete from tenantry.webhook_due d using changed c where d.writer = current_user and d.delivery_id = c.id and c.state <> 'pending'
), again as (
  update tenantry.webhook_due d set due_at = c."nextAt", queued_until = null, taken_until = null
  from changed c where d.writer = current_user and d.delivery_id = c.id and c.state = 'pending'
)
select id from changed`,
);

/** The next of each lane whose first has ended does not wait for its turn to be looked at again. $1 ids of those that ended. */
export const wakeLanes = new TenantStatement(
  'webhook_wake',
  `
update tenantry.webhook_due d set due_at = clock_timestamp(), queued_until = null, taken_until = null
from {schema}.webhook_deliveries v, lateral (
  select o.id from {schema}.webhook_deliveries o
  where o.endpoint_id = v.endpoint_id and o.subject = v.subject and o.state = 'pending' order by o.event_seq limit 1
) n
where v.id = any($1::uuid[]) and v.state <> 'pending' and d.writer = current_user and d.delivery_id = n.id and d.due_at > clock_timestamp()
  and exists (select from {schema}.webhook_deliveries o where o.id = n.id and o.step = 0)`,
);

/** Puts off deliveries that are taken, without an attempt. $1 ids · $2 ms. */
export const putOff = new TenantStatement(
  'webhook_put_off',
  `
update tenantry.webhook_due set due_at = clock_timestamp() + $2::int * interval '1 ms', queued_until = null, taken_until = null
where writer = current_user and delivery_id = any($1::uuid[])`,
);

/** Puts off everything that is due at an endpoint and in nobody's hands. $1 endpoint · $2 ms. */
export const putOffEndpoint = new TenantStatement(
  'webhook_put_off_all',
  `
update tenantry.webhook_due set due_at = clock_timestamp() + $2::int * interval '1 ms', queued_until = null
where writer = current_user and endpoint_id = $1::uuid and due_at <= clock_timestamp()
  and (taken_until is null or taken_until <= clock_timestamp())`,
);

/** $1 endpoint · $2 whether something got through. */
export const noteHealth = new TenantStatement(
  'webhook_health',
  `
update {schema}.webhook_endpoints set failing_since = case when $2::boolean then null else coalesce(failing_since, clock_timestamp()) end
where id = $1::uuid and (failing_since is null) <> $2::boolean`,
);

/**
 * Switches an endpoint off and tells of it. $1 endpoint · $2 reason · $3 id of the event · $4 traceparent. Already off: nothing. The commit waits for
 * the disk although the sender's others do not: what has been told must not be taken back.
 */
export const disableEndpoint = new TenantStatement(
  'webhook_disable',
  `
with changed as (
  update {schema}.webhook_endpoints set status = 'disabled', disabled_reason = $2, version = version + 1, updated_at = clock_timestamp()
  where id = $1::uuid and status = 'enabled'
  returning id, version, url, description, disabled_reason, set_config('synchronous_commit', 'on', true)
)
insert into tenantry.outbox (id, type, aggregate, aggregate_id, version, occurred_at, traceparent, data)
select $3::uuid, 'dev.tenantry.webhook.disabled.v1', 'webhook', id, version, now(), $4,
  jsonb_build_object('endpointId', id, 'url', url, 'description', description, 'reason', disabled_reason)
from changed`,
);
