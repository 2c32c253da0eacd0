import { expect, it } from 'vitest';
import { inLoadOrder } from './schema-contents.ts';

const tables = ['a', 'b', 'c'].map((name) => ({ name, columns: ['id'], bytes: 0 }));
const order = (references: readonly { readonly from: string; readonly to: string }[]): string[] =>
  inLoadOrder(tables, references).map(({ name }) => name);

it('puts each table after those it refers to, and keeps the order of the others', () => {
  expect(order([])).toEqual(['a', 'b', 'c']);
  expect(
    order([
      { from: 'a', to: 'c' },
      { from: 'c', to: 'b' },
    ]),
  ).toEqual(['b', 'c', 'a']);
});

it('takes a table that refers to itself: a COPY is checked as a whole', () => {
  expect(order([{ from: 'b', to: 'b' }])).toEqual(['a', 'b', 'c']);
});

it('refuses a circle, naming who is in it', () => {
  const circle = [
    { from: 'a', to: 'b' },
    { from: 'b', to: 'a' },
  ];
  expect(() => order(circle)).toThrow('tables a, b refer to each other in a circle');
});
