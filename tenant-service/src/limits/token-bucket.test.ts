import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { burstOf, TokenBucket } from './token-bucket.ts';

/** Waits between requests, in milliseconds: storms, trickles and pauses. */
const waits = fc.array(fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 50 }), fc.integer({ min: 0, max: 90_000 })), {
  minLength: 1,
  maxLength: 400,
});
const perMinute = fc.integer({ min: 1, max: 100_000 });

describe('one bucket', () => {
  it('never lets more through in any stretch of time than its burst and the rate of that stretch', () => {
    fc.assert(
      fc.property(perMinute, waits, (rate, pauses) => {
        const bucket = new TokenBucket(rate, 0);
        const allowedAt: number[] = [];
        let now = 0;
        for (const pause of pauses) {
          now += pause;
          if (bucket.take(now)) allowedAt.push(now);
        }
        for (let from = 0; from < allowedAt.length; from += 1) {
          for (let to = from; to < allowedAt.length; to += 1) {
            const stretch = (allowedAt[to] as number) - (allowedAt[from] as number);
            expect(to - from + 1).toBeLessThanOrEqual(burstOf(rate) + (stretch * rate) / 60_000 + 1e-6);
          }
        }
      }),
      { numRuns: 60 },
    );
  });

  it('never refuses a caller who stays below the rate', () => {
    fc.assert(
      fc.property(perMinute, fc.integer({ min: 1, max: 300 }), (rate, requests) => {
        const bucket = new TokenBucket(rate, 0);
        const apart = 60_000 / rate;
        for (let index = 0; index < requests; index += 1) expect(bucket.take(index * apart + 1e-6)).toBe(true);
      }),
      { numRuns: 60 },
    );
  });

  it('says truly how long to wait', () => {
    fc.assert(
      fc.property(perMinute, waits, (rate, pauses) => {
        const bucket = new TokenBucket(rate, 0);
        let now = 0;
        for (const pause of pauses) {
          now += pause;
          bucket.take(now);
        }
        const wait = bucket.waitMs(now);
        if (wait > 1) expect(bucket.remaining(now + wait * 0.99 - 1e-3)).toBe(0);
        expect(bucket.take(now + wait + 1e-3)).toBe(true);
      }),
      { numRuns: 60 },
    );
  });

  it('survives a clock that stands still or goes back', () => {
    const bucket = new TokenBucket(60, 1000);
    for (let index = 0; index < 10; index += 1) expect(bucket.take(1000)).toBe(true);
    expect(bucket.take(500)).toBe(false);
  });

  it('takes a changed plan at once, and what was used stays used', () => {
    const bucket = new TokenBucket(600, 0);
    for (let index = 0; index < 50; index += 1) bucket.take(0);
    bucket.change(6000, 0);
    expect([bucket.perMinute, bucket.capacity, bucket.remaining(0)]).toEqual([6000, 1000, 500]);
  });
});

describe('many replicas that tell each other every 100 ms', () => {
  /** The common count, as the script in Redis keeps it. */
  class Shared {
    #left: number;
    #at = 0;
    readonly #rate: number;
    constructor(rate: number) {
      this.#rate = rate;
      this.#left = burstOf(rate);
    }
    report(taken: number, now: number): number {
      const filled = Math.min(burstOf(this.#rate), this.#left + ((now - this.#at) * this.#rate) / 60_000);
      this.#at = now;
      this.#left = Math.max(-burstOf(this.#rate), filled - taken);
      return this.#left;
    }
  }

  it('let the rate through on average however hard they are pressed, one replica’s burst each beyond it at most', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 600, max: 60_000 }),
        fc.integer({ min: 1, max: 8 }),
        fc.integer({ min: 1, max: 20 }),
        (rate, replicas, pressure) => {
          const shared = new Shared(rate);
          const buckets = Array.from({ length: replicas }, () => new TokenBucket(rate, 0));
          const seconds = 60;
          let allowed = 0;
          const perTick = Math.ceil((pressure * rate) / 60 / 10 / replicas);
          for (let now = 0; now < seconds * 1000; now += 100) {
            for (const bucket of buckets) {
              for (let index = 0; index < perTick; index += 1) if (bucket.take(now)) allowed += 1;
            }
            for (const bucket of buckets) bucket.settle(shared.report(bucket.report(), now), now);
          }
          expect(allowed).toBeLessThanOrEqual(rate + replicas * burstOf(rate) + replicas);
          const asked = perTick * replicas * seconds * 10;
          expect(allowed).toBeGreaterThanOrEqual(Math.min(asked, rate * 0.9));
        },
      ),
      { numRuns: 30 },
    );
  });
});
