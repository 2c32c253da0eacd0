import type { CursorScope, Cursors } from '../http/cursor.ts';
import { Problem } from '../problem.ts';

/** Where a page begins: behind the row with these sort key values (as PostgreSQL writes them), or in front of it. */
export interface ListPosition {
  readonly side: 'after' | 'before';
  readonly keys: readonly (string | null)[];
}

/** A cursor for `position`, signed for `scope`. */
export function encodePosition(cursors: Cursors, scope: CursorScope, position: ListPosition): string {
  return cursors.encode(scope, JSON.stringify([position.side === 'after' ? 1 : 0, ...position.keys]));
}

/** @throws Problem `invalid-cursor`: not given out for this scope, or by a version that sorted by something else. */
export function decodePosition(cursors: Cursors, scope: CursorScope, cursor: string, keyCount: number): ListPosition {
  const [side, ...keys] = parsed(cursors.decode(scope, cursor));
  if ((side === 0 || side === 1) && keys.length === keyCount && keys.every((key) => key === null || typeof key === 'string')) {
    return { side: side === 1 ? 'after' : 'before', keys: keys as (string | null)[] };
  }
  throw new Problem('invalid-cursor', 'The cursor is of an older version of the API. Begin with the first page.', {
    errors: [{ pointer: '/query/cursor', detail: 'is not a cursor of this query' }],
  });
}

function parsed(text: string): unknown[] {
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) ? value : [];
  } catch {
    // Genuine, but another list's: its position is no JSON.
    return [];
  }
}
