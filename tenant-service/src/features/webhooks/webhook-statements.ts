import { SECRET_OVERLAP_HOURS, WEBHOOK_ENDPOINTS_MAX } from '@tenantry/contracts';
import { storeAnswer } from '../../journal/idempotency-keys.ts';
import { documentSql } from '../../listing/document-sql.ts';
import { instantSql } from '../../listing/list-column.ts';
import { TenantStatement } from '../../postgres/statement.ts';

/** An endpoint as every answer shows it; the table has alias `w`. */
const ENDPOINT = {
  id: 'w.id',
  url: 'w.url',
  description: 'w.description',
  types: 'w.types',
  ordered: 'w.ordered',
  status: 'w.status',
  disabledReason: 'w.disabled_reason',
  failingSince: instantSql('w.failing_since'),
  earlierSecretUntil: instantSql('case when w.earlier_until > now() then w.earlier_until end'),
  version: 'w.version',
  createdBy: 'w.created_by',
  createdAt: instantSql('w.created_at'),
  updatedAt: instantSql('w.updated_at'),
} as const;

/** A delivery; the table has alias `v`. */
export const DELIVERY_DOCUMENT = {
  id: 'v.id',
  endpointId: 'v.endpoint_id',
  eventId: 'v.event_id',
  eventType: 'v.event_type',
  subject: 'v.subject',
  state: 'v.state',
  attempts: 'v.attempts',
  nextAttemptAt: instantSql('v.next_attempt_at'),
  lastOutcome: 'v.last_outcome',
  lastStatus: 'v.last_status',
  createdAt: instantSql('v.created_at'),
  finishedAt: instantSql('v.finished_at'),
} as const;

const endpoint = `${documentSql(ENDPOINT, undefined)} as document`;

/** The event of a change, committed with it: from `from`, which has the changed row as w. `traceparent` is a parameter. */
const tell = ({
  verb,
  data,
  traceparent,
  from,
}: {
  readonly verb: string;
  readonly data: string;
  readonly traceparent: string;
  readonly from: string;
}) => `
  insert into tenantry.outbox (id, type, aggregate, aggregate_id, version, occurred_at, traceparent, data)
  select gen_random_uuid(), 'dev.tenantry.webhook.' || ${verb} || '.v1', 'webhook', w.id, w.version, w.updated_at, ${traceparent}, ${data} from ${from}`;
/** Without the secret. */
const state = `jsonb_build_object('id', w.id, 'url', w.url, 'description', w.description, 'types', to_jsonb(w.types), 'ordered', w.ordered,
    'status', w.status, 'version', w.version)`;
const delivery = `${documentSql(DELIVERY_DOCUMENT, undefined)} as document`;

/** $1 endpoint · $2 sealed secret · $3 answer · $4 traceparent. No row: the tenant has as many as it may have. */
export const createEndpoint = new TenantStatement(
  'wh_create',
  `
with input as (
  select * from jsonb_to_record($1::jsonb) as f(id uuid, url text, description text, types text[], ordered boolean, "createdBy" text, "createdAt" timestamptz)
), written as (
  insert into {schema}.webhook_endpoints (id, url, description, types, ordered, status, secret, version, created_by, created_at, updated_at)
  select id, url, description, types, ordered, 'enabled', $2, 1, "createdBy", "createdAt", "createdAt" from input
  where (select count(*) from {schema}.webhook_endpoints) < ${WEBHOOK_ENDPOINTS_MAX}
  returning *
), told as (${tell({ verb: `'created'`, data: `jsonb_build_object('endpoint', ${state})`, traceparent: '$4', from: 'written w' })}
), answered as (${storeAnswer('$3', 'written')})
select id from written`,
);

export const listEndpoints = new TenantStatement('wh_list', `select ${endpoint} from {schema}.webhook_endpoints w order by w.id desc`);

export const findEndpoint = new TenantStatement('wh_find', `select ${endpoint} from {schema}.webhook_endpoints w where w.id = $1::uuid`);

/** $1 id · $2 version it was made from · $3 fields; those absent stay · $4 traceparent. No row: not there in that version. */
export const updateEndpoint = new TenantStatement(
  'wh_update',
  `
with before as materialized (
  select * from {schema}.webhook_endpoints where id = $1::uuid and version = $2::int for update
), w as (
  update {schema}.webhook_endpoints o
  set url = coalesce(f.url, o.url), description = coalesce(f.description, o.description), types = coalesce(f.types, o.types),
    ordered = coalesce(f.ordered, o.ordered), status = coalesce(f.status, o.status),
    disabled_reason = case f.status when 'enabled' then null when 'disabled' then coalesce(o.disabled_reason, 'admin') else o.disabled_reason end,
    failing_since = case when f.status = 'enabled' then null else o.failing_since end,
    version = o.version + 1, updated_at = clock_timestamp()
  from jsonb_to_record($3::jsonb) as f(url text, description text, types text[], ordered boolean, status text), before b
  where o.id = b.id
  returning o.*
), told as (${tell({
    verb: `case when w.status = 'enabled' and b.status <> 'enabled' then 'enabled' else 'updated' end`,
    data: `jsonb_build_object('endpoint', ${state}, 'changed', to_jsonb(array_remove(array[
    case when w.url <> b.url then 'url' end, case when w.description <> b.description then 'description' end,
    case when w.types <> b.types then 'types' end, case when w.ordered <> b.ordered then 'ordered' end,
    case when w.status <> b.status then 'status' end], null)))`,
    traceparent: '$4',
    from: 'w join before b on b.id = w.id',
  })}
)
select ${endpoint} from w`,
);

