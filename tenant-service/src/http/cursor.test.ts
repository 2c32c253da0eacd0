import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Problem } from '../problem.ts';
import { type CursorScope, Cursors } from './cursor.ts';

const cursors = new Cursors([Buffer.alloc(32, 1)]);
const scope = fc.record({ tenantId: fc.uuid(), operationId: fc.constantFrom('listCustomers', 'customerHistory'), query: fc.string() });

const isRefused = (where: CursorScope, cursor: string): boolean => {
  try {
    cursors.decode(where, cursor);
    return false;
  } catch (error) {
    return error instanceof Problem && error.code === 'invalid-cursor';
  }
};

describe('a cursor', () => {
  it('brings back its position in its own scope', () => {
    fc.assert(
      fc.property(scope, fc.string({ minLength: 1 }), (where, position) => {
        fc.pre(position.isWellFormed());
        expect(cursors.decode(where, cursors.encode(where, position))).toBe(position);
      }),
    );
  });

  it('is refused in every other scope', () => {
    fc.assert(
      fc.property(scope, scope, fc.uuid(), (mine, other, position) => {
        fc.pre(JSON.stringify(mine) !== JSON.stringify(other));
        expect(isRefused(other, cursors.encode(mine, position))).toBe(true);
      }),
    );
  });

  it('is refused when one character differs, and when it is noise', () => {
    fc.assert(
      fc.property(scope, fc.uuid(), fc.nat(), fc.constantFrom('A', 'z', '_', '='), (where, position, at, letter) => {
        const good = cursors.encode(where, position);
        const place = at % good.length;
        fc.pre(good[place] !== letter);
        expect(isRefused(where, good.slice(0, place) + letter + good.slice(place + 1))).toBe(true);
      }),
    );
    fc.assert(fc.property(scope, fc.string(), (where, noise) => isRefused(where, noise)));
  });

  it('of another key is refused', () => {
    const where = { tenantId: 't', operationId: 'o', query: '' };
    expect(isRefused(where, new Cursors([Buffer.alloc(32, 2)]).encode(where, 'p'))).toBe(true);
  });

  it('goes on over a rotation, whichever of the old and the new replicas made it and whichever is asked next', () => {
    const where = { tenantId: 't', operationId: 'o', query: '' };
    const [first, second, third, fourth] = [1, 2, 3, 4].map((byte) => Buffer.alloc(32, byte)) as [Buffer, Buffer, Buffer, Buffer];
    const before = new Cursors([second, first, third]);
    const after = new Cursors([third, second, fourth]);
    expect(after.decode(where, before.encode(where, 'p'))).toBe('p');
    expect(before.decode(where, after.encode(where, 'p'))).toBe('p');
    expect(isRefused(where, new Cursors([fourth]).encode(where, 'p'))).toBe(true);
    expect(() => after.decode(where, new Cursors([first]).encode(where, 'p'))).toThrow(Problem);
  });
});
