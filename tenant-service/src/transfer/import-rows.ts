import type { RowError, TransferFormat } from '@tenantry/contracts';
import { unguarded } from './csv-format.ts';
import { CsvReader } from './csv-reader.ts';
import { type ColumnTarget, type FileHead, type ImportField, UnreadableFile } from './import-columns.ts';

/** One record of a file: the fields it gives, or why it cannot be read. */
export interface SourceRow {
  /** The first row under the header is 1. */
  readonly row: number;
  readonly fields: Readonly<Record<string, unknown>> | undefined;
  readonly fault: Omit<RowError, 'row'> | undefined;
  /** As it stood there, for the errors file. */
  readonly original: readonly string[];
}

/** Bounds what one record can make us hold: 200 attributes of 64 KiB together, and some air. */
const RECORD_CHARACTERS = 262_144;

const FAULTS = {
  'stray-quote': 'has a quote inside a quoted cell; double it',
  'quote-not-closed': 'has a quote that is never closed',
  'too-long': `has more than ${RECORD_CHARACTERS} characters`,
} as const;

/** Rows of a file, with the share of it that has been read: for the estimate of how many there are. */
export interface RowBatch {
  readonly rows: readonly SourceRow[];
  readonly bytes: number;
}

/**
 * Reads a file piece by piece and gives the rows that each piece completes. What is wrong with a row is in the row.
 * @throws UnreadableFile when the bytes are not UTF-8: everything behind would be guessed.
 */
export async function* importRows(
  bytes: AsyncIterable<Uint8Array>,
  options: { readonly format: TransferFormat; readonly head: FileHead; readonly fields: readonly ImportField[] },
): AsyncGenerator<RowBatch> {
  // A byte order mark is taken off by the decoder.
  const decoder = new TextDecoder('utf-8', { fatal: true });
  const reader = options.format === 'csv' ? csvRows(options.head) : ndjsonRows(options.fields);
  let read = 0;
  const decode = (piece?: Uint8Array): string => {
    try {
      return piece === undefined ? decoder.decode() : decoder.decode(piece, { stream: true });
    } catch (error) {
      throw new UnreadableFile(`The file is not UTF-8: a byte sequence around byte ${read} is no character.`, { cause: error });
    }
  };
  for await (const piece of bytes) {
    const text = decode(piece);
    read += piece.length;
    const rows = reader.push(text);
    if (rows.length > 0) yield { rows, bytes: read };
  }
  const rows = [...reader.push(decode()), ...reader.end()];
  if (rows.length > 0) yield { rows, bytes: read };
}

interface RowReader {
  readonly push: (text: string) => SourceRow[];
  readonly end: () => SourceRow[];
}

function csvRows({ delimiter, columns, targets }: FileHead): RowReader {
  const reader = new CsvReader(delimiter, RECORD_CHARACTERS);
  let row = -1;
  const toRows = (records: ReturnType<CsvReader['push']>): SourceRow[] => {
    const rows: SourceRow[] = [];
    for (const { cells, fault } of records) {
      row += 1;
      if (row === 0) continue;
      if (fault) rows.push(faulty(row, { code: 'malformed-row', field: null, message: FAULTS[fault] }, cells));
      else if (cells.length !== columns.length) {
        const message = `has ${cells.length} cells; the header has ${columns.length}`;
        rows.push(faulty(row, { code: 'malformed-row', field: null, message }, cells));
      } else rows.push(fromCells(row, cells, targets));
    }
    return rows;
  };
  return { push: (text) => toRows(reader.push(text)), end: () => toRows(reader.end()) };
}

function fromCells(row: number, cells: readonly string[], targets: readonly ColumnTarget[]): SourceRow {
  const fields: Record<string, unknown> = {};
  let attributes: [string, unknown][] | undefined;
  for (let place = 0; place < cells.length; place += 1) {
    const target = targets[place];
    const cell = cells[place] as string;
    // An empty cell is an absent field: the default of a new row, what is there of a changed one.
    if (!target || cell === '') continue;
    if ('attribute' in target) {
      attributes ??= [];
      attributes.push([target.attribute, unguarded(cell)]);
      continue;
    }
    const value = cellValue(target.field, cell);
    if (value === undefined) {
      const message = target.field.kind === 'integer' ? 'must be a whole number' : 'must be JSON';
      return faulty(row, { code: 'invalid-value', field: target.field.name, message }, cells);
    }
    fields[target.field.name] = value;
  }
  // fromEntries defines properties; assigning would let a column named __proto__ change the object.
  if (attributes) fields.attributes = { ...(fields.attributes as object | undefined), ...Object.fromEntries(attributes) };
  return { row, fields, fault: undefined, original: cells };
}

/** Undefined for a cell that is not what its field holds. */
function cellValue({ kind }: ImportField, cell: string): unknown {
  const text = unguarded(cell);
  switch (kind) {
    case 'text':
      return text;
    case 'integer':
      return /^[+-]?\d{1,15}$/.test(text.trim()) ? Number(text) : undefined;
    case 'list':
      return text.startsWith('[')
        ? json(text)
        : text
            .split(';')
            .map((item) => item.trim())
            .filter((item) => item !== '');
    case 'json':
      return json(text);
  }
}

function ndjsonRows(fields: readonly ImportField[]): RowReader {
  const ignored = new Set(fields.filter(({ readOnly }) => readOnly).map(({ name }) => name));
  let rest = '';
  let skipping = false;
  let row = 0;
  const lines = (text: string, last: boolean): SourceRow[] => {
    const parts = (rest + text).split('\n');
    rest = last ? '' : (parts.pop() as string);
    const rows: SourceRow[] = [];
    for (const part of parts) {
      if (skipping) {
        skipping = false;
        continue;
      }
      const line = part.trim();
      if (line === '') continue;
      row += 1;
      rows.push(fromLine(row, line, ignored));
    }
    if (rest.length > RECORD_CHARACTERS) {
      if (!skipping) {
        row += 1;
        rows.push(faulty(row, { code: 'malformed-row', field: null, message: FAULTS['too-long'] }, []));
      }
      skipping = true;
      rest = '';
    }
    return rows;
  };
  return { push: (text) => lines(text, false), end: () => lines('', true) };
}

function fromLine(row: number, line: string, ignored: ReadonlySet<string>): SourceRow {
  if (line.length > RECORD_CHARACTERS) return faulty(row, { code: 'malformed-row', field: null, message: FAULTS['too-long'] }, []);
  const value = json(line);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return faulty(row, { code: 'malformed-row', field: null, message: 'must be one JSON object on one line' }, [line]);
  }
  const fields = Object.fromEntries(Object.entries(value).filter(([name]) => !ignored.has(name)));
  return { row, fields, fault: undefined, original: [line] };
}

function faulty(row: number, fault: Omit<RowError, 'row'>, original: readonly string[]): SourceRow {
  return { row, fields: undefined, fault, original };
}

function json(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
