import { expect, it } from 'vitest';
import { signedAmount } from './signed-amount.ts';

it.each([
  ['deposit', '1250', '1250'],
  ['deposit', '-1250', undefined],
  ['withdrawal', '1250', '-1250'],
  ['fee', '5', '-5'],
  ['withdrawal', '-5', undefined],
  ['interest', '-5', '-5'],
  ['adjustment', '5', '5'],
  ['deposit', '0', undefined],
  ['deposit', undefined, undefined],
] as const)('%s of %s is booked as %s', (kind, typed, booked) => {
  expect(signedAmount(kind, typed)).toBe(booked);
});
