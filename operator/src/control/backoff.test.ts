import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { backoffMs } from './backoff.ts';
import { PROPERTY_RUNS } from './testing/property-runs.ts';

const QUEUE = { baseMs: 5, maxMs: 300_000 };

describe('backoffMs', () => {
  it.each([
    [1, 0, 2.5],
    [1, 1, 5],
    [2, 1, 10],
    [3, 1, 20],
    [11, 1, 5_120],
    [17, 1, 300_000],
    [17, 0, 150_000],
    [5_000, 1, 300_000],
  ])('after %i failures with chance %d waits %d ms', (failures, random, delay) => {
    expect(backoffMs(QUEUE, failures, random)).toBe(delay);
  });

  it('is never more than the maximum, never less than half the step, and never shrinks with more failures', () => {
    fc.assert(
      fc.property(fc.nat(200), fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (failures, random) => {
        const delay = backoffMs(QUEUE, failures, random);
        expect(delay).toBeLessThanOrEqual(QUEUE.maxMs);
        expect(delay).toBeGreaterThanOrEqual(QUEUE.baseMs / 2);
        expect(backoffMs(QUEUE, failures + 1, random)).toBeGreaterThanOrEqual(delay);
      }),
      PROPERTY_RUNS,
    );
  });
});
