import { isAway, sqlState } from '../postgres/sql-errors.ts';
import type { ImportChunk, ImportEntry, PreparedImport } from './import-target.ts';

/** Data the database does not take (22), constraints (23), limits such as an index row that is too large (54). */
const OF_A_ROW = /^(22|23|54)/;
/** The chunk met another writer: what was read for it has changed. */
const RACED = '22012';
const RACES = 3;
/** The statement ran into the tenant's time limit: half of it takes half as long. */
const TOO_SLOW = '57014';

/**
 * Writes a chunk whatever is in it: when the database refuses it, halves it until the row that is refused stands alone and is told as that
 * row's error. False when the operation is no longer this attempt's.
 * @throws what is no row's fault: the database away, a statement of ours that is wrong.
 */
export async function writeRange<Row>(prepared: PreparedImport<Row>, chunk: ImportChunk<Row>): Promise<boolean> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await prepared.write(chunk);
    } catch (error) {
      const state = sqlState(error);
      const isSlow = state === TOO_SLOW && chunk.entries.length > 1;
      if (state === undefined || (!isSlow && (isAway(error) || !OF_A_ROW.test(state)))) throw error;
      if (state === RACED && tries < RACES) continue;
      return await divide(prepared, chunk, error);
    }
  }
}

async function divide<Row>(prepared: PreparedImport<Row>, chunk: ImportChunk<Row>, error: unknown): Promise<boolean> {
  const { entries } = chunk;
  const values = entries.filter(({ refusal }) => refusal === undefined);
  if (values.length === 1 && sqlState(error) !== TOO_SLOW) {
    const told = entries.map((entry): ImportEntry<Row> => {
      if (entry.refusal !== undefined) return entry;
      return { row: entry.row, original: entry.original, refusal: prepared.explain(error, entry.value as Row) };
    });
    return await prepared.write({ ...chunk, entries: told });
  }
  // Nothing of ours is in it: it is not the rows that were refused.
  if (values.length === 0 || entries.length === 1) throw error;
  const middle = Math.floor(entries.length / 2);
  const half = { ...chunk, after: chunk.before + middle, entries: entries.slice(0, middle) };
  if (!(await writeRange(prepared, half))) return false;
  return await writeRange(prepared, { ...chunk, before: half.after, entries: entries.slice(middle) });
}
