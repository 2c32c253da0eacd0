import { storeAnswer } from '../journal/idempotency-keys.ts';
import { TenantStatement } from '../postgres/statement.ts';

/* SQL of long operations. The row is the record (design D9); whoever works on one names the attempt it was given, or writes nothing. */

const MS = 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"';
const instant = (column: string): string => `to_char(o.${column} at time zone 'UTC', '${MS}')`;

/** An operation as {@link StoredOperation} has it. */
const COLUMNS = `o.id, o.kind, o.status, o.request, o.actor, o.version, o.attempt, o.done::int8::text as done, o.total::text as total,
  o.created_rows::text as created, o.updated_rows::text as updated, o.skipped_rows::text as skipped, o.failed_rows::text as failed,
  o.result, o.problem, o.trace_id as "traceId", o.traceparent, ${instant('created_at')} as "createdAt",
  ${instant('started_at')} as "startedAt", ${instant('finished_at')} as "finishedAt", ${instant('expires_at')} as "expiresAt"`;

const FIRST_ERRORS = `(select jsonb_agg(e) from (
  select r.row_number as "row", r.code, r.field, r.message from {schema}.import_errors r
  where r.operation_id = o.id order by r.row_number limit 20) e) as "firstErrors"`;

/** The event that it is over, committed with its last change, which is the only one that makes it so. */
const TELL = `
  insert into tenantry.outbox (id, type, aggregate, aggregate_id, version, occurred_at, traceparent, data)
  select gen_random_uuid(), 'dev.tenantry.' || o.kind || '.finished.v1', o.kind, o.id, o.version, o.finished_at, o.traceparent,
    jsonb_build_object('operation', jsonb_build_object('id', o.id, 'status', o.status, 'done', o.done::int8::text,
      'problem', o.problem->>'code', 'finishedAt', ${instant('finished_at')}))
  from written o`;

/** $1 id · $2 kind · $3 request · $4 actor · $5 trace id · $6 traceparent · $7 time · $8 answer for the idempotency key, or null. */
export const createOperation = new TenantStatement(
  'operation_create',
  `
with written as (
  insert into {schema}.operations (id, kind, status, request, actor, trace_id, traceparent, created_at)
  values ($1::uuid, $2, 'queued', $3::jsonb, $4, $5, $6, $7::timestamptz)
  returning id
), answered as (${storeAnswer('$8', 'written')}
)
select id from written`,
);

/** $1 id. */
export const findOperation = new TenantStatement(
  'operation_find',
  `select ${COLUMNS}, ${FIRST_ERRORS} from {schema}.operations o where o.id = $1::uuid`,
);

/** $1 ids. What changes while an operation runs, and what it ended with. */
export const operationProgress = new TenantStatement(
  'operation_progress',
  `select o.id, o.kind, o.status, o.version, o.done::int8::text as done, o.total::text as total, o.problem, ${instant('finished_at')} as "finishedAt"
  from {schema}.operations o where o.id = any($1::uuid[])`,
);

/** $1 the last id of the page before, or the highest UUID · $2 limit. */
export const listOperations = new TenantStatement(
  'operations_list',
  `select ${COLUMNS}, ${FIRST_ERRORS} from {schema}.operations o where o.id < $1::uuid order by o.id desc limit $2::int`,
);

/** $1 id. Cancelling what is cancelled changes nothing and is fine. */
export const cancelOperation = new TenantStatement(
  'operation_cancel',
  `
with before as (
  select id, status from {schema}.operations where id = $1::uuid for update
), stopped as (
  update {schema}.operations o
  set status = 'cancelled', version = version + 1, finished_at = coalesce(finished_at, date_trunc('milliseconds', now())),
    expires_at = coalesce(expires_at, date_trunc('milliseconds', now()) + interval '7 days')
  from before b where o.id = b.id and b.status in ('queued', 'running', 'cancelled')
  returning o.*, b.status as was
), written as (
  select * from stopped where was <> 'cancelled'
), told as (${TELL}
)
select ${COLUMNS}, ${FIRST_ERRORS} from stopped o`,
);

