import { SqlValues } from '../../../listing/list-column.ts';
import type { ReportQuery } from '../../../reporting/report-request.ts';
import { customersAsOf } from './customers-as-of.ts';
import { localPeriod } from './local-period.ts';

export const topCustomers: ReportQuery<'top-customers'> = (request) => {
  const { period, top, currencies } = request.parameters;
  const values = new SqlValues();
  const asOf = values.add(request.asOf, 'timestamptz');
  const { fromInstant, toInstant } = localPeriod(period, request, values);
  // Equal volumes share a rank, so which of them is cut off is said by the rank and not by chance.
  const text = `
with moved as (
  select a.customer_id as id, t.currency collate "C" as currency, count(*) as transactions,
    coalesce(sum(t.amount_minor) filter (where t.amount_minor > 0), 0) as credit,
    coalesce(-sum(t.amount_minor) filter (where t.amount_minor < 0), 0) as debit
  from {schema}.transactions t join {schema}.accounts a on a.id = t.account_id
  where t.created_at <= ${asOf} and t.booked_at >= ${fromInstant} and t.booked_at < ${toInstant}
    ${currencies === undefined ? '' : `and t.currency = any (${values.add(`{${currencies.join(',')}}`, 'text[]')})`}
  group by 1, 2
), ranked as (
  select m.*, rank() over (partition by currency order by credit + debit desc) as place from moved m
)
select r.currency, r.place, r.id, c.document ->> 'name', r.transactions, r.credit, r.debit, r.credit + r.debit
from ranked r left join (${customersAsOf(asOf)}) c on c.id = r.id
where r.place <= ${values.add(top, 'int')}
order by r.currency, r.place, r.id`;
  return { text, values: values.values };
};
