import { TenantStatement } from '../../postgres/statement.ts';

/*
 * SQL of customers. Names are schema-qualified because no search_path is set; functions of pg_catalog need no prefix.
 * Documents have the property order of contracts/http/customers.ts. Times come from the service in milliseconds, so MS loses nothing.
 */

const DOCUMENT = `row_to_json((select d from (select c.id, c.external_id as "externalId", c.name, c.email, c.phone, c.status, c.segment, c.tags,
    c.attributes, c.version, to_char(c.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as "createdAt",
    to_char(c.updated_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as "updatedAt") d))::text as document`;

/**
 * Row, history, outbox and idempotency key in one statement (design D7). $1 is a JSON array; per element `d` document, `a` actor, `i` trace id,
 * `t` traceparent, `e` event id, and for a request with a key `k` key, `h` request hash, `b` answer. The key row is made from the row really
 * written, without `on conflict`: a key that exists fails the whole statement.
 */
const create = (tolerance: 'all or nothing' | 'leave out what conflicts'): string => {
  const isTolerant = tolerance === 'leave out what conflicts';
  const source = isTolerant ? 'input join written using (id)' : 'input';
  return `
with input as materialized (
  select r.d as doc, r.a as actor, r.i as trace_id, r.t as traceparent, r.e as event_id, r.k as key, r.h as request_hash, r.b as body, f.*
  from jsonb_to_recordset($1::jsonb) as r(d jsonb, a text, i text, t text, e uuid, k text, h text, b text)
  cross join lateral jsonb_to_record(r.d) as f(id uuid, "externalId" text, name text, email text, phone text, status text, segment text,
    tags text[], attributes jsonb, "createdAt" timestamptz)
), written as (
  insert into {schema}.customers (id, external_id, name, email, phone, status, segment, tags, attributes, version, created_at, updated_at)
  select id, "externalId", name, email, phone, status, segment, tags, attributes, 1, "createdAt", "createdAt" from input
  ${isTolerant ? 'on conflict do nothing returning id' : ''}
), remembered as (
  insert into {schema}.history (aggregate, aggregate_id, version, changed_at, actor, trace_id, change, after)
  select 'customer', id, 1, "createdAt", actor, trace_id, 'created', doc from ${source}
), announced as (
  insert into tenantry.outbox (id, type, aggregate, aggregate_id, version, occurred_at, traceparent, data)
  select event_id, 'dev.tenantry.customer.created.v1', 'customer', id, 1, "createdAt", traceparent, jsonb_build_object('customer', doc)
  from ${source}
), answered as (
  insert into {schema}.idempotency_keys (key, request_hash, status, body)
  select key, request_hash, 201, body from ${source} where key is not null
)
${isTolerant ? 'select id from written' : 'select'}`;
};

/** All of them, or none and the error names the constraint. */
export const createCustomers = new TenantStatement('customers_create', create('all or nothing'));

/** A customer whose email address is taken is left out instead of failing its neighbours; costs a third more. */
export const createPossibleCustomers = new TenantStatement('customers_possible', create('leave out what conflicts'));

export const findAnswer = new TenantStatement(
  'customer_answer',
  'select request_hash as "requestHash", status, body from {schema}.idempotency_keys where key = $1',
);

export const findCustomers = new TenantStatement(
  'customers_find',
  `select c.id, c.version, ${DOCUMENT} from {schema}.customers c where c.id = any($1::uuid[]) and c.deleted_at is null`,
);

/** $1 the last id of the page before, or the highest UUID. */
export const listCustomers = new TenantStatement(
  'customers_list',
  `select c.id, ${DOCUMENT} from {schema}.customers c where c.deleted_at is null and c.id < $1::uuid order by c.id desc limit $2::int`,
);

/** Ranks the first thousand matches: ranking all matches of a short term in a large table would run into the statement timeout. */
const SEARCH = `
select c.id, ${DOCUMENT}
from {schema}.customers c
join (
  select id, extensions.word_similarity(extensions.search_fold($2), search_text) as rank
  from {schema}.customers
  where deleted_at is null and search_text like extensions.search_fold($1)
  limit 1000
) found using (id)
order by found.rank desc, c.id desc
limit $3::int`;

/** $1 LIKE pattern, escaped but not folded; $2 the term; $3 limit. */
export const searchCustomers = new TenantStatement('customers_search', SEARCH);

/** $1 id · $2 version it was made from · $3 before · $4 after · $5 changed fields · $6 actor · $7 trace id · $8 traceparent · $9 event id. */
export const updateCustomer = new TenantStatement(
  'customer_update',
  `
with input as materialized (
  select f.*, $4::jsonb as doc
  from jsonb_to_record($4::jsonb) as f("externalId" text, name text, email text, phone text, status text, segment text, tags text[],
    attributes jsonb, version int, "updatedAt" timestamptz)
), written as (
  update {schema}.customers c
  set external_id = i."externalId", name = i.name, email = i.email, phone = i.phone, status = i.status, segment = i.segment, tags = i.tags,
    attributes = i.attributes, version = i.version, updated_at = i."updatedAt"
  from input i
  where c.id = $1::uuid and c.version = $2::int and c.deleted_at is null
  returning c.id, c.version, c.updated_at, i.doc
), remembered as (
  insert into {schema}.history (aggregate, aggregate_id, version, changed_at, actor, trace_id, change, before, after)
  select 'customer', id, version, updated_at, $6, $7, 'updated', $3::jsonb, doc from written
), announced as (
  insert into tenantry.outbox (id, type, aggregate, aggregate_id, version, occurred_at, traceparent, data)
  select $9::uuid, 'dev.tenantry.customer.updated.v1', 'customer', id, version, updated_at, $8,
    jsonb_build_object('customer', doc, 'changed', to_jsonb($5::text[])) from written
)
select id from written`,
);

/** $1 id · $2 version · $3 before · $4 time · $5 actor · $6 trace id · $7 traceparent · $8 event id. */
export const deleteCustomer = new TenantStatement(
  'customer_delete',
  `
with written as (
  update {schema}.customers
  set deleted_at = $4::timestamptz, updated_at = $4::timestamptz, version = version + 1
  where id = $1::uuid and version = $2::int and deleted_at is null
  returning id, version
), remembered as (
  insert into {schema}.history (aggregate, aggregate_id, version, changed_at, actor, trace_id, change, before)
  select 'customer', id, version, $4::timestamptz, $5, $6, 'deleted', $3::jsonb from written
), announced as (
  insert into tenantry.outbox (id, type, aggregate, aggregate_id, version, occurred_at, traceparent, data)
  select $8::uuid, 'dev.tenantry.customer.deleted.v1', 'customer', id, version, $4::timestamptz, $7,
    jsonb_build_object('id', id, 'version', version) from written
)
select id from written`,
);

/** $1 id · $2 versions below this one · $3 limit. */
export const customerHistory = new TenantStatement(
  'customer_history',
  `
select h.version, row_to_json((select d from (select h.version, h.change,
  to_char(h.changed_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as "changedAt", h.actor, h.trace_id as "traceId", h.before, h.after) d))::text as document
from {schema}.history h
where h.aggregate_id = $1::uuid and h.aggregate = 'customer' and h.version < $2::int
order by h.version desc
limit $3::int`,
);
