import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import PDFDocument from 'pdfkit';
import { FileTooLarge } from '../transfer/file-too-large.ts';
import { chartSeries } from './chart-series.ts';
import type { CopyRow } from './copy-text.ts';
import { drawCharts, INK, MARGIN, shortInstant } from './pdf-charts.ts';
import type { ReportFile, ReportHead } from './report-format.ts';
import { shownAmount } from './shown-amount.ts';

/** A PDF is for people, and is made in memory. */
const ROWS_MAX = 5000;
const LINE = 13;
/** Space between a number, which ends at the right, and a text beside it. */
const GUTTER = 10;
/** Rows that are measured: a report of thousands has none that is much wider. */
const MEASURED = 300;

/** Latin, Greek, Cyrillic, Arabic and Hebrew letters; beside the bundle, or in the package. */
function fontPath(): string {
  const beside = fileURLToPath(new URL('./fonts/DejaVuSans.ttf', import.meta.url));
  return existsSync(beside) ? beside : createRequire(import.meta.url).resolve('dejavu-fonts-ttf/ttf/DejaVuSans.ttf');
}

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
    ...{ size: 'A4', layout: 'landscape', margin: MARGIN, bufferPages: true, font: fontPath() },
    info: { Title: title, Producer: 'Tenantry', CreationDate: asOf, ModDate: asOf },
  });
  const pieces: Buffer[] = [];
  const finished = new Promise<void>((resolve, reject) =>
    pdf
      .on('data', (piece: Buffer) => pieces.push(piece))
      .on('end', resolve)
      .on('error', reject),
  );
  pdf.fillColor(INK.text).fontSize(18).text(title, MARGIN, MARGIN);
  pdf
    .moveDown(0.3)
    .fontSize(8)
    .fillColor(INK.faint)
    .text(facts.map(([name, value]) => `${name}: ${value}`).join('   '));
  const names = columns.map(({ name }) => name);
  if (chart !== undefined) drawCharts(pdf, chartSeries(chart, names, rows), { kind: chart.kind, shown: valueShown(head, rows) });
  drawTable(pdf, head, rows);
  const { start, count } = pdf.bufferedPageRange();
  for (let page = start; page < start + count; page += 1) {
    pdf.switchToPage(page);
    pdf.fontSize(7).fillColor(INK.faint);
    pdf.text(`${page + 1} / ${count}`, MARGIN, pdf.page.height - MARGIN + 6, { lineBreak: false });
  }
  pdf.end();
  await finished;
  return Buffer.concat(pieces);
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

function drawTable(pdf: PDFKit.PDFDocument, { columns }: ReportHead, rows: readonly CopyRow[]): void {
  const currency = columns.findIndex(({ name }) => name === 'currency');
  const titles = columns.map(({ title, type }) => (type === 'percent' ? `${title} %` : type === 'instant' ? `${title} (UTC)` : title));
  const shown = (row: CopyRow): string[] =>
    columns.map(({ type }, at) => {
      const cell = row[at] ?? '';
      if (type === 'amount' && /^-?\d+$/.test(cell)) return shownAmount(cell, row[currency] ?? undefined);
      // One line a row: what a person wrote over several is put on one.
      return type === 'instant' ? shortInstant(cell) : cell.replaceAll(/\s+/g, ' ');
    });
  pdf.fontSize(7.5);
  const widest = (at: number, cells: readonly (readonly string[])[]) => Math.max(...cells.map((row) => pdf.widthOfString(row[at] ?? '')));
  const measured = [titles, ...rows.slice(0, MEASURED).map(shown)];
  const widths = sharedWidths(
    columns.map((_, at) => widest(at, measured) + GUTTER),
    pdf.page.width - 2 * MARGIN,
  );
  const lefts = widths.map((_, at) => MARGIN + widths.slice(0, at).reduce((sum, width) => sum + width, 0));
  const bottom = pdf.page.height - MARGIN - LINE;
  const line = (top: number, cells: readonly string[]): void => {
    for (const [at, text] of cells.entries()) {
      const { type } = columns[at] ?? { type: 'text' };
      const align = type === 'amount' || type === 'count' || type === 'percent' ? 'right' : 'left';
      // A hair wider than measured, or rounding would shorten what fits.
      const width = (widths[at] ?? 0) - GUTTER + 1;
      pdf.text(text, (lefts[at] ?? 0) + GUTTER / 2, top, { width, height: LINE - 3, align, ellipsis: true, lineBreak: true });
    }
  };
  let top = pdf.y + 6;
  const header = (): void => {
    pdf.fontSize(7.5).fillColor(INK.faint);
    line(top, titles);
    top += LINE;
    pdf
      .moveTo(MARGIN, top - 3)
      .lineTo(pdf.page.width - MARGIN, top - 3)
      .lineWidth(0.5)
      .stroke(INK.rule);
    pdf.fillColor(INK.text);
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
