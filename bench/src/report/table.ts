import type { Bar } from '../measure/statistics.ts';
import type { Row } from './row.ts';

/** The table a person reads: what, ours, reference, ratio with its middle half, bar, verdict. Then what each operation cost. */
export function tableOf(rows: readonly Row[]): string {
  const lines = [
    ['what', 'ours', 'reference', 'ratio median [IQR]', 'bar', 'verdict'],
    ...rows.map((row) => [
      row.what,
      amount(row.ours, row.unit),
      amount(row.reference, row.unit),
      row.ratio === undefined ? '–' : `${row.ratio.median.toFixed(2)} [${row.ratio.lower.toFixed(2)}–${row.ratio.upper.toFixed(2)}]`,
      row.bar === undefined ? '–' : barText(row.bar),
      row.verdict,
    ]),
  ];
  return [...aligned(lines), ...costLines(rows)].join('\n');
}

/** The last line of a run with `--bars` that failed. */
export function missedText(row: Row): string {
  return `missed: ${row.what}: ${row.ratio?.median.toFixed(2)}, bar ${row.bar === undefined ? '' : barText(row.bar)}`;
}

function barText({ kind, ratio }: Bar): string {
  return `${kind === 'at-least' ? '≥' : '≤'} ${ratio}`;
}

function amount(value: number | undefined, unit: string): string {
  return value === undefined ? '–' : `${value >= 100 ? Math.round(value).toLocaleString('en-US') : value.toPrecision(3)} ${unit}`;
}

function aligned(lines: readonly (readonly string[])[]): string[] {
  const widths = (lines[0] ?? []).map((_, column) => Math.max(...lines.map((line) => (line[column] ?? '').length)));
  return lines.map((line) => `  ${line.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ')}`.trimEnd());
}

function costLines(rows: readonly Row[]): string[] {
  const costs = rows.flatMap(({ what, cpuMs, notes }) => {
    const parts = [
      ...Object.entries(cpuMs.ours).map(([who, ms]) => `${who} ${ms.toPrecision(3)}`),
      ...Object.entries(cpuMs.reference).map(([who, ms]) => `reference ${who} ${ms.toPrecision(3)}`),
    ];
    const extra = Object.entries(notes).map(([name, value]) => `${name} ${value.toPrecision(3)}`);
    return parts.length + extra.length === 0 ? [] : [[what, [...parts, ...extra].join(' · ')]];
  });
  return costs.length === 0 ? [] : ['', '  CPU-ms per operation, medians:', ...aligned(costs)];
}
