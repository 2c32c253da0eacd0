import { Line, LineChart, ResponsiveContainer, XAxis, YAxis } from 'recharts';
import type { MetricSeries, MetricSpan } from '../../../platform/platform-metrics.ts';
import { chartRows } from './chart-rows.ts';

const COLOURS = ['indigo', 'teal', 'orange', 'grape', 'cyan', 'pink'] as const;

/** The colour of a metric's nth line, as of its mark beside its name. */
export function lineColour(position: number): string {
  return `var(--mantine-color-${COLOURS[position % COLOURS.length]}-6)`;
}

interface SparklineProps {
  readonly series: readonly MetricSeries[];
  readonly span: MetricSpan;
  /** The same in words, for those who do not see it. */
  readonly says: string;
}

/** How a metric moved, without axes. Time runs from left to right in every language. */
export function Sparkline({ series, span, says }: SparklineProps) {
  return (
    <div role="img" aria-label={says} dir="ltr" style={{ height: 56 }}>
      <ResponsiveContainer width="100%" height="100%">
        <LineChart data={[...chartRows(series, span)]} accessibilityLayer={false} margin={{ top: 4, right: 2, bottom: 2, left: 2 }}>
          <XAxis hide dataKey="at" type="number" domain={[span.from, span.to]} />
          <YAxis hide domain={[0, 'auto']} />
          {series.map(({ label }, position) => (
            <Line
              key={label ?? ''}
              dataKey={`${position}`}
              stroke={lineColour(position)}
              strokeWidth={1.5}
              // A value between two gaps has no line.
              dot={{ r: 0.75, fill: lineColour(position) }}
              isAnimationActive={false}
            />
          ))}
        </LineChart>
      </ResponsiveContainer>
    </div>
  );
}
