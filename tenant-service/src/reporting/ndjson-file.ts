import type { ReportColumn } from '@tenantry/contracts';
import type { CopyRow } from './copy-text.ts';
import { machineName, type ReportFile, type ReportHead } from './report-format.ts';

/** A JSON object a line. Counts and percentages are numbers, amounts text of minor units, what is absent null. */
export function ndjsonFile({ columns }: ReportHead): ReportFile {
  const names = columns.map((column) => JSON.stringify(machineName(column)));
  const line = (row: CopyRow): string => `{${row.map((cell, at) => `${names[at]}:${jsonOf(cell, columns[at]?.type)}`).join(',')}}\n`;
  return { rows: (rows) => (rows.length === 0 ? [] : [Buffer.from(rows.map(line).join(''))]), end: () => [] };
}

function jsonOf(cell: string | null, type: ReportColumn['type'] | undefined): string {
  if (cell === null) return 'null';
  return type === 'count' || type === 'percent' ? cell : JSON.stringify(cell);
}