/**
 * $1 id · $2 milliseconds after which a silent worker counts as dead · $3 how many of a tenant run at once. Gives the row to one taker, under a
 * new attempt number: an earlier taker that still lives finds another number from then on.
 */
export const takeOperation = new TenantStatement(
  'operation_take',
  `
update {schema}.operations o
set status = 'running', attempt = attempt + 1, futile = futile + 1, version = version + 1,
  started_at = coalesce(started_at, date_trunc('milliseconds', now())), heartbeat_at = now()
where o.id = $1::uuid
  and (o.status = 'queued' or (o.status = 'running' and o.heartbeat_at < now() - $2::int * interval '1 millisecond'))
  and (
    select count(*) from {schema}.operations r
    where r.status = 'running' and r.id <> $1::uuid and r.heartbeat_at >= now() - $2::int * interval '1 millisecond'
  ) < $3::int
returning ${COLUMNS}, o.futile`,
);

/** $1 id · $2 attempt · $3 rows so far, or null. Nothing comes back when the operation is no longer this attempt's. */
export const beat = new TenantStatement(
  'operation_beat',
  `
update {schema}.operations
set heartbeat_at = now(), done = coalesce($3::int8, done), version = version + 1, futile = case when $3::int8 > done then 0 else futile end
where id = $1::uuid and attempt = $2::int and status = 'running'
returning id`,
);

/** $1 id · $2 attempt · $3 status · $4 rows in all, or null · $5 result · $6 problem. */
export const finishOperation = new TenantStatement(
  'operation_finish',
  `
with written as (
  update {schema}.operations o
  set status = $3, done = coalesce($4::int8, done), total = coalesce($4::int8, total), result = $5::jsonb, problem = $6::jsonb,
    version = version + 1, finished_at = date_trunc('milliseconds', now()), expires_at = date_trunc('milliseconds', now()) + interval '7 days'
  where id = $1::uuid and attempt = $2::int and status = 'running'
  returning o.*
), told as (${TELL}
)
select id from written`,
);

/** $1 id · $2 attempt · $3 whether it counts as a taking that got nowhere. Another worker may take it at once. */
export const releaseOperation = new TenantStatement(
  'operation_release',
  `
update {schema}.operations
set status = 'queued', version = version + 1, futile = case when $3::boolean then futile else greatest(futile - 1, 0) end
where id = $1::uuid and attempt = $2::int and status = 'running'
returning id`,
);

/** $1 milliseconds after which a silent worker counts as dead · $2 how many · $3 id of one that is not asked for, or null. What the queue should hold, oldest first. */
export const openOperations = new TenantStatement(
  'operations_open',
  `
select o.id as "operationId", o.attempt from {schema}.operations o
where (o.status = 'queued' or (o.status = 'running' and o.heartbeat_at < now() - $1::int * interval '1 millisecond'))
  and o.id is distinct from $3::uuid
order by o.created_at, o.id limit $2::int`,
);

/** Operations whose time is over; their files go first. */
export const expiredOperations = new TenantStatement(
  'operations_expired',
  `select o.id, o.kind from {schema}.operations o where o.expires_at < now() order by o.expires_at limit 100`,
);

/** $1 id. Its refused rows go with it. */
export const removeOperation = new TenantStatement('operation_remove', 'delete from {schema}.operations where id = $1::uuid');

/** $1 id · $2 row the page before ended with · $3 limit. */
export const refusedRows = new TenantStatement(
  'import_errors',
  `
select row_number::text as "row", code, field, message, original from {schema}.import_errors
where operation_id = $1::uuid and row_number > $2::int8 order by row_number limit $3::int`,
);

/** $1 how many at most. Keys are good for a day. */
export const removeOldKeys = new TenantStatement(
  'keys_remove_old',
  `
with old as (
  delete from {schema}.idempotency_keys
  where ctid = any (array(select ctid from {schema}.idempotency_keys where created_at < now() - interval '24 hours' limit $1::int))
  returning key
)
select count(*)::int as count from old`,
);
