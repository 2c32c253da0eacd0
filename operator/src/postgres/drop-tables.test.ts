import { expect, it } from 'vitest';
import { oneBatch } from './drop-tables.ts';

const GIB = 1024 ** 3;
const sizes = (...gib: number[]): number => oneBatch(gib.map((size, at) => ({ name: `t${at}`, bytes: size * GIB }))).length;

it('drops small tables together and large ones alone', () => {
  expect(sizes(0.1, 0.2, 0.3)).toBe(3);
  expect(sizes(0.5, 0.4, 0.3)).toBe(2);
  expect(sizes(7, 0.1)).toBe(1);
  expect(sizes()).toBe(0);
});
