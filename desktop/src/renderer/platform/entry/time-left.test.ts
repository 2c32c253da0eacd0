import { expect, it } from 'vitest';
import { timeLeft } from './time-left.ts';

const UNTIL = '2026-01-01T12:00:00Z';

it.each([
  ['2026-01-01T04:00:00Z', '8:00:00'],
  ['2026-01-01T10:55:51Z', '1:04:09'],
  ['2026-01-01T11:55:50.001Z', '4:10'],
  ['2026-01-01T11:59:59.5Z', '0:01'],
  ['2026-01-01T12:00:00Z', '0:00'],
  ['2026-01-01T13:00:00Z', '0:00'],
])('at %s says %s', (now, left) => {
  expect(timeLeft(UNTIL, Date.parse(now))).toBe(left);
});
