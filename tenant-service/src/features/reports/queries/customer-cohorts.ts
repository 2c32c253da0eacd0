import { SqlValues } from '../../../listing/list-column.ts';
import type { ReportQuery } from '../../../reporting/report-request.ts';
import { customersAsOf } from './customers-as-of.ts';
import { dayText, lengthOf, localPeriod, unitOf } from './local-period.ts';

export const customerCohorts: ReportQuery<'customer-cohorts'> = (request) => {
  const { by, period } = request.parameters;
  const values = new SqlValues();
  const asOf = values.add(request.asOf, 'timestamptz');
  const { fromInstant, toInstant, zone } = localPeriod(period, request, values);
  const created = `(c.document ->> 'createdAt')::timestamptz`;
  const text = `
with members as materialized (
  select c.id, ${unitOf(by, `${created} at time zone ${zone}`)} as cohort
  from (${customersAsOf(asOf)}) c where ${created} >= ${fromInstant} and ${created} < ${toInstant}
), sizes as (
  select cohort, count(*) as customers from members group by cohort
), active as (
  select m.cohort, ${unitOf(by, `t.booked_at at time zone ${zone}`)} as period, count(distinct m.id) as active
  from members m join {schema}.accounts a on a.customer_id = m.id join {schema}.transactions t on t.account_id = a.id
  where t.created_at <= ${asOf} and t.booked_at <= ${asOf}
  group by 1, 2
), grid as (
  select s.cohort, s.customers, g.period, row_number() over (partition by s.cohort order by g.period) - 1 as later
  from sizes s cross join lateral generate_series(s.cohort, ${asOf} at time zone ${zone}, ${lengthOf(by)}) as g(period)
)
select ${dayText('g.cohort')}, g.later, ${dayText('g.period')}, g.customers, coalesce(a.active, 0), round(100.0 * coalesce(a.active, 0) / g.customers, 2)
from grid g left join active a on a.cohort = g.cohort and a.period = g.period
order by g.cohort, g.later`;
  return { text, values: values.values };
};
