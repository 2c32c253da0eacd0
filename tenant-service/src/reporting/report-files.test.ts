import { basename } from 'node:path';
import { REPORTS } from '@tenantry/contracts';
import { PRODUCTS } from '@tenantry/stack/images/product-images.ts';
import { readXlsx } from 'hucre/xlsx';
import { parquetMetadata, parquetReadObjects } from 'hyparquet';
import { extractText } from 'unpdf';
import { expect, it } from 'vitest';
import { chartSeries } from './chart-series.ts';
import { type CopyRow, CopyText } from './copy-text.ts';
import { csvFile } from './csv-file.ts';
import { ndjsonFile } from './ndjson-file.ts';
import { parquetFile } from './parquet-file.ts';
import { pdfFile } from './pdf-file.ts';
import { FONT_FILES } from './pdf-fonts.ts';
import { REPORT_CHARTS } from './report-chart.ts';
import type { ReportFile } from './report-format.ts';
import { xlsxFile } from './xlsx-file.ts';

const { title, columns } = REPORTS['top-customers'];
const head = { title, columns, facts: [['asOf', '2026-11-22T14:00:00.000Z']] as const, chart: REPORT_CHARTS['top-customers'] };
const ID = '019a9a4e-5e0c-7c3f-9d55-0f6a3b7c1e01';
const rows: CopyRow[] = [
  ['EUR', '1', ID, '=cmd|A1', '12', '123456', '0', '123456'],
  ['JPY', '1', ID, 'Ελένη "Zoë"\nÅngström', '2', '5', '900000000000000001', '900000000000000006'],
  ['KWD', '2', ID, null, '1', '1', '0', '1'],
];

async function bytesOf(file: ReportFile, batches: readonly (readonly CopyRow[])[] = [rows]): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for (const batch of batches) pieces.push(...(await file.rows(batch)));
  return Buffer.concat([...pieces, ...(await file.end())]);
}

it('reads what COPY writes, wherever its pieces end', () => {
  const text = 'a\\tb\t\\N\tc\\\\N\n\tü\\n\t\n';
  const whole = [
    ['a\tb', null, 'c\\N'],
    ['', 'ü\n', ''],
  ];
  const bytes = Buffer.from(text);
  for (let cut = 0; cut <= bytes.length; cut += 1) {
    const reader = new CopyText();
    expect([...reader.read(bytes.subarray(0, cut)), ...reader.read(bytes.subarray(cut))]).toEqual(whole);
  }
});

it('CSV guards formulas and quotes; without rows there is still a header', async () => {
  const header = 'currency,rank,customerId,customer,transactions,creditMinor,debitMinor,volumeMinor\r\n';
  const text = (await bytesOf(csvFile(head))).toString();
  expect(text).toBe(
    `${header}EUR,1,${ID},'=cmd|A1,12,123456,0,123456\r\n` +
      `JPY,1,${ID},"Ελένη ""Zoë""\nÅngström",2,5,900000000000000001,900000000000000006\r\nKWD,2,${ID},,1,1,0,1\r\n`,
  );
  expect((await bytesOf(csvFile(head), [])).toString()).toBe(header);
});

it('NDJSON has counts as numbers and amounts as text of minor units', async () => {
  const [, second] = (await bytesOf(ndjsonFile(head))).toString().split('\n');
  expect(JSON.parse(second ?? '')).toMatchObject({ rank: 1, debitMinor: '900000000000000001', customer: 'Ελένη "Zoë"\nÅngström' });
});

it('XLSX shows amounts in their currency, loses no digit and runs no formula', async () => {
  const { sheets } = await readXlsx(await bytesOf(xlsxFile(head), [rows.slice(0, 1), [], rows.slice(1)]));
  expect(sheets.map(({ name }) => name)).toEqual([title]);
  expect(sheets[0]?.rows).toEqual([
    columns.map((column) => column.title),
    ['EUR', 1, ID, '=cmd|A1', 12, 1234.56, 0, 1234.56],
    ['JPY', 1, ID, 'Ελένη "Zoë"\nÅngström', 2, 5, '900000000000000001', '900000000000000006'],
    ['KWD', 2, ID, null, 1, 0.001, 0, 0.001],
  ]);
});

