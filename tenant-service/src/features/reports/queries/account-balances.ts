import { SqlValues } from '../../../listing/list-column.ts';
import type { ReportQuery } from '../../../reporting/report-request.ts';
import { customersAsOf } from './customers-as-of.ts';

/** What was posted by then, not what is booked by then: the balance a teller saw. */
export const accountBalances: ReportQuery<'account-balances'> = ({ parameters: { currencies }, asOf }) => {
  const values = new SqlValues();
  const at = values.add(asOf, 'timestamptz');
  const text = `
with settings as (
  select distinct on (h.aggregate_id) h.aggregate_id as id, h.after ->> 'status' as status
  from {schema}.history h where h.aggregate = 'account' and h.change <> 'posted' and h.changed_at <= ${at}
  order by h.aggregate_id, h.version desc
), posted as (
  select t.account_id as id, sum(t.amount_minor) as balance from {schema}.transactions t where t.created_at <= ${at} group by t.account_id
)
select a.id, a.number, a.customer_id, c.document ->> 'name', a.type, a.currency, coalesce(p.balance, 0) + a.archived_minor
from {schema}.accounts a
  left join settings s on s.id = a.id
  left join posted p on p.id = a.id
  left join (${customersAsOf(at)}) c on c.id = a.customer_id
where a.created_at <= ${at} and (s.status is distinct from 'closed' or coalesce(p.balance, 0) + a.archived_minor <> 0)
  ${currencies === undefined ? '' : `and a.currency = any (${values.add(`{${currencies.join(',')}}`, 'text[]')})`}
order by a.id`;
  return { text, values: values.values };
};
