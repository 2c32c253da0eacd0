import PDFDocument from 'pdfkit';
import { FileTooLarge } from '../transfer/file-too-large.ts';
import { chartSeries } from './chart-series.ts';
import type { CopyRow } from './copy-text.ts';
import { drawCharts, INK, MARGIN, shortInstant } from './pdf-charts.ts';
import { PdfText } from './pdf-text.ts';
import type { ReportFile, ReportHead } from './report-format.ts';
import { shownAmount } from './shown-amount.ts';

/** A PDF is for people, and is made in memory. */
const ROWS_MAX = 5000;
const LINE = 13;
/** Of the table's letters. */
const SIZE = 7.5;
/** What the title takes, with the space below it. */
const TITLE = 28;
/** Space between a number, which ends at the right, and a text beside it. */
const GUTTER = 10;
/** Rows that are measured: a report of thousands has none that is much wider. */
const MEASURED = 300;

/** A4 across: what was asked, pictures drawn as vectors, and the table with its header on every page. */
export function pdfFile(head: ReportHead): ReportFile {
  const kept: CopyRow[] = [];
  return {
    rows: (rows) => {
      kept.push(...rows);
      if (kept.length > ROWS_MAX) throw new FileTooLarge(`A PDF has at most ${ROWS_MAX} rows; ask for another format or a shorter period.`);
      return [];
    },
    end: async () => [await drawn(head, kept)],
  };
}

async function drawn(head: ReportHead, rows: readonly CopyRow[]): Promise<Uint8Array> {
  const { title, columns, facts, chart } = head;
  const asOf = new Date(facts.find(([name]) => name === 'asOf')?.[1] ?? 0);
  const pdf = new PDFDocument({
    // No font to begin with: every line brings its own, and pdfkit's is a file that no bundle has.
    ...{ size: 'A4', layout: 'landscape', margin: MARGIN, bufferPages: true, font: '' },
    info: { Title: title, Producer: 'Tenantry', CreationDate: asOf, ModDate: asOf },
  });
  const pieces: Buffer[] = [];
  const finished = new Promise<void>((resolve, reject) =>
    pdf
      .on('data', (piece: Buffer) => pieces.push(piece))
      .on('end', resolve)
      .on('error', reject),
  );
  const text = new PdfText(pdf);
  text.style(18, INK.text).line(title, { left: MARGIN, top: MARGIN });
  let below = drawFacts(text, facts);
  const names = columns.map(({ name }) => name);
  if (chart !== undefined) {
    const look = { kind: chart.kind, shown: valueShown(head, rows) };
    below = drawCharts(text, chartSeries(chart, names, rows), look, below);
  }
  drawTable(text, head, rows, below);
  const { start, count } = pdf.bufferedPageRange();
  for (let page = start; page < start + count; page += 1) {
    pdf.switchToPage(page);
    text.style(7, INK.faint).line(`${page + 1} / ${count}`, { left: MARGIN, top: pdf.page.height - MARGIN + 6 });
  }
  pdf.end();
  await finished;
  return Buffer.concat(pieces);
}

/** What was asked, as many beside each other as there is room for. @returns how far down the page they reach */
function drawFacts(text: PdfText, facts: ReportHead['facts']): number {
  const { pdf } = text.style(8, INK.faint);
  const right = pdf.page.width - MARGIN;
  let [left, top] = [MARGIN, MARGIN + TITLE];
  for (const fact of facts.map(([name, value]) => `${name}: ${value}`)) {
    const width = text.width(fact);
    if (left > MARGIN && left + width > right) [left, top] = [MARGIN, top + LINE];
    text.line(fact, { left, top, width: right - left });
    left += width + GUTTER;
  }
  return top + LINE;
}

/** Values of a chart as its table writes them. */
function valueShown({ columns, chart }: ReportHead, rows: readonly CopyRow[]): (value: number, series: string) => string {
  const type = columns.find(({ name }) => name === chart?.y)?.type;
  const currency = rows[0]?.[columns.findIndex(({ name }) => name === 'currency')] ?? undefined;
  return (value, series) => {
    if (type === 'amount') return shownAmount(String(Math.round(value)), chart?.by === 'currency' ? series : currency);
    return type === 'percent' ? `${value} %` : String(value);
  };
}

function drawTable(text: PdfText, { columns }: ReportHead, rows: readonly CopyRow[], below: number): void {
  const currency = columns.findIndex(({ name }) => name === 'currency');
  const titles = columns.map(({ title, type }) => (type === 'percent' ? `${title} %` : type === 'instant' ? `${title} (UTC)` : title));
  const shown = (row: CopyRow): string[] =>
    columns.map(({ type }, at) => {
      const cell = row[at] ?? '';
      if (type === 'amount' && /^-?\d+$/.test(cell)) return shownAmount(cell, row[currency] ?? undefined);
      return type === 'instant' ? shortInstant(cell) : cell;
    });
  const { pdf } = text.style(SIZE, INK.text);
  const widest = (at: number, cells: readonly (readonly string[])[]) => Math.max(...cells.map((row) => text.width(row[at] ?? '')));
  const measured = [titles, ...rows.slice(0, MEASURED).map(shown)];
  const widths = sharedWidths(
    columns.map((_, at) => widest(at, measured) + GUTTER),
    pdf.page.width - 2 * MARGIN,
  );
  const lefts = widths.map((_, at) => MARGIN + widths.slice(0, at).reduce((sum, width) => sum + width, 0));
  const bottom = pdf.page.height - MARGIN - LINE;
  const line = (top: number, cells: readonly string[]): void => {
    for (const [at, cell] of cells.entries()) {
      const { type } = columns[at] ?? { type: 'text' };
      const align = type === 'amount' || type === 'count' || type === 'percent' ? 'right' : 'left';
      // A hair wider than measured, or rounding would shorten what fits.
      const width = (widths[at] ?? 0) - GUTTER + 1;
      text.line(cell, { left: (lefts[at] ?? 0) + GUTTER / 2, top, width, align });
    }
  };
  let top = below + 6;
  const header = (): void => {
    text.style(SIZE, INK.faint);
    line(top, titles);
    top += LINE;
    pdf
      .moveTo(MARGIN, top - 3)
      .lineTo(pdf.page.width - MARGIN, top - 3)
      .lineWidth(0.5)
      .stroke(INK.rule);
    text.style(SIZE, INK.text);
  };
  if (top > bottom - 3 * LINE) {
    pdf.addPage();
    top = MARGIN;
  }
  header();
  for (const row of rows) {
    if (top > bottom) {
      pdf.addPage();
      top = MARGIN;
      header();
    }
    line(top, shown(row));
    top += LINE;
  }
}

/** Widths that fill the page: what is left is shared; what is missing is taken from the widest, so that narrow columns stay readable. */
function sharedWidths(wanted: readonly number[], page: number): number[] {
  const sum = wanted.reduce((total, width) => total + width, 0);
  if (sum <= page) return wanted.map((width) => width + (page - sum) / wanted.length);
  let limit = page;
  let [open, room] = [wanted.length, page];
  // From the narrowest up: each takes what it wants as long as the others can have as much.
  for (const width of [...wanted].sort((a, b) => a - b)) {
    limit = room / open;
    if (width > limit) break;
    room -= width;
    open -= 1;
  }
  return wanted.map((width) => Math.min(width, limit));
}
