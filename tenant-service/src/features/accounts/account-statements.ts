import { accountDocument } from '../../journal/account-document.ts';
import { storeAnswer } from '../../journal/idempotency-keys.ts';
import { instantSql } from '../../listing/list-column.ts';
import { TenantStatement } from '../../postgres/statement.ts';

/*
 * SQL of accounts. Names are schema-qualified because no search_path is set. The balance is the posting statement's alone: nothing here writes it,
 * beside the zero it begins with.
 */

const DOCUMENT = `row_to_json(${accountDocument('a')})::text as document`;

/** Postings are no versions of what can be set, so they are left out where settings are looked for. */
const SETTINGS = `h.aggregate = 'account' and h.change <> 'posted'`;

/**
 * $1 document · $2 actor · $3 trace id · $4 traceparent · $5 event id · $6 answer. The customer's row is locked and counts the account, so that
 * the customer is not deleted meanwhile; no row means no customer.
 */
export const createAccount = new TenantStatement(
  'account_create',
  `
with input as materialized (
  select $1::jsonb as doc, f.* from jsonb_to_record($1::jsonb) as f(id uuid, "customerId" uuid, number text, name text, type text, currency text,
    status text, "overdraftLimitMinor" bigint, "createdAt" timestamptz)
), counted as (
  update {schema}.customers c set open_accounts = c.open_accounts + 1 from input i
  where c.id = i."customerId" and c.deleted_at is null returning c.id
), written as (
  insert into {schema}.accounts (id, customer_id, number, name, type, currency, status, overdraft_limit_minor, version, settings_version,
    created_at, updated_at)
  select i.id, c.id, number, name, type, currency, status, "overdraftLimitMinor", 1, 1, "createdAt", "createdAt" from input i cross join counted c
  returning id, created_at
), remembered as (
  insert into {schema}.history (aggregate, aggregate_id, version, changed_at, actor, trace_id, change, after)
  select 'account', w.id, 1, w.created_at, $2, $3, 'created', i.doc from written w cross join input i
), announced as (
  insert into tenantry.outbox (id, type, aggregate, aggregate_id, version, occurred_at, traceparent, data)
  select $5::uuid, 'dev.tenantry.account.created.v1', 'account', w.id, 1, w.created_at, $4, jsonb_build_object('account', i.doc)
  from written w cross join input i
), answered as (${storeAnswer('$6', 'written')})
select id from written`,
);

export const findAccount = new TenantStatement(
  'account_find',
  `select a.version, a.settings_version as "settingsVersion", ${DOCUMENT} from {schema}.accounts a where a.id = $1::uuid`,
);

/** $1 customer · $2 the last id of the page before, or the highest UUID · $3 limit. Begins with a row of the customer alone. */
export const customerAccounts = new TenantStatement(
  'accounts_of_customer',
  `select a.id, ${DOCUMENT} from {schema}.customers c
  left join lateral (
    select * from {schema}.accounts where customer_id = c.id and id < $2::uuid order by id desc limit $3::int
  ) a on true
  where c.id = $1::uuid and c.deleted_at is null
  order by a.id desc`,
);

/**
 * $1 id · $2 version of If-Match · $3 name · $4 status · $5 overdraft limit · $6 time · $7 changed fields · $8 actor · $9 trace id ·
 * $10 traceparent · $11 event id. The row is locked first, because the documents of before and after have the balance of that moment.
 */
