import { RULES_VERSION } from '../../../attributes/attribute-schemas.ts';
import { accountDocument } from '../../../journal/account-document.ts';
import { storeAnswer } from '../../../journal/idempotency-keys.ts';
import { TenantStatement } from '../../../postgres/statement.ts';

/** SQL beside the models: what is about many rows at once. */

/** $1 customer · $2 accounts, or null for all of the customer's. Before the customers' rows: closing an account locks in this order too. */
export const lockAccounts = new TenantStatement(
  'merge_lock_accounts',
  `select a.id from {schema}.accounts a
  where a.customer_id = $1::uuid and ($2::uuid[] is null or a.id = any($2::uuid[])) order by a.id for no key update`,
);

/**
 * $1 customer that has them · $2 customer that gets them · $3 accounts, or null for all · $4 time · $5 actor · $6 trace id · $7 traceparent.
 * Each account gets a version, its history and its event. Of every row: whether the account is open.
 */
export const moveAccounts = new TenantStatement(
  'merge_move_accounts',
  `
with former as materialized (
  select a.* from {schema}.accounts a
  where a.customer_id = $1::uuid and ($3::uuid[] is null or a.id = any($3::uuid[])) order by a.id for no key update
), written as (
  update {schema}.accounts a
  set customer_id = $2::uuid, version = a.version + 1, settings_version = a.version + 1, updated_at = greatest(a.updated_at, $4::timestamptz)
  from former f where a.id = f.id
  returning a.*
), documents as materialized (
  select a.id, a.version, a.updated_at, a.status <> 'closed' as open, to_jsonb(${accountDocument('f')}) as before,
    to_jsonb(${accountDocument('a')}) as after
  from written a join former f on f.id = a.id
), remembered as (
  insert into {schema}.history (aggregate, aggregate_id, version, changed_at, actor, trace_id, change, before, after)
  select 'account', id, version, updated_at, $5, $6, 'updated', before, after from documents
), announced as (
  insert into tenantry.outbox (id, type, aggregate, aggregate_id, version, occurred_at, traceparent, data)
  select uuidv7(), 'dev.tenantry.account.updated.v1', 'account', id, version, updated_at, $7,
    jsonb_build_object('account', after, 'changed', jsonb_build_array('customerId')) from documents
)
select id, open from documents`,
);

/** Version of the attribute schema in force. */
export const rulesVersion = new TenantStatement('merge_rules', `select ${RULES_VERSION} as version`);

/** $1 the answer, as {@link storeAnswer} reads it. */
export const storeMergeAnswer = new TenantStatement('merge_answer', `with written as (select 1) ${storeAnswer('$1', 'written')}`);
