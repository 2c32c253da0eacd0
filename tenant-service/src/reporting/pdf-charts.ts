import type { ChartSeries } from './chart-series.ts';
import type { PdfText } from './pdf-text.ts';
import type { ReportChart } from './report-chart.ts';

export const MARGIN = 36;
export const INK = { text: '#1a1a1a', faint: '#6b7280', rule: '#d1d5db', data: '#2563eb' };
const CHART = { width: 370, height: 130, gap: 24 };
/** Up to so many bars each has its name. */
const NAMED_BARS = 8;

/** How a picture looks, and how one of its values is written. */
interface ChartLook extends Pick<ReportChart, 'kind'> {
  readonly shown: (value: number, series: string) => string;
}

/** The pictures of a report, two beside each other, from `below` on. @returns how far down the page they reach */
export function drawCharts(text: PdfText, all: readonly ChartSeries[], look: ChartLook, below: number): number {
  const { pdf } = text;
  let [top, column] = [below + 10, 0];
  for (const series of all.filter(({ points }) => points.length > 0)) {
    if (top + CHART.height > pdf.page.height - MARGIN) {
      pdf.addPage();
      top = MARGIN;
    }
    drawChart(text, series, look, { left: MARGIN + column * (CHART.width + CHART.gap), top });
    column = (column + 1) % 2;
    if (column === 0) top += CHART.height + CHART.gap;
  }
  return column === 1 ? top + CHART.height + CHART.gap : top;
}

function drawChart(
  text: PdfText,
  { name, points }: ChartSeries,
  { kind, shown }: ChartLook,
  { left, top }: { readonly left: number; readonly top: number },
): void {
  const values = points.map(({ value }) => value);
  const [low, high] = [Math.min(0, ...values), Math.max(0, ...values)];
  const scale = [...new Set([high, 0, low])];
  const { pdf } = text.style(6, INK.faint);
  const labels = Math.max(...scale.map((value) => text.width(shown(value, name)))) + 6;
  const plot = { left: left + labels, top: top + 14, width: CHART.width - labels, height: CHART.height - 28 };
  const y = (value: number): number => plot.top + plot.height * (1 - (value - low) / (high - low || 1));
  const step = plot.width / points.length;
  text.style(8, INK.text).line(name, { left, top, width: CHART.width });
  text.style(6, INK.faint);
  for (const value of scale) {
    pdf
      .moveTo(plot.left, y(value))
      .lineTo(plot.left + plot.width, y(value))
      .lineWidth(value === 0 ? 0.5 : 0.25)
      .stroke(INK.rule);
    text.line(shown(value, name), { left, top: y(value) - 3, width: labels - 4, align: 'right' });
  }
  if (kind === 'bars') drawBars(pdf, values, { left: plot.left, step, y });
  else drawLine(pdf, values, { left: plot.left, step, y });
  const names = { top: plot.top + plot.height + 4, width: plot.width / 2 };
  if (kind === 'bars' && points.length <= NAMED_BARS) {
    for (const [at, { label }] of points.entries())
      text.line(label, { ...names, left: plot.left + at * step + 1, width: step - 2, align: 'center' });
  } else {
    text.line(shortInstant(points[0]?.label ?? ''), { ...names, left: plot.left });
    text.line(shortInstant(points.at(-1)?.label ?? ''), { ...names, left: plot.left + names.width, align: 'right' });
  }
}

/** Where the first value is, how far it is to the next, and how high each. */
interface Place {
  readonly left: number;
  readonly step: number;
  readonly y: (value: number) => number;
}

function drawBars(pdf: PDFKit.PDFDocument, values: readonly number[], { left, step, y }: Place): void {
  const width = Math.min(step * 0.8, 60);
  for (const [at, value] of values.entries())
    pdf.rect(left + (at + 0.5) * step - width / 2, Math.min(y(value), y(0)), width, Math.abs(y(value) - y(0))).fill(INK.data);
}

function drawLine(pdf: PDFKit.PDFDocument, values: readonly number[], { left, step, y }: Place): void {
  for (const [at, value] of values.entries()) {
    const place = [left + (at + 0.5) * step, y(value)] as const;
    if (at === 0) pdf.moveTo(...place);
    else pdf.lineTo(...place);
  }
  pdf.lineWidth(1.2).stroke(INK.data);
  // One value makes no line.
  if (values.length === 1) pdf.circle(left + step / 2, y(values[0] ?? 0), 2).fill(INK.data);
}

/** `2026-10-01 12:00:00` for an instant of whole seconds, in UTC as everywhere: half as wide, and as exact. */
export const shortInstant = (text: string): string => text.replace(/^(\d{4}-\d{2}-\d{2})T(\d{2}:\d{2}:\d{2})(?:\.000)?Z$/, '$1 $2');
