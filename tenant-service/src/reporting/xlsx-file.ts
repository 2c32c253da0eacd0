import type { ReportColumn } from '@tenantry/contracts';
import { writeXlsxStream } from 'hucre/xlsx';
import type { CopyRow } from './copy-text.ts';
import type { ReportFile, ReportHead } from './report-format.ts';
import { shownAmount } from './shown-amount.ts';

/** Digits a spreadsheet keeps of a number; what is longer is written as text, to the last digit. */
const DIGITS_MAX = 15;
const WIDTHS: Readonly<Record<ReportColumn['type'], number>> = {
  ...{ text: 30, word: 14, id: 38, day: 12, instant: 26, count: 12, amount: 18, percent: 10 },
};

/** A workbook with a header that stays in sight; rows a sheet has no room for go into a further one. Text is never a formula. */
export function xlsxFile({ title, columns }: ReportHead): ReportFile {
  const currency = columns.findIndex(({ name }) => name === 'currency');
  const batches: { readonly rows: readonly CopyRow[]; readonly taken: () => void }[] = [];
  let wake = (): void => {};
  let isOver = false;
  async function* cells() {
    while (!isOver || batches.length > 0) {
      const batch = batches.shift();
      if (batch === undefined) {
        const { promise, resolve } = Promise.withResolvers<void>();
        wake = resolve;
        await promise;
        continue;
      }
      for (const row of batch.rows) yield row.map((cell, at) => cellOf(cell, columns[at]?.type, row[currency] ?? undefined));
      batch.taken();
    }
  }

  const written: Uint8Array[] = [];
  const reader = writeXlsxStream(cells(), {
    name: title.slice(0, 31),
    columns: columns.map((column) => ({
      header: column.type === 'percent' ? `${column.title} %` : column.title,
      width: WIDTHS[column.type],
    })),
    freezePane: { rows: 1 },
  }).getReader();
  const reading = (async () => {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      written.push(value);
    }
  })();
  // Awaited with every batch and at the end.
  reading.catch(() => {});
  return {
    rows: async (rows) => {
      const { promise, resolve } = Promise.withResolvers<void>();
      batches.push({ rows, taken: resolve });
      wake();
      await Promise.race([promise, reading]);
      return written.splice(0);
    },
    end: async () => {
      isOver = true;
      wake();
      await reading;
      return written.splice(0);
    },
  };
}

function cellOf(cell: string | null, type: ReportColumn['type'] | undefined, currency: string | undefined): string | number | null {
  if (cell === null) return null;
  const shown = type === 'amount' ? shownAmount(cell, currency) : cell;
  const isNumber = type === 'amount' || type === 'count' || type === 'percent';
  return isNumber && shown.replaceAll(/\D/g, '').length <= DIGITS_MAX ? Number(shown) : shown;
}
