import { TenantStatement } from '../postgres/statement.ts';

/** Adds to days, and says what today has then. $1 JSON array of {day, requests, refused} · $2 today · $3 customers · $4 bytes, each null to keep. */
export const addUsage = new TenantStatement(
  'usage_add',
  `
with added as (
  insert into {schema}.usage_days as u (day, requests, refused)
  select day, requests, refused from jsonb_to_recordset($1::jsonb) as r(day date, requests bigint, refused bigint)
  where day <> $2::date
  on conflict (day) do update set requests = u.requests + excluded.requests, refused = u.refused + excluded.refused
), today as (
  insert into {schema}.usage_days as u (day, requests, refused, customers, storage_bytes)
  select $2::date, coalesce(sum(requests), 0), coalesce(sum(refused), 0), $3::bigint, $4::bigint
  from jsonb_to_recordset($1::jsonb) as r(day date, requests bigint, refused bigint) where day = $2::date
  on conflict (day) do update set requests = u.requests + excluded.requests, refused = u.refused + excluded.refused,
    customers = coalesce(excluded.customers, u.customers), storage_bytes = coalesce(excluded.storage_bytes, u.storage_bytes)
  returning requests
)
select requests::text from today`,
);

/**
 * Bytes of all tables and indexes, and an estimate of the number of customers as the planner makes it: rows a page when it last looked, times the
 * pages there are now (-1: it never looked).
 */
export const measureUsage = new TenantStatement(
  'usage_measure',
  `
select (select coalesce(sum(pg_total_relation_size(oid)), 0)::text from pg_class where relnamespace = '{schema}'::regnamespace and relkind in ('r', 'm')) as bytes,
  (select case when reltuples < 0 or relpages = 0 then -1
      else (reltuples / relpages * (pg_relation_size(oid) / current_setting('block_size')::int))::bigint end::text
    from pg_class where oid = '{schema}.customers'::regclass) as estimate`,
);

/** Reads the whole table: asked only for a small one, or near the limit. */
export const countCustomers = new TenantStatement(
  'usage_customers',
  'select count(*)::text as customers from {schema}.customers where deleted_at is null',
);

/** $1 first day · $2 last day. */
export const usageDays = new TenantStatement(
  'usage_days',
  `select day::text, requests::text, refused::text, customers::text, storage_bytes::text as "storageBytes"
   from {schema}.usage_days where day between $1::date and $2::date order by day`,
);
