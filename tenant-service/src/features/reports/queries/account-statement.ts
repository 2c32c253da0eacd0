import { instantSql, SqlValues } from '../../../listing/list-column.ts';
import type { ReportQuery } from '../../../reporting/report-request.ts';
import { localPeriod } from './local-period.ts';

export const accountStatement: ReportQuery<'account-statement'> = (request) => {
  const { accountId, period } = request.parameters;
  const values = new SqlValues();
  const id = values.add(accountId, 'uuid');
  const asOf = values.add(request.asOf, 'timestamptz');
  const { fromInstant, toInstant } = localPeriod(period, request, values);
  const text = `
with opening as materialized (
  select a.currency, a.archived_minor + coalesce((
    select sum(t.amount_minor) from {schema}.transactions t
    where t.account_id = a.id and t.created_at <= ${asOf} and t.booked_at < ${fromInstant}
  ), 0) as balance
  from {schema}.accounts a where a.id = ${id} and a.created_at <= ${asOf}
), entries as (
  select t.kind, t.booked_at, t.account_version, t.id, t.reference, t.description, t.currency, t.amount_minor
  from {schema}.transactions t
  where t.account_id = ${id} and t.created_at <= ${asOf} and t.booked_at >= ${fromInstant} and t.booked_at < ${toInstant}
)
select entry, at, id, reference, description, currency, amount, balance from (
  select 0 as part, null::timestamptz as booked_at, 0 as account_version, 'opening' as entry, ${instantSql(fromInstant)} as at, null::uuid as id,
    null as reference, null as description, currency, null::bigint as amount, balance from opening
  union all
  select 1, e.booked_at, e.account_version, e.kind, ${instantSql('e.booked_at')}, e.id, e.reference, e.description, e.currency, e.amount_minor,
    o.balance + sum(e.amount_minor) over (order by e.booked_at, e.account_version)
  from entries e cross join opening o
  union all
  select 2, null, 0, 'closing', ${instantSql(toInstant)}, null, null, null, o.currency, null,
    o.balance + coalesce((select sum(amount_minor) from entries), 0) from opening o
) lines
order by part, booked_at, account_version`;
  return { text, values: values.values };
};
