import type { PeriodUnit, ReportPeriod } from '@tenantry/contracts';
import type { SqlValues } from '../../../listing/list-column.ts';

/** A period as SQL: local times without a zone, so that days have as many hours as the zone gives them. */
export interface LocalPeriod {
  /** First moment, and the first one behind the last. */
  readonly from: string;
  readonly to: string;
  /** The zone, as a parameter. */
  readonly zone: string;
  /** The two as instants. */
  readonly fromInstant: string;
  readonly toInstant: string;
}

/** `last-month` and its like are read at `asOf`. */
export function localPeriod(
  period: ReportPeriod,
  { timeZone, asOf }: { readonly timeZone: string; readonly asOf: string },
  values: SqlValues,
): LocalPeriod {
  const zone = values.add(timeZone, 'text');
  const [from, to] = bounds(period, `(${values.add(asOf, 'timestamptz')} at time zone ${zone})`, values);
  return { from, to, zone, fromInstant: `(${from} at time zone ${zone})`, toInstant: `(${to} at time zone ${zone})` };
}

function bounds(period: ReportPeriod, today: string, values: SqlValues): [from: string, to: string] {
  if (typeof period !== 'string') return [values.add(period.from, 'timestamp'), values.add(period.to, 'timestamp')];
  const unit = /^last-(\w+)$/.exec(period)?.[1] ?? /^(\w+)-to-date$/.exec(period)?.[1] ?? '';
  const begin = `date_trunc('${UNITS[unit as PeriodUnit]}', ${today})`;
  return period.startsWith('last-')
    ? [`(${begin} - ${lengthOf(unit as PeriodUnit)})`, begin]
    : [begin, `(date_trunc('day', ${today}) + interval '1 day')`];
}

const UNITS: Readonly<Record<PeriodUnit, string>> = { day: 'day', week: 'week', month: 'month', quarter: 'quarter', year: 'year' };

/** One unit as an interval; a quarter is three months to PostgreSQL. */
export function lengthOf(unit: PeriodUnit): string {
  return unit === 'quarter' ? "interval '3 months'" : `interval '1 ${UNITS[unit]}'`;
}

/** First day of the unit a local time is in, as text. */
export const dayText = (local: string): string => `to_char(${local}, 'YYYY-MM-DD')`;

/** The unit a local time is in, by its first moment. */
export const unitOf = (unit: PeriodUnit, local: string): string => `date_trunc('${UNITS[unit]}', ${local})`;
