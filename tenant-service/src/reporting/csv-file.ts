import { csvLine, guarded } from '../transfer/csv-format.ts';
import type { CopyRow } from './copy-text.ts';
import { machineName, type ReportFile, type ReportHead } from './report-format.ts';

/** RFC 4180 with a header, text guarded against formulas as in exports. */
export function csvFile({ columns }: ReportHead): ReportFile {
  const isText = columns.map(({ type }) => type === 'text');
  let header = csvLine(columns.map(machineName));
  const line = (row: CopyRow): string => csvLine(row.map((cell, at) => (cell === null ? '' : isText[at] ? guarded(cell) : cell)));
  const written = (rows: readonly CopyRow[]): Uint8Array[] => {
    const bytes = Buffer.from(header + rows.map(line).join(''));
    header = '';
    return bytes.length === 0 ? [] : [bytes];
  };
  return { rows: written, end: () => written([]) };
}
