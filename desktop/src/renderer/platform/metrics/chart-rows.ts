import type { MetricSeries } from '../../../platform/platform-metrics.ts';

/** One instant of a chart: each series under its position. */
export type ChartRow = { readonly at: number } & { readonly [series: number]: number };

/** Pure: the series side by side, oldest first; an instant that a series has no value for is a gap in its line. */
export function chartRows(series: readonly MetricSeries[]): readonly ChartRow[] {
  const rows = new Map<number, Record<string, number> & { at: number }>();
  for (const [position, { points }] of series.entries())
    for (const [at, value] of points) {
      const row = rows.get(at) ?? { at };
      row[position] = value;
      rows.set(at, row);
    }
  return [...rows.values()].sort((one, other) => one.at - other.at);
}

/** Pure: between which values all series were; undefined without any. */
export function extremes(series: readonly MetricSeries[]): { readonly least: number; readonly most: number } | undefined {
  const values = series.flatMap(({ points }) => points.map(([, value]) => value));
  return values.length === 0 ? undefined : { least: Math.min(...values), most: Math.max(...values) };
}
