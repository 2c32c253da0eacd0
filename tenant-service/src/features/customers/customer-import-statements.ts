import { RULES_VERSION } from '../../attributes/attribute-schemas.ts';
import type { ImportSql } from '../../transfer/import-statement.ts';
import { documentOf } from './customer-statements.ts';

/*
 * SQL of customers from a file (see transfer/import-statement.ts). $5 rows: `d` document, `e` event id, and when a row may be refused by the
 * statement `n` its number and `o` its cells; `x` indexed attributes when there are any. $7 who: actor, traceId, traceparent. $8 version of the
 * attribute schema the rows were checked against.
 */

/** With another attribute schema in force nothing is written: the import begins again from here with that one. */
const FENCE = `and ${RULES_VERSION} = $8::int`;

const FIELDS = `id uuid, "externalId" text, name text, email text, phone text, status text, segment text, tags text[], attributes jsonb, version int,
    "createdAt" timestamptz, "updatedAt" timestamptz`;

const INPUT = `who as materialized (
  select w.* from op cross join jsonb_to_record($7::jsonb) as w(actor text, "traceId" text, traceparent text)
), input as materialized (
  select r.d as doc, r.e as event_id, r.x as indexed, r.n as row_number, r.o as original, w.*, f.*
  from jsonb_to_recordset($5::jsonb) as r(d jsonb, e uuid, x jsonb, n int8, o jsonb)
  cross join who w
  cross join lateral jsonb_to_record(r.d) as f(${FIELDS})
)`;

const INSERT = `insert into {schema}.customers
    (id, external_id, name, email, phone, status, segment, tags, attributes, indexed, version, created_at, updated_at)
  select id, "externalId", name, email, phone, status, segment, tags, attributes, indexed, 1, "createdAt", "createdAt" from input`;

/** History and events of new customers, from a source of their rows. */
const journalOf = (source: string): string => `remembered as (
  insert into {schema}.history (aggregate, aggregate_id, version, changed_at, actor, trace_id, change, after)
  select 'customer', id, 1, "createdAt", actor, "traceId", 'created', doc from ${source}
), announced as (
  insert into tenantry.outbox (id, type, aggregate, aggregate_id, version, occurred_at, traceparent, data)
  select event_id, 'dev.tenantry.customer.created.v1', 'customer', id, 1, "createdAt", traceparent, jsonb_build_object('customer', doc)
  from ${source}
)`;

/** All of them, or none and the error names the constraint. */
export const createRows: ImportSql = {
  name: 'customers_import',
  fence: FENCE,
  ctes: `${INPUT}, written as (${INSERT}
), ${journalOf('input')}`,
  counts: 'select count(*) as created, 0::int8 as updated, 0::int8 as skipped from input',
};

/** A customer that conflicts is left out: skipped when $9 is true, refused otherwise. */
export const createPossibleRows: ImportSql = {
  name: 'customers_import_pos',
  fence: FENCE,
  ctes: `${INPUT}, written as (${INSERT}
  on conflict do nothing returning id
), new as materialized (select i.* from input i join written using (id)
), ${journalOf('new')}, left_out as materialized (select i.* from input i where not exists (select from written w where w.id = i.id)
)`,
  counts: `select (select count(*) from written) as created, 0::int8 as updated,
    case when $9::boolean then (select count(*) from left_out) else 0 end as skipped from op`,
  refusals: `select l.row_number, 'conflict', case
      when exists (select from {schema}.customers c where lower(c.email) = lower(l.email) and c.deleted_at is null)
        or exists (select from new n where lower(n.email) = lower(l.email)) then 'email' else 'externalId' end,
    'is taken by another customer', l.original from left_out l where not $9::boolean`,
};

/**
 * New customers ($5), and changed ones ($9: `b` document before, `d` after, `c` changed fields, `e` event id); $10 how many rows said
 * nothing new. A customer that somebody else changed meanwhile fails the statement, so that it is made again from what is there then.
 */
export const upsertRows: ImportSql = {
  name: 'customers_import_ups',
  fence: FENCE,
  ctes: `${INPUT}, written as (${INSERT}
), ${journalOf('input')}, changes as materialized (
  select r.b as before, r.d as doc, r.c as changed, r.e as event_id, r.x as indexed, w.*, f.*
  from jsonb_to_recordset($9::jsonb) as r(b jsonb, d jsonb, c text[], e uuid, x jsonb)
  cross join who w
  cross join lateral jsonb_to_record(r.d) as f(${FIELDS})
), replaced as (
  update {schema}.customers c
  set external_id = i."externalId", name = i.name, email = i.email, phone = i.phone, status = i.status, segment = i.segment, tags = i.tags,
    attributes = i.attributes, indexed = i.indexed, version = i.version, updated_at = i."updatedAt"
  from changes i
  where c.id = i.id and c.version = i.version - 1 and c.deleted_at is null
  returning c.id
), changes_remembered as (
  insert into {schema}.history (aggregate, aggregate_id, version, changed_at, actor, trace_id, change, before, after)
  select 'customer', id, version, "updatedAt", actor, "traceId", 'updated', before, doc from changes
), changes_announced as (
  insert into tenantry.outbox (id, type, aggregate, aggregate_id, version, occurred_at, traceparent, data)
  select event_id, 'dev.tenantry.customer.updated.v1', 'customer', id, version, "updatedAt", traceparent,
    jsonb_build_object('customer', doc, 'changed', to_jsonb(changed)) from changes
)`,
  counts: `select (select count(*) from input) as created, (select count(*) from replaced) as updated, $10::int8 as skipped from op`,
  mustHold: '(select count(*) from replaced) = (select count(*) from changes)',
};

/** $1 addresses, in small letters · $2 external ids. */
export const FIND_TAKEN = `
select c.id, lower(c.email) as email, c.external_id as "externalId" from {schema}.customers c
where c.deleted_at is null and lower(c.email) = any ($1::text[]) and c.email is not null
union
select c.id, lower(c.email), c.external_id from {schema}.customers c
where c.deleted_at is null and c.external_id = any ($2::text[]) and c.external_id is not null`;

/** $1 addresses, in small letters. */
export const FIND_BY_EMAIL = `select c.id, c.version, ${documentOf('c')} as document, lower(c.email) as key from {schema}.customers c
where c.deleted_at is null and lower(c.email) = any ($1::text[]) and c.email is not null`;

/** $1 external ids. */
export const FIND_BY_EXTERNAL_ID = `select c.id, c.version, ${documentOf('c')} as document, c.external_id as key from {schema}.customers c
where c.deleted_at is null and c.external_id = any ($1::text[]) and c.external_id is not null`;