export const updateAccount = new TenantStatement(
  'account_update',
  `
with former as materialized (
  select a.* from {schema}.accounts a where a.id = $1::uuid and $2::int between a.settings_version and a.version for no key update
), written as (
  update {schema}.accounts a
  set name = $3, status = $4, overdraft_limit_minor = $5::bigint, version = a.version + 1, settings_version = a.version + 1,
    updated_at = greatest(a.updated_at, $6::timestamptz)
  from former f where a.id = f.id
  returning a.*
), documents as materialized (
  select f.status as old_status, a.customer_id, a.status, a.id, a.version, a.updated_at, row_to_json(${accountDocument('f')})::jsonb as before,
    row_to_json(${accountDocument('a')}) as after
  from written a join former f on f.id = a.id
), counted as (
  update {schema}.customers c set open_accounts = c.open_accounts + case d.status when 'closed' then -1 else 1 end
  from documents d where c.id = d.customer_id and (d.status = 'closed') <> (d.old_status = 'closed')
), remembered as (
  insert into {schema}.history (aggregate, aggregate_id, version, changed_at, actor, trace_id, change, before, after)
  select 'account', id, version, updated_at, $8, $9, 'updated', before, after::jsonb from documents
), announced as (
  insert into tenantry.outbox (id, type, aggregate, aggregate_id, version, occurred_at, traceparent, data)
  select $11::uuid, 'dev.tenantry.account.updated.v1', 'account', id, version, updated_at, $10,
    jsonb_build_object('account', after, 'changed', to_jsonb($7::text[])) from documents
)
select version, after::text as document from documents`,
);

/** $1 id · $2 versions below this one · $3 limit. */
export const accountHistory = new TenantStatement(
  'account_history',
  `
select h.version, h.change, ${instantSql('h.changed_at')} as "changedAt", h.actor, h.trace_id as "traceId", h.before, h.after
from {schema}.history h
where h.aggregate_id = $1::uuid and h.aggregate = 'account' and h.version < $2::int
order by h.version desc
limit $3::int`,
);

/**
 * Highest version of an account at an instant, by halving: times of an account never run backwards, and its history has no gaps but where it was
 * archived, which is before every instant that may be asked for. An account of a million postings is looked up in twenty steps, without an index on
 * time that every posting would pay for.
 */
const versionAt = (instant: string): string => `
  with recursive halving (low, high) as (
    select 0, a.version + 1
    union all
    select case when h.changed_at > ${instant} then low else (low + high) / 2 end, case when h.changed_at > ${instant} then h.version else high end
    from halving left join {schema}.history h on h.aggregate_id = a.id and h.version = (low + high) / 2
    where high - low > 1
  )
  select max(low) as version from halving`;

/** What {@link AccountThen} is made of: the newest settings at that version, and what a posting changed since. */
const THEN = `
  h.version, ${instantSql('h.changed_at')} as "updatedAt", case h.change when 'posted' then h.after ->> 'balanceMinor' end as "balanceMinor", s.after as settings`;
const JOIN_THEN = (instant: string): string => `
  cross join lateral (${versionAt(instant)}) v
  join {schema}.history h on h.aggregate_id = a.id and h.version = v.version
  cross join lateral (
    select h.after from {schema}.history h
    where h.aggregate_id = a.id and h.version <= v.version and ${SETTINGS}
    order by h.version desc limit 1
  ) s`;

/** $1 id · $2 instant. No row: it did not exist. */
export const accountAsOf = new TenantStatement(
  'account_as_of',
  `select ${THEN} from {schema}.accounts a ${JOIN_THEN('$2::timestamptz')} where a.id = $1::uuid`,
);

/** $1 customer · $2 instant. True when it existed then. */
export const customerExistedAt = new TenantStatement(
  'customer_existed_at',
  `
select from (
  select h.after from {schema}.history h
  where h.aggregate_id = $1::uuid and h.aggregate = 'customer' and h.changed_at <= $2::timestamptz
  order by h.version desc limit 1
) newest where after is not null`,
);

/**
 * $1 customer · $2 instant · $3 the last id of the page before, or the highest UUID · $4 limit. Accounts of a customer that was merged into
 * another one later, and that one into a third, are the last one's now.
 */
export const customerAccountsAsOf = new TenantStatement(
  'accounts_as_of',
  `
with recursive owners (id) as (
  select $1::uuid
  union
  select c.merged_into from owners join {schema}.customers c using (id) where c.merged_into is not null
)
select a.id, ${THEN}
from {schema}.accounts a ${JOIN_THEN('$2::timestamptz')}
where a.customer_id in (select id from owners)
  and a.created_at <= $2::timestamptz and a.id < $3::uuid and s.after ->> 'customerId' = $1::uuid::text
order by a.id desc
limit $4::int`,
);
