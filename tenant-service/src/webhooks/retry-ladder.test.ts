import fc from 'fast-check';
import { expect, it } from 'vitest';
import { RETRY_LADDER_MS, retryAfterFailure } from './retry-ladder.ts';

const minutes = (ms: number | undefined) => (ms === undefined ? undefined : ms / 60_000);

it('waits 5 seconds, then longer and longer up to a day, and gives up after the tenth failure', () => {
  const waits = Array.from({ length: 10 }, (_, at) =>
    retryAfterFailure(at + 1, { ladder: RETRY_LADDER_MS, askedMs: undefined, random: 0 }),
  );
  expect(waits.map(minutes)).toEqual([5 / 60, 5, 30, 120, 300, 600, 840, 1200, 1440, undefined]);
});

it('never comes earlier than the ladder or the receiver says, and at most a tenth later', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 9 }),
      fc.option(fc.nat(86_400_000)),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (step, asked, random) => {
        const wait = retryAfterFailure(step, { ladder: RETRY_LADDER_MS, askedMs: asked ?? undefined, random }) as number;
        const least = Math.max(RETRY_LADDER_MS[step - 1] as number, asked ?? 0);
        expect(wait).toBeGreaterThanOrEqual(least);
        expect(wait).toBeLessThanOrEqual(Math.round(least * 1.1));
      },
    ),
  );
});
