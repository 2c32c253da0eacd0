import { SqlValues } from '../../../listing/list-column.ts';
import type { ReportQuery } from '../../../reporting/report-request.ts';
import { customersAsOf } from './customers-as-of.ts';

export const customerSegments: ReportQuery<'customer-segments'> = ({ asOf }) => {
  const values = new SqlValues();
  const text = `
select coalesce(document ->> 'segment', '') collate "C", (document ->> 'status') collate "C", count(*),
  round(100.0 * count(*) / sum(count(*)) over (), 2)
from (${customersAsOf(values.add(asOf, 'timestamptz'))}) c
group by 1, 2
order by 1, 2`;
  return { text, values: values.values };
};
