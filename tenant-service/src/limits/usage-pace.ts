import type { EffectiveQuotas } from '@tenantry/contracts';
import { isHalfWay, isNear, type Level, type TenantUsage } from './tenant-usage.ts';

/**
 * What a crash may lose of the count of requests: ten seconds of a tenant that is busy or near its limit, five minutes of the thousands that are neither.
 * Once a minute those thousands, each asked a few times, made a transaction for every third request (ADR 0033).
 */
const FLUSH_MS = { soon: 10_000, calm: 300_000 };
const BUSY_REQUESTS = 1000;
/** How old a measured level may be: near a limit it matters more, and a measurement costs as much as some writes. */
const MEASURE_MS = { near: 10_000, halfWay: 60_000, far: 300_000 };

/** When a tenant's use is written and measured next. */
export class UsagePace {
  readonly #share: number;
  #flushedAt: number;
  #measureAt: number | undefined;

  /**
   * `share`, from 0 to 1, is the tenant's place in the first pace: all tenants come at once to a replica that is new, and would stay together from
   * then on.
   */
  constructor(now: number, share = Math.random()) {
    this.#share = share;
    this.#flushedAt = now - FLUSH_MS.calm * share;
  }

  isFlushDue(usage: TenantUsage, quotas: EffectiveQuotas, now: number): boolean {
    const isSoon = usage.unwrittenRequests >= BUSY_REQUESTS || usage.isAnyNear(quotas);
    return usage.hasUnwritten && this.#flushedAt + (isSoon ? FLUSH_MS.soon : FLUSH_MS.calm) <= now;
  }

  /** Also when it fails: it is tried again with the next turn of the pace. */
  flushes(now: number): void {
    this.#flushedAt = now;
  }

  isMeasureDue(now: number): boolean {
    return this.#measureAt === undefined || this.#measureAt <= now;
  }

  /** Of a measurement that begins. Gives what to call with the levels it found; one that finds none is tried again in a minute. */
  measures(now: number): (levels: readonly Level[]) => void {
    const share = this.#measureAt === undefined ? this.#share : 1;
    this.#measureAt = now + MEASURE_MS.halfWay;
    return (levels) => {
      const pace = levels.some(isNear) ? MEASURE_MS.near : levels.some(isHalfWay) ? MEASURE_MS.halfWay : MEASURE_MS.far;
      this.#measureAt = now + pace * share;
    };
  }
}
