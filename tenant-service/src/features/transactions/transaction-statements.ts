import { instantSql } from '../../listing/list-column.ts';
import { TenantStatement } from '../../postgres/statement.ts';
import { transactionJson, transferJson } from './transaction-document.ts';

/* SQL that reads transactions. Names are schema-qualified because no search_path is set. */

/** $1 id. `transferId` with it, because what is reversed is all of a transfer. */
export const findTransaction = new TenantStatement(
  'transaction_find',
  `select t.kind, t.account_id as "accountId", t.amount_minor::text as "amountMinor", t.transfer_id as "transferId",
    ${transactionJson('t')}::text as document
  from {schema}.transactions t where t.id = $1::uuid`,
);

/** $1 transfer id: both postings. The counter-entries of a transfer have a transfer id of their own. */
export const findLegs = new TenantStatement(
  'transaction_legs',
  `select t.id, t.account_id as "accountId", t.amount_minor::text as "amountMinor"
  from {schema}.transactions t where t.transfer_id = $1::uuid order by t.id`,
);

/** $1 transfer id. */
export const findTransfer = new TenantStatement(
  'transfer_find',
  `select ${transferJson('d', 'c', transactionJson('d'), transactionJson('c'))}::text as document
  from {schema}.transactions d join {schema}.transactions c on c.transfer_id = d.transfer_id and c.amount_minor > 0
  where d.transfer_id = $1::uuid and d.amount_minor < 0`,
);

/** Everything that left for the archive of account `a` was booked before this instant. */
const archivedBefore = (a: string): string => instantSql(`(${a}.archived_booked_at + interval '1 millisecond')`);

/** $1 account. `archivedBefore` is null while nothing of it is in the archive. */
export const findAccount = new TenantStatement(
  'account_of_list',
  `select ${archivedBefore('a')} as "archivedBefore" from {schema}.accounts a where a.id = $1::uuid`,
);

/** $1 account · $2 from. A row when something that was booked then or later is in the archive. */
export const statementArchived = new TenantStatement(
  'statement_archived',
  `select ${archivedBefore('a')} as "archivedBefore" from {schema}.accounts a where a.id = $1::uuid and a.archived_booked_at >= $2::timestamptz`,
);

/**
 * $1 account · $2 from · $3 to · $4 limit. First page of a statement: the sums are taken backwards from the balance, so that a statement of last
 * month reads last month and not all years before. One statement, so that balance, sums and entries are of one moment.
 */
export const statementBegin = new TenantStatement(
  'statement_begin',
  `
with account as materialized (
  select id, currency, version, balance_minor from {schema}.accounts where id = $1::uuid
), sums as materialized (
  select coalesce(sum(amount_minor) filter (where booked_at >= $3::timestamptz), 0) as later,
    coalesce(sum(amount_minor) filter (where booked_at < $3::timestamptz and amount_minor > 0), 0) as credit,
    coalesce(sum(amount_minor) filter (where booked_at < $3::timestamptz and amount_minor < 0), 0) as debit,
    count(*) filter (where booked_at < $3::timestamptz)::int as count
  from {schema}.transactions where account_id = $1::uuid and booked_at >= $2::timestamptz
)
select a.currency, a.version, (a.balance_minor - s.later - s.credit - s.debit)::text as opening, (a.balance_minor - s.later)::text as closing,
  s.credit::text as credit, (-s.debit)::text as debit, s.count, e.booked_at as "bookedAt", e.account_version as "accountVersion", e.document
from account a cross join sums s
left join lateral (
  select t.booked_at, t.account_version, ${transactionJson('t')}::text as document
  from {schema}.transactions t
  where t.account_id = a.id and t.booked_at >= $2::timestamptz and t.booked_at < $3::timestamptz
  order by t.booked_at, t.account_version
  limit $4::int
) e on true
order by e.booked_at, e.account_version`,
);

/** $1 account · $2 booked at and $3 version of the last entry seen · $4 to · $5 version of the account the statement is of · $6 limit. */
export const statementContinue = new TenantStatement(
  'statement_continue',
  `
select t.booked_at as "bookedAt", t.account_version as "accountVersion", ${transactionJson('t')}::text as document
from {schema}.transactions t
where t.account_id = $1::uuid and (t.booked_at, t.account_version) > ($2::timestamptz, $3::int) and t.booked_at < $4::timestamptz
  and t.account_version <= $5::int
order by t.booked_at, t.account_version
limit $6::int`,
);
