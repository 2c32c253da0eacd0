import { expect, it } from 'vitest';
import { fieldDifferences } from './field-differences.ts';

it.each<[string, unknown, unknown, string[]]>([
  ['equal values', { a: { b: 1 } }, { a: { b: 1 }, c: 2 }, []],
  ['another value, with its whole path', { a: { b: 1 } }, { a: { b: 2 } }, ['a.b: 1 ← 2']],
  ['a missing field', { a: { b: 1 } }, { a: {} }, ['a.b: 1 ← undefined']],
  ['an item of a list by its name', { list: [{ name: 'x', v: 1 }] }, { list: [{ name: 'y' }, { name: 'x', v: 2 }] }, ['list[x].v: 1 ← 2']],
  ['a missing item', { list: [{ name: 'x' }] }, { list: [] }, ['list[x]: {"name":"x"} ← undefined']],
  ['a list without names as a whole', { list: [1, 2] }, { list: [1] }, ['list: [1,2] ← [1]']],
])('tells of %s', (_, wanted, stored, differences) => {
  expect(
    fieldDifferences(wanted, stored).map(({ path, want, have }) => `${path}: ${JSON.stringify(want)} ← ${JSON.stringify(have)}`),
  ).toEqual(differences);
});
