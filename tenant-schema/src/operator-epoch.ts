import { type ClientBase, escapeLiteral } from 'pg';

/** Another operator instance leads: this one must stop writing. The transaction that met it is rolled back. */
export class FencedError extends Error {
  override readonly name = 'FencedError';
}

/** SQLSTATE raised by {@link epochSql}. Letters I–Z at the start are free for applications (SQL standard, class rules). */
const FENCED = 'TN001';

/** One term of leadership. `operator` is the operator's configured name, empty for the deployed one. */
export interface Epoch {
  readonly operator: string;
  readonly epoch: number;
}

/** Makes `holder` the leader of this operator in the cell and returns its epoch. Waits for write transactions of the leader before. */
export async function claimEpoch(client: ClientBase, { operator, holder }: { operator: string; holder: string }): Promise<number> {
  const result = await client.query<{ epoch: string }>(
    `insert into tenantry.operator_epoch as held (operator, epoch, holder) values ($1, 1, $2)
     on conflict (operator) do update set epoch = held.epoch + 1, holder = excluded.holder returning epoch`,
    [operator, holder],
  );
  return Number(result.rows[0]?.epoch);
}

/**
 * First statement of every write transaction of the operator: holds the epoch until commit, so that a new leader waits for it.
 * @throws FencedError when another instance has claimed the cell.
 */
export async function requireEpoch(client: ClientBase, epoch: Epoch): Promise<void> {
  try {
    await client.query(epochSql(epoch));
  } catch (error) {
    throw fencedOr(error);
  }
}

/** The same as text, to begin a flight of several statements with. A failed flight's error goes through {@link fencedOr}. */
export function epochSql({ operator, epoch }: Epoch): string {
  if (!Number.isSafeInteger(epoch)) throw new Error(`epoch: ${epoch} is not a whole number`);
  const body = `begin
  perform from tenantry.operator_epoch where operator = ${escapeLiteral(operator)} and epoch = ${epoch} for share;
  if not found then
    raise exception 'another operator instance leads this cell' using errcode = '${FENCED}';
  end if;
end`;
  return `do ${escapeLiteral(body)};`;
}

/** FencedError for what {@link epochSql} raised, any other error as it came. */
export function fencedOr(error: unknown): unknown {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return code === FENCED ? new FencedError('another operator instance leads this cell', { cause: error }) : error;
}
