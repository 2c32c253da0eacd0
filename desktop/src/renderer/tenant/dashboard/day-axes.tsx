import { CartesianGrid, Tooltip as ChartTooltip, XAxis, YAxis, type YAxisProps } from 'recharts';
import { useFormat } from '../../kit/use-format.ts';

/** Text has the colour of text: those of lines and bars are too light to be read. */
const TOOLTIP = {
  contentStyle: { background: 'var(--mantine-color-body)', border: '1px solid var(--mantine-color-default-border)' },
  itemStyle: { color: 'var(--mantine-color-text)' },
  labelStyle: { color: 'var(--mantine-color-text)' },
  cursor: { fill: 'var(--mantine-color-default-hover)' },
};

/** What a chart over days stands on: a grid, days below, figures beside, and what the pointer is at. @param figures what is special about the figures */
export function DayAxes({ figures = {} }: { readonly figures?: Pick<YAxisProps, 'width' | 'domain' | 'allowDecimals'> }) {
  const format = useFormat();
  const axis = { stroke: 'var(--mantine-color-dimmed)', fontSize: 12 };
  return (
    <>
      <CartesianGrid strokeDasharray="3 3" stroke="var(--mantine-color-default-border)" />
      <XAxis dataKey="day" tickFormatter={format.shortDay} interval="equidistantPreserveStart" {...axis} />
      <YAxis width={64} allowDecimals={false} tickFormatter={format.number} {...axis} {...figures} />
      <ChartTooltip {...TOOLTIP} labelFormatter={(day) => format.day(String(day))} formatter={(value) => format.number(Number(value))} />
    </>
  );
}