it('Parquet has whole numbers, instants and days as such, whatever its row groups, and says what was asked', async () => {
  const statement = REPORTS['account-statement'];
  const line = (amount: string, text: string | null): CopyRow => {
    const cells: Record<string, string | null> = { amount, balance: '-9223372036854775808', reference: text, currency: 'EUR' };
    return statement.columns.map(({ name }) => (name === 'bookedAt' ? '2026-10-25T01:30:00.123Z' : (cells[name] ?? null)));
  };
  const many = Array.from({ length: 10_500 }, (_, count) => line(String(count), `reference ${count}`));
  const opened = { ...head, columns: statement.columns };
  const bytes = await bytesOf(parquetFile(opened), [[line('9223372036854775807', 'é😀')], many, [line('0', null)]]);
  const file = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length) as ArrayBuffer;
  const { row_groups, num_rows, key_value_metadata } = parquetMetadata(file);
  expect([row_groups.length, num_rows, key_value_metadata]).toEqual([2, 10_502n, [{ key: 'asOf', value: '2026-11-22T14:00:00.000Z' }]]);
  const read = await parquetReadObjects({ file });
  expect(read[0]).toMatchObject({ bookedAt: new Date('2026-10-25T01:30:00.123Z'), amountMinor: 9223372036854775807n, reference: 'é😀' });
  expect(read.slice(1, -1).map(({ amountMinor, reference }) => [amountMinor, reference])).toEqual(
    many.map((_, count) => [BigInt(count), `reference ${count}`]),
  );
  expect(read.at(-1)).toMatchObject({ balanceMinor: -9223372036854775808n, reference: null, transactionId: null });
  await expect(async () => bytesOf(parquetFile(opened), [[line('9223372036854775808', null)]])).rejects.toThrow('64 bits');
  const growth = REPORTS['customer-cohorts'].columns.map(({ type }) => ({ day: '2026-02-28', percent: '33.33' })[type as 'day'] ?? '7');
  const cohorts = await bytesOf(parquetFile({ ...head, columns: REPORTS['customer-cohorts'].columns }), [[growth]]);
  const [first] = await parquetReadObjects({ file: new Uint8Array(cohorts).buffer });
  expect(first).toMatchObject({ period: new Date('2026-02-28'), customers: 7n, retention: 33.33 });
});

it('PDF has its title, what was asked, every row, and the header on every page', async () => {
  const many = Array.from({ length: 90 }, (_, at): CopyRow => ['EUR', String(at), 'id', `Customer ${at}`, '1', '100', '0', '100']);
  const { totalPages, text } = await extractText(new Uint8Array(await bytesOf(pdfFile(head), [rows, many])), { mergePages: false });
  expect(totalPages).toBeGreaterThan(2);
  const [first = '', ...others] = text;
  // Ids are whole: half of one is of no use.
  for (const shown of [title, 'asOf: 2026-11-22T14:00:00.000Z', 'Ελένη', '1234.56', ID]) expect(text.join(' ')).toContain(shown);
  expect(first).toContain(title);
  for (const page of others) expect(page).toContain('Customer id');
  for (let at = 0; at < 90; at += 1) expect(text.join(' ')).toContain(`Customer ${at}`);
});

it('PDF shows names of every script, each with letters that are there, and shortens what is too long', async () => {
  const names = ['佐藤 さくら (東京)', '김민준', '张伟', '陳怡君', 'Zoë Ångström', 'Ελένη', 'Иван', '株式会社ABCホールディングス'];
  const named = names.map((name, at): CopyRow => ['JPY', String(at), ID, name, '1', '100', '0', '100']);
  const long: CopyRow = ['JPY', '9', ID, `${'長'.repeat(200)}終`, '1', '100', '0', '100'];
  const file = await bytesOf(pdfFile(head), [[...named, long]]);
  const { text } = await extractText(new Uint8Array(file), { mergePages: true });
  for (const name of names) expect(text).toContain(name);
  expect(text).toContain('長…');
  expect(text).not.toContain('終');
  // A letter that a font lacks is drawn as its box, which stands for no character.
  expect(text).not.toMatch(/[\0\uFFFD]/);
  expect(file.length).toBeLessThan(200_000);
});

it('the image brings every font that a PDF may need', () => {
  expect(PRODUCTS['tenantry-service'].files.fonts.map((file) => basename(file))).toEqual(FONT_FILES);
});

it('a PDF that would be a book is refused', async () => {
  const row = rows[0] as CopyRow;
  await expect(bytesOf(pdfFile(head), [Array.from({ length: 5001 }, () => row)])).rejects.toThrow('at most 5000 rows');
});

it('a chart never adds up two currencies, and adds exactly', () => {
  const names = columns.map(({ name }) => name);
  const series = chartSeries({ kind: 'bars', x: 'rank', y: 'volume', by: 'currency' }, names, [...rows, ...rows]);
  expect(series.map(({ name, points }) => [name, points])).toEqual([
    ['EUR', [{ label: '1', value: 246_912 }]],
    ['JPY', [{ label: '1', value: Number(1_800_000_000_000_000_012n) }]],
    ['KWD', [{ label: '2', value: 2 }]],
  ]);
});
