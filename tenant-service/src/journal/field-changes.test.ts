import { describe, expect, it } from 'vitest';
import { fieldChanges, sameJson } from './field-changes.ts';

describe('the changes between two versions', () => {
  it.each([
    ['a field that changed', { a: 1, b: 'x' }, { a: 2, b: 'x' }, [{ pointer: '/a', before: 1, after: 2 }]],
    ['null is a value', { a: null }, { a: 0 }, [{ pointer: '/a', before: null, after: 0 }]],
    ['a key that came', { a: {} }, { a: { b: null } }, [{ pointer: '/a/b', after: null }]],
    ['a key that went', { a: { b: 1, c: 2 } }, { a: { c: 2 } }, [{ pointer: '/a/b', before: 1 }]],
    ['an array as a whole', { tags: ['x', 'y'] }, { tags: ['y', 'x'] }, [{ pointer: '/tags', before: ['x', 'y'], after: ['y', 'x'] }]],
    ['an object that became text', { a: { b: 1 } }, { a: 'b' }, [{ pointer: '/a', before: { b: 1 }, after: 'b' }]],
    ['keys with slash and tilde', { 'a/b': { '~': 1 } }, { 'a/b': { '~': 2 } }, [{ pointer: '/a~1b/~0', before: 1, after: 2 }]],
    ['the order of keys is no change', { a: { b: 1, c: [{ d: 1, e: 2 }] } }, { a: { c: [{ e: 2, d: 1 }], b: 1 } }, []],
    [
      'bookkeeping is left out, at the top only',
      { version: 1, updatedAt: 'x', a: { version: 1 } },
      { version: 2, updatedAt: 'y', a: { version: 2 } },
      [{ pointer: '/a/version', before: 1, after: 2 }],
    ],
    ['a key named as one of every object', {}, { constructor: 1 }, [{ pointer: '/constructor', after: 1 }]],
    ['nothing before', null, { a: 1 }, []],
    ['nothing after', { a: 1 }, null, []],
  ])('%s', (_, before, after, changes) => {
    expect(fieldChanges(before, after)).toEqual(changes);
  });
});

describe('equal JSON', () => {
  it('looks at own keys only', () => {
    expect(sameJson({ toString: 1 }, {})).toBe(false);
    expect(sameJson({}, { toString: 1 })).toBe(false);
    expect(sameJson([], {})).toBe(false);
    expect(sameJson([1, [2]], [1, [2]])).toBe(true);
  });
});
