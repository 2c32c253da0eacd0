import { storeAnswer } from '../../journal/idempotency-keys.ts';
import { TenantStatement } from '../../postgres/statement.ts';

/**
 * An event of the tenant's own: $1 id · $2 type · $3 time · $4 traceparent · $5 data · $6 answer · $7 version of the schema it was checked against (0: none) ·
 * $8 subject, or `event` when it is about itself. It is an aggregate of its own, with one version. No row: another schema is in force.
 */
export const PUBLISH_EVENT = new TenantStatement(
  'event_publish',
  `
with written as (
  insert into tenantry.outbox (id, type, aggregate, aggregate_id, version, occurred_at, traceparent, data)
  select $1::uuid, $2, $8, $1::uuid, 1, $3::timestamptz, $4, $5::jsonb
  where coalesce((select version from {schema}.event_schemas where type = $2), 0) = $7::int
), checked as (
  select 1 where coalesce((select version from {schema}.event_schemas where type = $2), 0) = $7::int
), answered as (${storeAnswer('$6', 'checked')})
select 1 from checked`,
);

const SCHEMA = `type, version, schema, updated_at as "updatedAt", updated_by as "updatedBy"`;

export const LIST_EVENT_SCHEMAS = new TenantStatement(
  'event_schemas',
  `select ${SCHEMA} from {schema}.event_schemas where schema is not null order by type`,
);

/** $1 type. Also when it was taken away: then without a schema, with its version. */
export const FIND_EVENT_SCHEMA = new TenantStatement('event_schema', `select ${SCHEMA} from {schema}.event_schemas where type = $1`);

/** $1 type · $2 version it was made from, 0: there is none · $3 schema · $4 actor · $5 trace id · $6 how many there may be. No row: nothing was set. */
export const SET_EVENT_SCHEMA = new TenantStatement(
  'event_schema_set',
  `
insert into {schema}.event_schemas as s (type, version, schema, updated_at, updated_by, trace_id)
select $1, 1, $3::json, now(), $4, $5
where ($2::int = 0) <> exists (select from {schema}.event_schemas where type = $1 and schema is not null)
  and ($2::int > 0 or (select count(*) from {schema}.event_schemas where schema is not null) < $6::int)
on conflict (type) do update
set version = s.version + 1, schema = excluded.schema, updated_at = excluded.updated_at, updated_by = excluded.updated_by, trace_id = excluded.trace_id
where case when s.schema is null then 0 else s.version end = $2::int
returning version`,
);

/** $1 type · $2 version · $3 actor · $4 trace id. */
export const REMOVE_EVENT_SCHEMA = new TenantStatement(
  'event_schema_remove',
  `update {schema}.event_schemas set version = version + 1, schema = null, updated_at = now(), updated_by = $3, trace_id = $4
   where type = $1 and version = $2::int and schema is not null returning version`,
);
