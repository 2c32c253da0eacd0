import { RULES_VERSION } from '../../attributes/attribute-schemas.ts';
import { TenantStatement } from '../../postgres/statement.ts';

/*
 * SQL of customers. Names are schema-qualified because no search_path is set; functions of pg_catalog need no prefix.
 * Documents have the property order of contracts/http/customers.ts. Times come from the service in milliseconds, so MS loses nothing.
 */

/** A customer as JSON text, from the row an alias names; `old` and `new` in RETURNING as well. */
export const documentOf = (row: string): string =>
  `row_to_json((select d from (select ${row}.id, ${row}.external_id as "externalId", ${row}.name, ${row}.email, ${row}.phone, ${row}.status, ${row}.segment,
    ${row}.tags, ${row}.attributes, ${row}.version, to_char(${row}.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as "createdAt",
    to_char(${row}.updated_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as "updatedAt") d))::text`;

/** A customer `c` as JSON text. */
export const DOCUMENT = `${documentOf('c')} as document`;

/** The version of the tenant's attribute schema, read once by each statement that writes attributes. */
export const RULES = `rules as materialized (select ${RULES_VERSION} as version)`;

/**
 * Row, history, outbox and idempotency key in one statement (design D7). $1 is a JSON array; per element `d` document, `a` actor, `i` trace id,
 * `t` traceparent, `e` event id, `x` indexed attributes when there are any, and for a request with a key `k` key, `h` request hash, `b` answer.
 * The key row is made from the row really written, without `on conflict`: a key that exists fails the whole statement. $2 is the version of
 * the attribute schema the rows were checked against: when another is in force nothing is written, and `rules` in the answer says which.
 */
const create = (tolerance: 'all or nothing' | 'leave out what conflicts'): string => {
  const isTolerant = tolerance === 'leave out what conflicts';
  const source = isTolerant ? 'input join written using (id)' : 'input';
  return `
with ${RULES}, input as materialized (
  select r.d as doc, r.a as actor, r.i as trace_id, r.t as traceparent, r.e as event_id, r.x as indexed, r.k as key, r.h as request_hash,
    r.b as body, f.*
  from jsonb_to_recordset($1::jsonb) as r(d jsonb, a text, i text, t text, e uuid, x jsonb, k text, h text, b text)
  cross join lateral jsonb_to_record(r.d) as f(id uuid, "externalId" text, name text, email text, phone text, status text, segment text,
    tags text[], attributes jsonb, "createdAt" timestamptz)
  where (select version from rules) = $2::int
), written as (
  insert into {schema}.customers
    (id, external_id, name, email, phone, status, segment, tags, attributes, indexed, version, created_at, updated_at)
  select id, "externalId", name, email, phone, status, segment, tags, attributes, indexed, 1, "createdAt", "createdAt" from input
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
select rules.version as rules${isTolerant ? ', written.id' : ''} from rules${isTolerant ? ' left join written on true' : ''}`;
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

/**
 * $1 id · $2 version it was made from · $3 before · $4 after · $5 changed fields · $6 actor · $7 trace id · $8 traceparent · $9 event id ·
 * $10 version of the attribute schema it was checked against, null when attributes are as they were · $11 indexed attributes.
 */
export const updateCustomer = new TenantStatement(
  'customer_update',
  `
with ${RULES}, input as materialized (
  select f.*, $4::jsonb as doc
  from jsonb_to_record($4::jsonb) as f("externalId" text, name text, email text, phone text, status text, segment text, tags text[],
    attributes jsonb, version int, "updatedAt" timestamptz)
  where $10::int is null or (select version from rules) = $10::int
), written as (
  update {schema}.customers c
  set external_id = i."externalId", name = i.name, email = i.email, phone = i.phone, status = i.status, segment = i.segment, tags = i.tags,
    attributes = i.attributes, indexed = case when $10::int is null then c.indexed else $11::jsonb end, version = i.version,
    updated_at = i."updatedAt"
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
select rules.version as rules, written.id from rules left join written on true`,
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
