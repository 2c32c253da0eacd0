import type { Clock } from './clock.ts';

/** At most `burst` at once and `perSecond` in the long run. Reservations only: the caller waits. */
export class TokenBucket {
  private readonly clock: Clock;
  private readonly intervalMs: number;
  private readonly toleranceMs: number;
  /** When the bucket would be full again, had nobody else come. */
  private fullAt = Number.NEGATIVE_INFINITY;

  constructor(clock: Clock, limit: { readonly perSecond: number; readonly burst: number }) {
    this.clock = clock;
    this.intervalMs = 1000 / limit.perSecond;
    this.toleranceMs = (limit.burst - 1) * this.intervalMs;
  }

  /** Takes one token and returns how long to wait before using it. */
  reserveMs(): number {
    const now = this.clock.now();
    const waitMs = Math.max(0, this.fullAt - this.toleranceMs - now);
    this.fullAt = Math.max(this.fullAt, now) + this.intervalMs;
    return waitMs;
  }
}
