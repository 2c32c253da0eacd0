import { RULES_VERSION } from '../../attributes/attribute-schemas.ts';
import { TenantStatement } from '../../postgres/statement.ts';

/*
 * A batch is written by several statements in one flight, so nobody can look at what one wrote before the next leaves. Each therefore knows how
 * many rows it must write, and divides by zero (SQLSTATE 22012) when it wrote another number: the transaction then ends without a trace, and
 * the batch looks for the reason.
 */
const exactly = (input: string): string =>
  `select 1 / ((select count(*) from written) = jsonb_array_length(${input}::jsonb))::int as exact`;

/** In one order for everybody, so that two batches never wait for each other. $1 ids. */
export const lockCustomers = new TenantStatement(
  'customers_lock',
  'select c.id from {schema}.customers c where c.id = any($1::uuid[]) order by c.id for update',
);

/** $1 JSON array of `id`, `v` version, `b` before, `e` event id · $2 time · $3 actor · $4 trace id · $5 traceparent. */
export const deleteCustomers = new TenantStatement(
  'customers_delete',
  `
with input as materialized (
  select * from jsonb_to_recordset($1::jsonb) as r(id uuid, v int, b jsonb, e uuid)
), written as (
  update {schema}.customers c
  set deleted_at = $2::timestamptz, updated_at = $2::timestamptz, version = c.version + 1
  from input i
  where c.id = i.id and c.version = i.v and c.deleted_at is null
  returning c.id, c.version
), remembered as (
  insert into {schema}.history (aggregate, aggregate_id, version, changed_at, actor, trace_id, change, before)
  select 'customer', id, version, $2::timestamptz, $3, $4, 'deleted', b from written join input using (id)
), announced as (
  insert into tenantry.outbox (id, type, aggregate, aggregate_id, version, occurred_at, traceparent, data)
  select e, 'dev.tenantry.customer.deleted.v1', 'customer', id, version, $2::timestamptz, $5, jsonb_build_object('id', id, 'version', version)
  from written join input using (id)
)
${exactly('$1')}`,
);

/**
 * $1 JSON array of `v` version, `b` before, `d` after, `c` changed fields, `e` event id, and of one whose attributes changed `r` true and `x`
 * indexed attributes · $2 actor · $3 trace id · $4 traceparent.
 */
export const updateCustomers = new TenantStatement(
  'customers_update',
  `
with input as materialized (
  select r.v, r.b, r.d as doc, r.c as changed, r.e, r.r as rules, r.x as indexed, f.*
  from jsonb_to_recordset($1::jsonb) as r(v int, b jsonb, d jsonb, c jsonb, e uuid, r boolean, x jsonb)
  cross join lateral jsonb_to_record(r.d) as f(id uuid, "externalId" text, name text, email text, phone text, status text, segment text,
    tags text[], attributes jsonb, version int, "updatedAt" timestamptz)
), written as (
  update {schema}.customers c
  set external_id = i."externalId", name = i.name, email = i.email, phone = i.phone, status = i.status, segment = i.segment, tags = i.tags,
    attributes = i.attributes, indexed = case when i.rules then i.indexed else c.indexed end, version = i.version, updated_at = i."updatedAt"
  from input i
  where c.id = i.id and c.version = i.v and c.deleted_at is null
  returning c.id
), remembered as (
  insert into {schema}.history (aggregate, aggregate_id, version, changed_at, actor, trace_id, change, before, after)
  select 'customer', id, version, "updatedAt", $2, $3, 'updated', b, doc from input join written using (id)
), announced as (
  insert into tenantry.outbox (id, type, aggregate, aggregate_id, version, occurred_at, traceparent, data)
  select e, 'dev.tenantry.customer.updated.v1', 'customer', id, version, "updatedAt", $4,
    jsonb_build_object('customer', doc, 'changed', changed) from input join written using (id)
)
${exactly('$1')}`,
);

/** Ends the transaction when the attribute schema is another than $1. Sent last: a schema set between two statements is seen by the later one. */
export const requireRules = new TenantStatement('attribute_rules_are', `select 1 / (${RULES_VERSION} = $1::int)::int as exact`);

/** $1 key · $2 request hash · $3 headers · $4 body. A key that exists fails the transaction. */
export const rememberAnswer = new TenantStatement(
  'customers_batch_key',
  'insert into {schema}.idempotency_keys (key, request_hash, status, headers, body) values ($1, $2, 200, $3::jsonb, $4)',
);

/**
 * Which items cannot be done, and what stands in their way. $1 JSON array of `at` place, `id`, `n` true for a new customer, `email` and
 * `externalId` where the item sets them · $2 ids deleted by the batch · $3, $4 ids of which it changes the email address, the external id.
 */
export const findConflicts = new TenantStatement(
  'customers_conflicts',
  `
with input as materialized (
  select * from jsonb_to_recordset($1::jsonb) as r(at int, id uuid, n boolean, email text, "externalId" text)
)
select i.at, 'customers_email_unique' as constraint from input i
where i.email is not null and (
  exists (select from {schema}.customers c where lower(c.email) = lower(i.email) and c.email is not null and c.deleted_at is null
    and c.id <> i.id and c.id <> all($2::uuid[]) and not (i.n and c.id = any($3::uuid[])))
  or exists (select from input j where j.at < i.at and lower(j.email) = lower(i.email)))
union all
select i.at, 'customers_external_id_unique' from input i
where i."externalId" is not null and (
  exists (select from {schema}.customers c where c.external_id = i."externalId" and c.deleted_at is null
    and c.id <> i.id and c.id <> all($2::uuid[]) and not (i.n and c.id = any($4::uuid[])))
  or exists (select from input j where j.at < i.at and j."externalId" = i."externalId"))`,
);

/** Of the customers to be deleted those that have accounts which are not closed. $1 ids. */
export const findOpenAccounts = new TenantStatement(
  'customers_open',
  'select c.id from {schema}.customers c where c.id = any($1::uuid[]) and c.open_accounts > 0',
);
