import type { CopyRow } from './copy-text.ts';
import type { ReportChart } from './report-chart.ts';

/** Points of one picture, in the order of the rows. */
export interface ChartSeries {
  readonly name: string;
  readonly points: readonly { readonly label: string; readonly value: number }[];
}

/** Pictures on a page, and points in one: more cannot be told apart. */
const SERIES_MAX = 6;
const POINTS_MAX = 120;

/** What a chart of these rows shows: values of equal `x` are added up, exactly; only then they become numbers to draw. */
export function chartSeries({ x, y, by }: ReportChart, names: readonly string[], rows: readonly CopyRow[]): ChartSeries[] {
  const [xAt, yAt, byAt] = [names.indexOf(x), names.indexOf(y), by === undefined ? -1 : names.indexOf(by)];
  const series = new Map<string, Map<string, bigint>>();
  for (const row of rows) {
    const value = row[yAt];
    if (value === null || value === undefined) continue;
    const name = row[byAt] ?? '';
    const points = series.get(name) ?? new Map<string, bigint>();
    series.set(name, points);
    const label = row[xAt] ?? '';
    points.set(label, (points.get(label) ?? 0n) + hundredths(value));
  }
  return [...series].slice(0, SERIES_MAX).map(([name, points]) => ({
    name,
    points: [...points].slice(0, POINTS_MAX).map(([label, value]) => ({ label, value: Number(value) / 100 })),
  }));
}

/** `12.34` → 1234n, `7` → 700n: shares have two digits behind the point, everything else none. */
function hundredths(value: string): bigint {
  const [whole = '0', fraction = ''] = value.split('.');
  return BigInt(`${whole}${fraction.padEnd(2, '0').slice(0, 2)}`);
}
