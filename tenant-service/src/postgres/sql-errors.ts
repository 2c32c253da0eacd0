import { Problem } from '../problem.ts';

/** SQLSTATE of an error of PostgreSQL, or undefined for anything else. */
export function sqlState(error: unknown): string | undefined {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code) && 'severity' in (error as object) ? code : undefined;
}

/** Name of the constraint that refused the row, for SQLSTATE 23505. */
export function brokenUnique(error: unknown): string | undefined {
  return sqlState(error) === '23505' ? ((error as { constraint?: string }).constraint ?? '') : undefined;
}

/** Name of the constraint that refused the row, for SQLSTATE 23514. */
export function brokenCheck(error: unknown): string | undefined {
  return sqlState(error) === '23514' ? ((error as { constraint?: string }).constraint ?? '') : undefined;
}

/** The server is away, restarting, full or out of reach: nothing is wrong with the request, and trying it alone would not help. */
export class DatabaseAway extends Error {
  override readonly name = 'DatabaseAway';
}

/** The transaction could not begin as the tenant, or did not commit. Nothing ran as anybody else. */
export class DoorClosed extends Error {
  override readonly name = 'DoorClosed';
}

const AWAY = /^(08|53|57P|58)/;

/** True when repeating the statement, alone or not, would meet the same closed server. */
export function isAway(error: unknown): boolean {
  if (error instanceof DatabaseAway || error instanceof DoorClosed) return true;
  const state = sqlState(error);
  if (state !== undefined) return AWAY.test(state) || state === '57014';
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' && /^E[A-Z]+$/.test(code);
}

/** What a caller may know of a database error; undefined when it is none of these and therefore ours. `writes`: the operation changes rows. */
export function databaseProblem(error: unknown, writes: boolean): Problem | undefined {
  const state = sqlState(error);
  if (state === '57014') {
    return new Problem('statement-timeout', 'The database stopped the statement at the time limit of the tenant’s class.', {
      cause: error,
      headers: { 'retry-after': '1' },
    });
  }
  // Two who waited for each other's rows: one was let go, and finds the way free the next time.
  if (state === '40P01') {
    return new Problem('unavailable', 'The change met another one. Repeat it.', { cause: error, headers: { 'retry-after': '1' } });
  }
  if (state === '42501' && writes) {
    return new Problem('tenant-read-only', 'The database does not let this tenant write at the moment.', { cause: error });
  }
  if (isAway(error) || state === '42501') {
    return new Problem('unavailable', 'The database cannot be reached at the moment.', { cause: error, headers: { 'retry-after': '2' } });
  }
  return undefined;
}
