import type { ReportName } from '@tenantry/contracts';
import { archivedProblem, archiveFloor } from '../../archive/archive-floor.ts';
import { instantSql, SqlValues } from '../../listing/list-column.ts';
import { OneTimeStatement } from '../../postgres/one-time-statement.ts';
import type { ReportRequest } from '../../reporting/report-request.ts';
import type { TenantTransaction } from '../../tenancy/doors.ts';
import { localPeriod, unitOf } from './queries/local-period.ts';

/** SQL of the instant since when a report needs every transaction; `infinity` for none, absent for a report that reads none. */
const NEEDED: { readonly [Name in ReportName]?: (request: ReportRequest<Name>, values: SqlValues) => string } = {
  'account-balances': asOfAlone,
  'dormant-customers': asOfAlone,
  'transaction-volume': wholePeriod,
  'top-customers': wholePeriod,
  // Customers are active since the first day of the unit they came in.
  'customer-cohorts': (request, values) => {
    const { by, period } = request.parameters;
    const { from, zone } = localPeriod(period, request, values);
    return `least(${asOfAlone(request, values)}, (${unitOf(by, from)} at time zone ${zone}))`;
  },
  // Of an account of which nothing has left, everything is told.
  'account-statement': (request, values) => {
    const { accountId, period } = request.parameters;
    const { fromInstant } = localPeriod(period, request, values);
    return `coalesce((
  select case when a.archived_booked_at >= ${fromInstant} then '-infinity'::timestamptz else ${asOfAlone(request, values)} end
  from {schema}.accounts a where a.id = ${values.add(accountId, 'uuid')} and a.archived_booked_at is not null), 'infinity'::timestamptz)`;
  },
};

function asOfAlone({ asOf }: ReportRequest, values: SqlValues): string {
  return values.add(asOf, 'timestamptz');
}

function wholePeriod(request: ReportRequest<'transaction-volume' | 'top-customers'>, values: SqlValues): string {
  const { fromInstant } = localPeriod(request.parameters.period, request, values);
  return `least(${asOfAlone(request, values)}, ${fromInstant})`;
}

/**
 * Whether the database still has every row a report is made of. Asked when it is wanted, and once more behind its last row, because what moved meanwhile
 * would be missing in it. @throws Problem archived.
 */
export async function requireReportRows(tx: TenantTransaction, request: ReportRequest): Promise<void> {
  const values = new SqlValues();
  const needed = (NEEDED[request.report] as ((request: ReportRequest, values: SqlValues) => string) | undefined)?.(request, values);
  const [history, transactions] = await Promise.all([
    archiveFloor(tx, 'history', request.asOf),
    needed === undefined ? [] : tx.run(...withUsed(floor(needed), values.values)),
  ]);
  if (history !== undefined) throw archivedProblem('history', history);
  const [row] = transactions;
  if (row !== undefined) throw archivedProblem('transactions', row.cut as string);
}

/** A period has more parameters than are asked for here, and the server takes none that has no place in the text. */
function withUsed(text: string, values: readonly unknown[]): [OneTimeStatement, unknown[]] {
  const used = [...new Set([...text.matchAll(/\$(\d+)/g)].map(([, place]) => Number(place)))];
  const renumbered = text.replaceAll(/\$(\d+)/g, (_, place: string) => `$${used.indexOf(Number(place)) + 1}`);
  return [new OneTimeStatement(renumbered), used.map((place) => values[place - 1])];
}

const floor = (needed: string): string => `
select ${instantSql('max(cut)')} as cut from {schema}.archives
where kind = 'transactions' and state = 'removed' and cut > ${needed} having max(cut) is not null`;
