import { TAGS_MAX } from '@tenantry/contracts';
import { TenantStatement } from '../../postgres/statement.ts';
import { documentOf, RULES } from './customer-statements.ts';

/*
 * Changes whose result only the database knows: the row is not read first, so there is no version to compare. `old` and `new` are the row before
 * and after (PostgreSQL 18), also when the statement had to wait for another writer.
 */

/** The answer of a request with a key, made of what the statement stored. `$n` is JSON: key, requestHash. */
const answered = (parameter: string): string => `
  insert into {schema}.idempotency_keys (key, request_hash, status, headers, body)
  select k.key, k."requestHash", 200,
    jsonb_build_object('content-type', 'application/json', 'cache-control', 'no-store', 'etag', '"' || w.version || '"'), w.document
  from written w, jsonb_to_record(${parameter}::jsonb) as k(key text, "requestHash" text)
  where k.key is not null`;

/** $1 id · $2 time · $3 actor · $4 trace id · $5 traceparent · $6 event id · $7 idempotency key. A customer merged away comes back by undoing the merge. */
export const restoreCustomer = new TenantStatement(
  'customer_restore',
  `
with written as (
  update {schema}.customers c
  set deleted_at = null, updated_at = $2::timestamptz, version = version + 1
  where c.id = $1::uuid and c.deleted_at is not null and c.merged_into is null
  returning c.id, c.version, ${documentOf('c')} as document
), remembered as (
  insert into {schema}.history (aggregate, aggregate_id, version, changed_at, actor, trace_id, change, after)
  select 'customer', id, version, $2::timestamptz, $3, $4, 'restored', document::jsonb from written
), announced as (
  insert into tenantry.outbox (id, type, aggregate, aggregate_id, version, occurred_at, traceparent, data)
  select $6::uuid, 'dev.tenantry.customer.restored.v1', 'customer', id, version, $2::timestamptz, $5,
    jsonb_build_object('customer', document::jsonb) from written
), answered as (${answered('$7')}
)
select id, version, document from written`,
);

/** $1 id · $2 tags · $3 time · $4 actor · $5 trace id · $6 traceparent · $7 event id · $8 idempotency key. */
const changeTags = (tags: string, differs: string): string => `
with written as (
  update {schema}.customers c
  set tags = ${tags}, updated_at = $3::timestamptz, version = version + 1
  where c.id = $1::uuid and c.deleted_at is null and ${differs} and cardinality(${tags}) <= ${TAGS_MAX}
  returning new.id, new.version, ${documentOf('old')} as before, ${documentOf('new')} as document
), remembered as (
  insert into {schema}.history (aggregate, aggregate_id, version, changed_at, actor, trace_id, change, before, after)
  select 'customer', id, version, $3::timestamptz, $4, $5, 'updated', before::jsonb, document::jsonb from written
), announced as (
  insert into tenantry.outbox (id, type, aggregate, aggregate_id, version, occurred_at, traceparent, data)
  select $7::uuid, 'dev.tenantry.customer.updated.v1', 'customer', id, version, $3::timestamptz, $6,
    jsonb_build_object('customer', document::jsonb, 'changed', jsonb_build_array('tags')) from written
), answered as (${answered('$8')}
)
select id, version, document from written`;

/** In the order they are named, behind those the customer has. */
export const addTags = new TenantStatement(
  'customer_tags_add',
  changeTags(
    `c.tags || array(select t.tag from unnest($2::text[]) with ordinality as t(tag, place) where t.tag <> all(c.tags) group by t.tag order by min(t.place))`,
    'not c.tags @> $2::text[]',
  ),
);

export const removeTags = new TenantStatement(
  'customer_tags_remove',
  changeTags(
    `array(select t.tag from unnest(c.tags) with ordinality as t(tag, place) where t.tag <> all($2::text[]) order by t.place)`,
    'c.tags && $2::text[]',
  ),
);

/**
 * Most used first. $1 what a tag begins with. Reads every tagged customer (300,000 customers: a quarter of a second); an index of tags would
 * make every write of a tagged customer dearer. `distinct` per customer is a third of the cost of `count(distinct id)`.
 */
export const listTags = new TenantStatement(
  'customer_tags',
  `
select json_build_object('tag', t.tag, 'customers', count(*))::text as item
from {schema}.customers c cross join lateral (select distinct unnest(c.tags) as tag) t
where c.deleted_at is null and c.tags <> '{}' and starts_with(t.tag, $1)
group by t.tag
order by count(*) desc, t.tag
limit 1000`,
);

export const findByExternalId = new TenantStatement(
  'customer_external',
  `select c.id, c.version, ${documentOf('c')} as document from {schema}.customers c where c.external_id = $1 and c.deleted_at is null`,
);

const FIELDS = ['name', 'email', 'phone', 'status', 'segment', 'tags', 'attributes'] as const;

/**
 * Creates the customer with an external id, or makes the one there is like this; one of two at once creates, the other replaces. What is
 * stored already is left alone: then there is no row, as when the rules are others.
 * $1 document · $2 rules it was checked against · $3 indexed attributes · $4 actor · $5 trace id · $6 traceparent · $7 event id.
 */
export const upsertCustomer = new TenantStatement(
  'customer_upsert',
  `
with ${RULES}, input as materialized (
  select f.* from jsonb_to_record($1::jsonb) as f(id uuid, "externalId" text, name text, email text, phone text, status text, segment text,
    tags text[], attributes jsonb, "updatedAt" timestamptz)
  where (select version from rules) = $2::int
), written as (
  insert into {schema}.customers as c
    (id, external_id, name, email, phone, status, segment, tags, attributes, indexed, version, created_at, updated_at)
  select id, "externalId", name, email, phone, status, segment, tags, attributes, $3::jsonb, 1, "updatedAt", "updatedAt" from input
  on conflict (external_id) where deleted_at is null and external_id is not null
  do update set ${FIELDS.map((field) => `${field} = excluded.${field}`).join(', ')}, indexed = excluded.indexed, version = c.version + 1,
    updated_at = excluded.updated_at
  where (${FIELDS.map((field) => `c.${field}`).join(', ')}) is distinct from (${FIELDS.map((field) => `excluded.${field}`).join(', ')})
  returning new.id, new.version, new.updated_at, old.id as old_id, ${documentOf('old')} as before, ${documentOf('new')} as document,
    array_remove(array[${FIELDS.map((field) => `case when old.${field} is distinct from new.${field} then '${field}' end`).join(', ')}], null) as changed
), remembered as (
  insert into {schema}.history (aggregate, aggregate_id, version, changed_at, actor, trace_id, change, before, after)
  select 'customer', id, version, updated_at, $4, $5, case when old_id is null then 'created' else 'updated' end,
    case when old_id is not null then before::jsonb end, document::jsonb from written
), announced as (
  insert into tenantry.outbox (id, type, aggregate, aggregate_id, version, occurred_at, traceparent, data)
  select $7::uuid, case when old_id is null then 'dev.tenantry.customer.created.v1' else 'dev.tenantry.customer.updated.v1' end,
    'customer', id, version, updated_at, $6,
    jsonb_build_object('customer', document::jsonb) || case when old_id is null then '{}' else jsonb_build_object('changed', to_jsonb(changed)) end
  from written
)
select rules.version as rules, w.id, w.version, w.document, w.old_id is null as created from rules left join written w on true`,
);
