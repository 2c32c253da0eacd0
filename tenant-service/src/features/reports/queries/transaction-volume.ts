import { SqlValues } from '../../../listing/list-column.ts';
import type { ReportQuery } from '../../../reporting/report-request.ts';
import { dayText, localPeriod, unitOf } from './local-period.ts';

export const transactionVolume: ReportQuery<'transaction-volume'> = (request) => {
  const { by, period, kinds, currencies } = request.parameters;
  const values = new SqlValues();
  const { fromInstant, toInstant, zone } = localPeriod(period, request, values);
  const text = `
select ${dayText('period')}, type, currency, count(*),
  coalesce(sum(amount_minor) filter (where amount_minor > 0), 0), coalesce(-sum(amount_minor) filter (where amount_minor < 0), 0), sum(amount_minor)
from (
  select ${unitOf(by, `t.booked_at at time zone ${zone}`)} as period, a.type collate "C" as type, t.currency collate "C" as currency, t.amount_minor
  from {schema}.transactions t join {schema}.accounts a on a.id = t.account_id
  where t.created_at <= ${values.add(request.asOf, 'timestamptz')} and t.booked_at >= ${fromInstant} and t.booked_at < ${toInstant}
    ${kinds === undefined ? '' : `and t.kind = any (${values.add(`{${kinds.join(',')}}`, 'text[]')})`}
    ${currencies === undefined ? '' : `and t.currency = any (${values.add(`{${currencies.join(',')}}`, 'text[]')})`}
) booked
group by period, type, currency
order by period, type, currency`;
  return { text, values: values.values };
};
