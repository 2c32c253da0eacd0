import fc from 'fast-check';
import { expect, it } from 'vitest';
import { PROPERTY_RUNS, PROPERTY_TIME_MS } from './testing/property-runs.ts';
import { VirtualClock } from './testing/virtual-clock.ts';
import { TokenBucket } from './token-bucket.ts';

it('lets a burst through at once, then one token after the other', () => {
  const bucket = new TokenBucket(new VirtualClock(), { perSecond: 2, burst: 3 });
  expect(Array.from({ length: 5 }, () => bucket.reserveMs())).toEqual([0, 0, 0, 500, 1000]);
});

it('is full again after a rest, and not fuller', async () => {
  const clock = new VirtualClock();
  const bucket = new TokenBucket(clock, { perSecond: 2, burst: 3 });
  for (let taken = 0; taken < 3; taken += 1) bucket.reserveMs();
  await clock.advance(3_600_000);
  expect(Array.from({ length: 4 }, () => bucket.reserveMs())).toEqual([0, 0, 0, 500]);
});

it(
  'never lets more through in any stretch of time than burst and rate allow, and never holds anybody up without need',
  async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 50 }),
        fc.integer({ min: 1, max: 20 }),
        fc.array(fc.nat(2_000), { minLength: 1, maxLength: 60 }),
        async (perSecond, burst, pauses) => {
          const clock = new VirtualClock();
          const bucket = new TokenBucket(clock, { perSecond, burst });
          const used: number[] = [];
          for (const pause of pauses) {
            await clock.advance(pause % 3 === 0 ? 0 : pause);
            const waitMs = bucket.reserveMs();
            const at = clock.now() + waitMs;
            // Whoever waits is the first who could be let through: one moment earlier it would be one too many.
            const window = used.filter((time) => time > at - (burst * 1000) / perSecond + 1e-6).length;
            if (waitMs > 0) expect(window, 'somebody waits although there was room').toBeGreaterThanOrEqual(burst - 1);
            used.push(at);
          }
          for (const [first, start] of used.entries())
            for (const [more, end] of used.slice(first).entries())
              expect(more + 1).toBeLessThanOrEqual(burst + ((end - start) * perSecond) / 1000 + 1e-6);
        },
      ),
      PROPERTY_RUNS,
    );
  },
  PROPERTY_TIME_MS,
);
