/** A place in the log of a PostgreSQL cluster; a later one is a greater number. */
export type WalPosition = bigint;

/** Reads a `pg_lsn` as the server writes it, `16/B374D848`. @throws RangeError for anything else. */
export function walPosition(text: unknown): WalPosition {
  const parts = typeof text === 'string' ? /^([0-9A-F]{1,8})\/([0-9A-F]{1,8})$/i.exec(text) : null;
  if (parts === null) throw new RangeError(`${String(text)} is no position of a log`);
  return (BigInt(`0x${parts[1]}`) << 32n) | BigInt(`0x${parts[2]}`);
}
