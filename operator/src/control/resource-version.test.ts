import { expect, it } from 'vitest';
import { isNewer } from './resource-version.ts';

it.each([
  ['2', '1', true],
  ['10', '9', true],
  ['9', '10', false],
  ['7', '7', false],
  ['18446744073709551616', '18446744073709551615', true],
  ['5', undefined, true],
  ['not-a-number', '5', true],
  ['5', 'not-a-number', true],
])('resource version %s is newer than %s: %s', (a, b, answer) => {
  expect(isNewer(a, b)).toBe(answer);
});
