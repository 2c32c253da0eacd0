/** What a spreadsheet would run or lose when a cell begins with it (ASVS 1.2.10, RFC 4180 §2.6), behind any apostrophes we put there. */
const RISKY = /^'*[=+\-@\t\r\n\0]/;
const GUARDED = /^'+[=+\-@\t\r\n\0]/;
const NEEDS_QUOTES = /["\r\n]/;

/** Text that no spreadsheet takes for a formula: an apostrophe in front. {@link unguarded} gives back the very text. */
export const guarded = (text: string): string => (RISKY.test(text) ? `'${text}` : text);

/** Takes the apostrophe of {@link guarded} away, and no other. */
export const unguarded = (cell: string): string => (GUARDED.test(cell) ? cell.slice(1) : cell);

/** One cell as RFC 4180 writes it. An empty text is quoted, so that a line of one empty cell is not an empty line. */
export function csvCell(text: string, delimiter = ','): string {
  if (text === '') return '';
  return NEEDS_QUOTES.test(text) || text.includes(delimiter) || text !== text.trim() ? `"${text.replaceAll('"', '""')}"` : text;
}

/** A line with its end. The guard is the caller's: it knows which cells are text. */
export function csvLine(cells: readonly string[], delimiter = ','): string {
  const line = cells.map((cell) => csvCell(cell, delimiter)).join(delimiter);
  return line === '' ? '""\r\n' : `${line}\r\n`;
}
