import type { MetricSeries, MetricSpan } from '../../../platform/platform-metrics.ts';

/** One instant of a chart: each series under its position. */
export type ChartRow = { readonly at: number } & { readonly [series: number]: number };

/** Pure: the series side by side over the whole time, oldest first; where one was not measured its line has a gap. */
export function chartRows(series: readonly MetricSeries[], { from, to, step }: MetricSpan): readonly ChartRow[] {
  const length = Math.floor((to - from) / step) + 1;
  const rows: (ChartRow & Record<number, number>)[] = Array.from({ length }, (_, index) => ({ at: from + index * step }));
  for (const [position, { points }] of series.entries())
    for (const [at, value] of points) {
      const row = rows[Math.round((at - from) / step)];
      if (row !== undefined) row[position] = value;
    }
  return rows;
}

/** Pure: between which values all series were; undefined without any. */
export function extremes(series: readonly MetricSeries[]): { readonly least: number; readonly most: number } | undefined {
  const values = series.flatMap(({ points }) => points.map(([, value]) => value));
  return values.length === 0 ? undefined : { least: Math.min(...values), most: Math.max(...values) };
}
