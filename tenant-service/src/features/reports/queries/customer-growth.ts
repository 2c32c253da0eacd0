import { SqlValues } from '../../../listing/list-column.ts';
import type { ReportQuery } from '../../../reporting/report-request.ts';
import { customerArrivals } from './customers-as-of.ts';
import { dayText, lengthOf, localPeriod, unitOf } from './local-period.ts';

export const customerGrowth: ReportQuery<'customer-growth'> = (request) => {
  const { by, period } = request.parameters;
  const values = new SqlValues();
  const asOf = values.add(request.asOf, 'timestamptz');
  const { from, to, fromInstant, toInstant, zone } = localPeriod(period, request, values);
  // Periods that have begun by then; the first may begin before `from` and has only what is behind it.
  const text = `
with arrivals as materialized (${customerArrivals(asOf)}
), periods as (
  select generate_series(${unitOf(by, from)}, least(${to}, ${asOf} at time zone ${zone}) - interval '1 microsecond', ${lengthOf(by)}) as period
), counted as (
  select ${unitOf(by, `changed_at at time zone ${zone}`)} as period, count(*) filter (where change = 1) as came, count(*) filter (where change = -1) as went
  from arrivals where changed_at >= ${fromInstant} and changed_at < ${toInstant}
  group by 1
)
select ${dayText('p.period')}, coalesce(c.came, 0), coalesce(c.went, 0), coalesce(c.came, 0) - coalesce(c.went, 0),
  (select coalesce(sum(change), 0) from arrivals where changed_at < ${fromInstant})
    + sum(coalesce(c.came, 0) - coalesce(c.went, 0)) over (order by p.period)
from periods p left join counted c on c.period = p.period
order by p.period`;
  return { text, values: values.values };
};
