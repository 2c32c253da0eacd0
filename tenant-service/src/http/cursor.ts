import { createHmac, createSecretKey, type KeyObject, timingSafeEqual } from 'node:crypto';
import { Problem } from '../problem.ts';

const MAC_BYTES = 16;

/** Where a cursor is good: this tenant, this operation, these filters. */
export interface CursorScope {
  readonly tenantId: string;
  readonly operationId: string;
  /** The query without `limit` and `cursor`, and path parameters, in a fixed order. */
  readonly query: string;
}

/**
 * Page cursors: the last row's key, signed for one scope, so that a cursor of another tenant, list or filter is refused instead of answering
 * something odd. Opaque to clients, not secret: it says nothing the page before did not.
 */
export class Cursors {
  // Made once: from bytes, every signature would make it anew, for a tenth of what a page costs.
  readonly #keys: readonly KeyObject[];

  /** @param keys the first signs; all verify, so that a cursor of before a rotation, or of a replica that is ahead, goes on. */
  constructor(keys: readonly Buffer[]) {
    this.#keys = keys.map((key) => createSecretKey(key));
    if (keys.length === 0) throw new Error('a cursor needs a key');
  }

  encode(scope: CursorScope, position: string): string {
    return Buffer.concat([macOf(this.#keys[0] as KeyObject, scope, position), Buffer.from(position)]).toString('base64url');
  }

  /** The position a cursor carries. @throws Problem `invalid-cursor`. */
  decode(scope: CursorScope, cursor: string): string {
    const bytes = Buffer.from(cursor, 'base64url');
    const position = bytes.subarray(MAC_BYTES).toString();
    // base64url decodes several texts to the same bytes, and text that is no UTF-8 to the same position; one of them was given out.
    const isAsGiven =
      bytes.length > MAC_BYTES && bytes.toString('base64url') === cursor && Buffer.from(position).equals(bytes.subarray(MAC_BYTES));
    const genuine = isAsGiven && this.#keys.some((key) => timingSafeEqual(bytes.subarray(0, MAC_BYTES), macOf(key, scope, position)));
    if (!genuine) {
      throw new Problem('invalid-cursor', 'Use page.next of the page before, unchanged and with the same query.', {
        errors: [{ pointer: '/query/cursor', detail: 'is not a cursor of this query' }],
      });
    }
    return position;
  }
}

function macOf(key: KeyObject, scope: CursorScope, position: string): Buffer {
  const text = JSON.stringify([scope.tenantId, scope.operationId, scope.query, position]);
  return createHmac('sha256', key).update(text).digest().subarray(0, MAC_BYTES);
}