/** $1 id · $2 version · $3 traceparent. What is due there goes with it. */
export const deleteEndpoint = new TenantStatement(
  'wh_delete',
  `
with gone as (
  delete from {schema}.webhook_endpoints where id = $1::uuid and version = $2::int returning id, version + 1 as version, clock_timestamp() as updated_at
), told as (${tell({ verb: `'deleted'`, data: `jsonb_build_object('endpointId', w.id, 'version', w.version)`, traceparent: '$3', from: 'gone w' })}
), due as (
  delete from tenantry.webhook_due d using gone g where d.writer = current_user and d.endpoint_id = g.id
)
select id from gone`,
);

/** $1 id · $2 sealed secret · $3 traceparent. */
export const rotateSecret = new TenantStatement(
  'wh_rotate',
  `
with w as (
  update {schema}.webhook_endpoints set earlier_secret = secret, earlier_until = clock_timestamp() + interval '${SECRET_OVERLAP_HOURS} hours',
    secret = $2, version = version + 1, updated_at = clock_timestamp()
  where id = $1::uuid returning *
), told as (${tell({ verb: `'updated'`, data: `jsonb_build_object('endpoint', ${state}, 'changed', '["secret"]'::jsonb)`, traceparent: '$3', from: 'w' })}
)
select ${endpoint} from w`,
);

const PUT_IN_LINE = `
  insert into tenantry.webhook_due as d (delivery_id, endpoint_id, due_at) select id, endpoint_id, clock_timestamp() from v
  on conflict (writer, delivery_id) do update set due_at = excluded.due_at, queued_until = null`;

/** $1 endpoint · $2 id of the delivery · $3 of the event · $4 type · $5 payload. */
export const sendTest = new TenantStatement(
  'wh_test',
  `
with v as (
  insert into {schema}.webhook_deliveries (id, endpoint_id, event_id, event_type, subject, payload, state, by_hand, next_attempt_at, created_at)
  select $2::uuid, w.id, $3::uuid, $4, 'webhooks/' || w.id, $5, 'pending', true, clock_timestamp(), clock_timestamp()
  from {schema}.webhook_endpoints w where w.id = $1::uuid for key share
  returning *
), due as (${PUT_IN_LINE})
select ${delivery} from v`,
);

/** $1 delivery. */
export const replayDelivery = new TenantStatement(
  'wh_replay',
  `
with v as (
  update {schema}.webhook_deliveries set state = 'pending', by_hand = true, step = 0, next_attempt_at = clock_timestamp(), finished_at = null
  where id = $1::uuid returning *
), due as (${PUT_IN_LINE})
select ${delivery} from v`,
);

/**
 * $1 endpoint · $2 since. No row: there is none, or it is off. Of what happened before the deliveries that were archived nobody could say here
 * whether it was sent: that is not sent again.
 */
export const recoverEndpoint = new TenantStatement(
  'wh_recover',
  `
with w as (
  select id, types from {schema}.webhook_endpoints where id = $1::uuid and status = 'enabled' for key share
), again as (
  update {schema}.webhook_deliveries o set state = 'pending', step = 0, next_attempt_at = clock_timestamp(), finished_at = null
  from w where o.endpoint_id = w.id and o.state = 'exhausted' and o.event_seq is not null and o.created_at >= $2::timestamptz
  returning o.id, o.endpoint_id
), missed as (
  insert into {schema}.webhook_deliveries (id, endpoint_id, event_id, event_type, event_seq, subject, state, next_attempt_at, created_at)
  select uuidv7(), w.id, e.id, e.type, e.seq, e.subject, 'pending', clock_timestamp(), clock_timestamp()
  from w join {schema}.events e on e.occurred_at >= greatest($2::timestamptz, (
    select max(cut) from {schema}.archives where kind = 'webhook-deliveries' and state = 'removed'
  )) and exists (
    select from unnest(w.types) as t(pattern) where pattern = e.type or right(pattern, 1) = '*' and starts_with(e.type, left(pattern, -1))
  )
  on conflict on constraint webhook_deliveries_once do nothing
  returning id, endpoint_id
), v as (
  select id, endpoint_id from again union all select id, endpoint_id from missed
), due as (${PUT_IN_LINE})
select (select count(*)::int from v) as deliveries from w`,
);

/** With its attempts, newest first. */
export const findDelivery = new TenantStatement(
  'wh_delivery',
  `
select ${delivery}, coalesce((
  select json_agg(a.attempt) from (
    select json_build_object('number', number, 'startedAt', ${instantSql('started_at')}, 'durationMs', duration_ms, 'outcome', outcome, 'status', status,
      'requestHeaders', request_headers, 'answer', answer) as attempt
    from {schema}.webhook_attempts where delivery_id = v.id order by number desc limit 100
  ) a
), '[]')::text as attempts
from {schema}.webhook_deliveries v where v.id = $1::uuid`,
);
