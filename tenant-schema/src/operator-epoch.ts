import type { ClientBase } from 'pg';

/** Another operator instance leads: this one must stop writing. The transaction that met it is rolled back. */
export class FencedError extends Error {
  override readonly name = 'FencedError';
}

/** SQLSTATE raised by {@link epochSql}. Letters I–Z at the start are free for applications (SQL standard, class rules). */
const FENCED = 'TN001';

/** Makes `holder` the leader of the cell and returns its epoch. Waits for write transactions of the leader before. */
export async function claimEpoch(client: ClientBase, holder: string): Promise<number> {
  const result = await client.query<{ epoch: string }>(
    'update tenantry.operator_epoch set epoch = epoch + 1, holder = $1 returning epoch',
    [holder],
  );
  const epoch = result.rows[0]?.epoch;
  if (epoch === undefined) throw new Error('tenantry.operator_epoch is empty: the cell is not migrated, or its row was deleted');
  return Number(epoch);
}

/**
 * First statement of every write transaction of the operator: holds the epoch until commit, so that a new leader waits for it.
 * @throws FencedError when another instance has claimed the cell.
 */
export async function requireEpoch(client: ClientBase, epoch: number): Promise<void> {
  try {
    await client.query(epochSql(epoch));
  } catch (error) {
    throw fencedOr(error);
  }
}

/** The same as text, to begin a flight of several statements with. A failed flight's error goes through {@link fencedOr}. */
export function epochSql(epoch: number): string {
  if (!Number.isSafeInteger(epoch)) throw new Error(`epoch: ${epoch} is not a whole number`);
  return `do $$ begin
  perform from tenantry.operator_epoch where epoch = ${epoch} for share;
  if not found then
    raise exception 'another operator instance leads this cell' using errcode = '${FENCED}';
  end if;
end $$;`;
}

/** FencedError for what {@link epochSql} raised, any other error as it came. */
export function fencedOr(error: unknown): unknown {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return code === FENCED ? new FencedError('another operator instance leads this cell', { cause: error }) : error;
}
