import { expect, it } from 'vitest';
import { Places } from './places.ts';

it('lets in as many as there are places, in the order they came, and one that wants more than all alone', async () => {
  const places = new Places(3);
  const inside: string[] = [];
  const come = (name: string, count: number) => places.take(count).then(() => inside.push(name));
  const settle = () => new Promise((resolve) => setImmediate(resolve));
  for (const [name, count] of [
    ['a', 2],
    ['b', 2],
    ['c', 1],
    ['all', 9],
    ['d', 1],
  ] as const)
    void come(name, count);
  await settle();
  expect(inside).toEqual(['a']);
  places.give(2);
  await settle();
  expect(inside).toEqual(['a', 'b', 'c']);
  places.give(2);
  await settle();
  expect(inside).toEqual(['a', 'b', 'c']);
  places.give(1);
  await settle();
  expect(inside).toEqual(['a', 'b', 'c', 'all']);
  places.give(9);
  await settle();
  expect(inside).toEqual(['a', 'b', 'c', 'all', 'd']);
});
