import { instantSql, SqlValues } from '../../../listing/list-column.ts';
import type { ReportQuery } from '../../../reporting/report-request.ts';
import { customersAsOf } from './customers-as-of.ts';

export const dormantCustomers: ReportQuery<'dormant-customers'> = ({ parameters: { days }, asOf }) => {
  const values = new SqlValues();
  const at = values.add(asOf, 'timestamptz');
  const limit = `${at} - ${values.add(days, 'int')} * interval '24 hours'`;
  const text = `
with last as (
  select id, max(booked_at) as booked_at from (
    select a.customer_id as id, t.booked_at
    from {schema}.transactions t join {schema}.accounts a on a.id = t.account_id
    where t.created_at <= ${at} and t.booked_at <= ${at}
    union all
    select a.customer_id, a.archived_booked_at from {schema}.accounts a where a.archived_booked_at is not null
  ) booked
  group by id
)
select c.id, c.document ->> 'name', c.document ->> 'segment', c.document ->> 'createdAt', ${instantSql('l.booked_at')},
  floor(extract(epoch from ${at} - coalesce(l.booked_at, (c.document ->> 'createdAt')::timestamptz)) / 86400)
from (${customersAsOf(at)}) c left join last l on l.id = c.id
where c.document ->> 'status' = 'active' and coalesce(l.booked_at, (c.document ->> 'createdAt')::timestamptz) <= ${limit}
order by l.booked_at nulls last, (c.document ->> 'createdAt')::timestamptz, c.id`;
  return { text, values: values.values };
};
