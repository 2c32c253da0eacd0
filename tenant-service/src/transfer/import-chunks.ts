import type { RowBatch, SourceRow } from './import-rows.ts';
import type { ImportEntry, PreparedImport } from './import-target.ts';

/** Rows that go in one statement, and where they leave the import. */
export interface EntryRange<Row> {
  readonly before: number;
  readonly after: number;
  readonly total: number | null;
  readonly entries: readonly ImportEntry<Row>[];
}

/**
 * A thousand rows of 1 KiB are a megabyte of parameter and about a hundred milliseconds of the database: well within a tenant's statement
 * timeout, and what a crash costs at most. Rows with large attributes make smaller chunks.
 */
const MOST = { rows: 1000, characters: 2_000_000 };

/** Checked rows of a file in chunks, from behind row `done` on: the rows before it were written by an earlier attempt. */
export async function* importChunks<Row>(
  batches: AsyncIterable<RowBatch>,
  prepared: PreparedImport<Row>,
  file: { readonly done: number; readonly bytes: number },
): AsyncGenerator<EntryRange<Row>> {
  let before = file.done;
  let entries: ImportEntry<Row>[] = [];
  let characters = 0;
  let total: number | null = null;
  const keys = new Set<string>();
  const cut = (): EntryRange<Row> => {
    const range = { before, after: before + entries.length, total, entries };
    before = range.after;
    entries = [];
    characters = 0;
    keys.clear();
    return range;
  };
  for await (const { rows, bytes } of batches) {
    const last = rows.at(-1)?.row ?? 0;
    total = Math.max(last, Math.round((last * file.bytes) / Math.max(bytes, 1)));
    for (const source of rows) {
      if (source.row <= file.done) continue;
      const entry = entryOf(source, prepared);
      const key = entry.refusal === undefined ? prepared.exclusive?.(entry.value as Row) : undefined;
      if (key !== undefined && keys.has(key)) yield cut();
      if (key !== undefined) keys.add(key);
      entries.push(entry);
      characters += source.original.reduce((sum, cell) => sum + cell.length, 0);
      if (entries.length >= MOST.rows || characters >= MOST.characters) yield cut();
    }
  }
  if (entries.length > 0) yield cut();
}

function entryOf<Row>({ row, fields, fault, original }: SourceRow, prepared: PreparedImport<Row>): ImportEntry<Row> {
  if (fields === undefined) return { row, original, refusal: fault ?? { code: 'malformed-row', field: null, message: 'cannot be read' } };
  const parsed = prepared.parse(fields);
  return 'refusal' in parsed ? { row, original, refusal: parsed.refusal } : { row, original, value: parsed.value };
}
