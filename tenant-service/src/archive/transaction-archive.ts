import { transactionFields } from '../features/transactions/transaction-document.ts';
import { documentSql } from '../listing/document-sql.ts';
import { instantSql } from '../listing/list-column.ts';
import { TenantStatement } from '../postgres/statement.ts';
import { ADD_ACCOUNT_STEPS, ARCHIVED_GENERATION, POSTING_FIGURES, POSTING_OWNER, POSTING_STEPS } from '../rollups/posting-figures.ts';
import type { ArchivePolicy } from './archive-policy.ts';
import { figuresAreBehind } from './figures-behind.ts';

/**
 * Transactions that were booked and posted before the cut, in the order of their accounts and versions: whatever is asked of the days behind the cut, as
 * it is now or as it was known on one of them, is told by what stays.
 */
export const TRANSACTION_ARCHIVE: ArchivePolicy = {
  days: ({ transactionDays }) => transactionDays,
  // What stays is said where nobody can change it: remove_archived_transactions (migration 16), which removes these rows and no others.
  rows: ({ cut, afterId, afterVersion, limit }) => ({
    values: [cut, afterId, afterVersion, limit],
    text: `
select t.account_id as id, t.account_version as version, ${instantSql('t.created_at')} as at, ${documentSql(transactionFields('t'), undefined)} as line
from {schema}.transactions t
where t.booked_at < $1::timestamptz and t.created_at < $1::timestamptz and not ${figuresAreBehind('$1')}
  and t.account_id >= $2::uuid and (t.account_id, t.account_version) > ($2::uuid, $3::int)
  and not exists (
    select from {schema}.transactions r where r.reverses_id = t.id and (r.booked_at >= $1::timestamptz or r.created_at >= $1::timestamptz))
  and not exists (
    select from {schema}.transactions o where o.id = t.reverses_id and (o.booked_at >= $1::timestamptz or o.created_at >= $1::timestamptz))
order by t.account_id, t.account_version limit $4::int`,
  }),
  // What leaves is brought forward in the statement that takes it out: the sum to its account, and what figures count of it to those that begin anew.
  // Accounts are locked in the order of their ids, as postings lock them.
  remove: new TenantStatement(
    'archive_postings',
    `
with gone as materialized (
  select t.account_id, t.account_version, t.amount_minor, t.currency, t.booked_at, t.created_at
  from {schema}.remove_archived_transactions($1::uuid, $2::int) t
), held as materialized (
  select a.id from {schema}.accounts a where a.id in (select account_id from gone) order by a.id for no key update
), brought as (
  update {schema}.accounts a
  set archived_minor = a.archived_minor + g.amount, archived_booked_at = greatest(a.archived_booked_at, g.booked_at)
  from (select account_id, sum(amount_minor) as amount, max(booked_at) as booked_at from gone group by account_id) g
  where a.id = g.account_id and a.id in (select id from held)
), postings as materialized (
  select ${ARCHIVED_GENERATION} as generation, ${POSTING_FIGURES}
  from gone t join {schema}.accounts a on a.id = t.account_id
  ${POSTING_OWNER}
), account_steps as (${POSTING_STEPS}
), daily_accounts as (${ADD_ACCOUNT_STEPS}
), active as (
  insert into {schema}.report_active_days (generation, customer_id, day)
  select distinct generation, customer_id, booked from postings order by generation, customer_id, booked
  on conflict do nothing
)
select nullif(count(*), 0)::int as rows from gone`,
  ),
};
