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
  readonly #key: KeyObject;

  constructor(key: Buffer) {
    this.#key = createSecretKey(key);
  }

  encode(scope: CursorScope, position: string): string {
    return Buffer.concat([this.#mac(scope, position), Buffer.from(position)]).toString('base64url');
  }

  /** The position a cursor carries. @throws Problem `invalid-cursor`. */
  decode(scope: CursorScope, cursor: string): string {
    const bytes = Buffer.from(cursor, 'base64url');
    const position = bytes.subarray(MAC_BYTES).toString();
    // Comparing the text too: base64url decodes several texts to the same bytes.
    const genuine =
      bytes.length > MAC_BYTES &&
      timingSafeEqual(bytes.subarray(0, MAC_BYTES), this.#mac(scope, position)) &&
      this.encode(scope, position) === cursor;
    if (!genuine) {
      throw new Problem('invalid-cursor', 'Use page.next of the page before, unchanged and with the same query.', {
        errors: [{ pointer: '/query/cursor', detail: 'is not a cursor of this query' }],
      });
    }
    return position;
  }

  #mac(scope: CursorScope, position: string): Buffer {
    const text = JSON.stringify([scope.tenantId, scope.operationId, scope.query, position]);
    return createHmac('sha256', this.#key).update(text).digest().subarray(0, MAC_BYTES);
  }
}
