/** Share of a minute's requests that may come at once: ten seconds' worth smooths what clients do, and is no minute-long storm for neighbours. */
const BURST_MINUTES = 1 / 6;
/** Also the smallest plan may load one page of a screen at once. */
const BURST_MIN = 10;
/** A whole token, less what adding fractions of one loses. */
const ONE = 1 - 1e-6;

/**
 * Requests a caller may make: `capacity` at once, and `perMinute` on average over any longer time. Pure; `nowMs` is a clock that never goes
 * back. One request costs one token. Within a stretch of t ms it lets at most capacity + t × rate through.
 */
export class TokenBucket {
  #perMinute: number;
  #capacity: number;
  #perMs: number;
  #tokens: number;
  #filledAt: number;
  #unreported = 0;

  constructor(perMinute: number, nowMs: number) {
    this.#perMinute = perMinute;
    this.#capacity = burstOf(perMinute);
    this.#perMs = perMinute / 60_000;
    this.#tokens = this.#capacity;
    this.#filledAt = nowMs;
  }

  get perMinute(): number {
    return this.#perMinute;
  }

  get capacity(): number {
    return this.#capacity;
  }

  /** Taken since the last {@link report}. */
  get unreported(): number {
    return this.#unreported;
  }

  /** Takes a token; false, and nothing taken, when there is none. */
  take(nowMs: number): boolean {
    this.#fill(nowMs);
    if (this.#tokens < ONE) return false;
    this.#tokens -= 1;
    this.#unreported += 1;
    return true;
  }

  /** Gives a token back that was taken for a request which another limit refused. */
  putBack(): void {
    this.#tokens = Math.min(this.#capacity, this.#tokens + 1);
    this.#unreported -= 1;
  }

  /** Whole tokens there are. */
  remaining(nowMs: number): number {
    this.#fill(nowMs);
    return this.#tokens > 0 ? Math.floor(this.#tokens + 1 - ONE) : 0;
  }

  /** Until there is a token; 0 when there is one. */
  waitMs(nowMs: number): number {
    this.#fill(nowMs);
    return this.#tokens >= ONE ? 0 : (1 - this.#tokens) / this.#perMs;
  }

  /** Until it is full. */
  fullInMs(nowMs: number): number {
    this.#fill(nowMs);
    return (this.#capacity - this.#tokens) / this.#perMs;
  }

  /** A changed plan: what was used stays used, in proportion. */
  change(perMinute: number, nowMs: number): void {
    this.#fill(nowMs);
    const share = this.#tokens / this.#capacity;
    this.#perMinute = perMinute;
    this.#capacity = burstOf(perMinute);
    this.#perMs = perMinute / 60_000;
    this.#tokens = share * this.#capacity;
  }

  /** What was taken here since the last report, to be told to the others. */
  report(): number {
    const taken = this.#unreported;
    this.#unreported = 0;
    return taken;
  }

  /** What is left for all replicas together, all reports counted; what was taken here since then still counts. May be below zero. */
  settle(left: number, nowMs: number): void {
    this.#tokens = Math.min(this.#capacity, left - this.#unreported);
    this.#filledAt = nowMs;
  }

  #fill(nowMs: number): void {
    const elapsed = nowMs - this.#filledAt;
    if (elapsed <= 0) return;
    this.#filledAt = nowMs;
    this.#tokens = Math.min(this.#capacity, this.#tokens + elapsed * this.#perMs);
  }
}

/** Requests that may come at once. */
export function burstOf(perMinute: number): number {
  return Math.max(Math.ceil(perMinute * BURST_MINUTES), Math.min(perMinute, BURST_MIN));
}
