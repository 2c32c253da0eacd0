import { OneTimeStatement } from '../postgres/one-time-statement.ts';

/*
 * None of these is kept by the server: each is asked once a minute of a tenant at most, and what a backend would remember of them is three times what it
 * remembers of a request for a customer (plans of 280 KB a tenant against 90, measured).
 */

/** Adds to days, and says what today has then. $1 JSON array of {day, requests, refused} · $2 today · $3 customers · $4 bytes, each null to keep. */
export const addUsage = new OneTimeStatement(
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

/** The tenant's tables, found by what depends on its schema: `pg_class` has no index that finds a schema's tables. */
const TABLES = `
select c.oid, c.relpages, c.reltoastrelid from pg_depend d join pg_class c on c.oid = d.objid
where d.refclassid = 'pg_namespace'::regclass and d.refobjid = '{schema}'::regnamespace and d.classid = 'pg_class'::regclass and c.relkind in ('r', 'm')`;

/**
 * Bytes of all tables and indexes when PostgreSQL last looked at each (autovacuum), and an estimate of the number of customers as the planner
 * makes it: rows a page when it last looked, times the pages there are now (-1: it never looked). Opens no table but one: whatever a backend opens it
 * remembers, and a tenant has ninety tables and indexes.
 */
export const measureUsage = new OneTimeStatement(
  `
with tables as materialized (${TABLES}
), pages as (
  select t.relpages::bigint + coalesce(toast.relpages, 0) + coalesce((
    select sum(i.relpages) from pg_index x join pg_class i on i.oid = x.indexrelid where x.indrelid = t.oid), 0) as pages
  from tables t left join pg_class toast on toast.oid = t.reltoastrelid
)
select (select (coalesce(sum(pages), 0) * current_setting('block_size')::int)::text from pages) as bytes,
  (select case when reltuples < 0 or relpages = 0 then -1
      else (reltuples / relpages * (pg_relation_size(oid) / current_setting('block_size')::int))::bigint end::text
    from pg_class where oid = '{schema}.customers'::regclass) as estimate`,
);

/** Bytes of all tables and indexes now: asked only when somebody wants to know, or near the limit. */
export const measureStorage = new OneTimeStatement(
  `select coalesce(sum(pg_total_relation_size(oid)), 0)::text as bytes from (${TABLES}) as tables`,
);

/** Reads the whole table: asked only for a small one, or near the limit. */
export const countCustomers = new OneTimeStatement('select count(*)::text as customers from {schema}.customers where deleted_at is null');

/** $1 first day · $2 last day. */
export const usageDays = new OneTimeStatement(
  `select day::text, requests::text, refused::text, customers::text, storage_bytes::text as "storageBytes"
   from {schema}.usage_days where day between $1::date and $2::date order by day`,
);
