import { expect, it } from 'vitest';
import { lookAgainAfter } from './delivery-tail.ts';

const now = Date.parse('2026-11-23T10:00:00.000Z');
const pending = (secondsFromNow: number | null) => ({
  state: 'pending',
  nextAttemptAt: secondsFromNow === null ? null : new Date(now + secondsFromNow * 1000).toISOString(),
});

it.each([
  ['nothing is pending', [{ state: 'delivered', nextAttemptAt: null }, { state: 'exhausted' }], undefined],
  ['the first attempt is under way', [pending(null), pending(300)], 1000],
  ['one is due in ten seconds', [pending(300), pending(10)], 11_000],
  ['one was due already', [pending(-5)], 1000],
  ['the next is hours away', [pending(7200)], 60_000],
])('when %s, the next look without an event is after %s', (_, deliveries, expected) => {
  expect(lookAgainAfter(deliveries, now)).toBe(expected);
});
