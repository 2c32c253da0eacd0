import type { EffectiveQuotas } from '@tenantry/contracts';

const DAY_MS = 86_400_000;
/** From here on a writer is warned. */
const NEAR = 0.8;

/** Quotas that are a level or a day's sum, not a rate. */
export type CountedQuota = 'requestsPerDay' | 'customers' | 'storageBytes';

/** What a tenant has used of one quota. */
export interface Level {
  readonly quota: CountedQuota;
  readonly limit: number;
  readonly used: number;
}

/** Requests of one day of UTC that are not in the database yet. */
export interface UnwrittenDay {
  /** `2026-11-22`. */
  readonly day: string;
  readonly requests: number;
  readonly refused: number;
}

/**
 * What one tenant uses, as this process knows it: levels read from the database now and then, and on top of them what this process has added
 * since. Soft on purpose: an exact count in every write would cost more than the write. Other replicas' work shows with the next reading.
 */
export class TenantUsage {
  #dayNumber: number;
  /** Of today, written by all replicas. */
  #writtenRequests = 0;
  #requests = 0;
  #refused = 0;
  #ended: UnwrittenDay[] = [];
  #customers: number | undefined;
  #storageBytes: number | undefined;

  constructor(nowMs: number) {
    this.#dayNumber = Math.floor(nowMs / DAY_MS);
  }

  get requestsToday(): number {
    return this.#writtenRequests + this.#requests;
  }

  get customers(): number | undefined {
    return this.#customers;
  }

  get storageBytes(): number | undefined {
    return this.#storageBytes;
  }

  get hasUnwritten(): boolean {
    return this.#requests > 0 || this.#refused > 0 || this.#ended.length > 0;
  }

  get unwrittenRequests(): number {
    return this.#requests;
  }

  /** To be called with every request, before anything is asked or counted: a new day begins with nothing. */
  turnTo(nowMs: number): void {
    if (Math.floor(nowMs / DAY_MS) !== this.#dayNumber) this.#turn(nowMs);
  }

  countRequest(): void {
    this.#requests += 1;
  }

  countRefusal(): void {
    this.#refused += 1;
  }

  /** Customers made or, below zero, deleted by this process just now. */
  addCustomers(count: number): void {
    if (this.#customers !== undefined) this.#customers = Math.max(0, this.#customers + count);
  }

  /** What is to be added to the database; counts as written from now on. */
  takeUnwritten(nowMs: number): UnwrittenDay[] {
    this.turnTo(nowMs);
    const days = this.#ended;
    this.#ended = [];
    if (this.#requests > 0 || this.#refused > 0)
      days.push({ day: dayOf(this.#dayNumber), requests: this.#requests, refused: this.#refused });
    this.#writtenRequests += this.#requests;
    this.#requests = 0;
    this.#refused = 0;
    return days;
  }

  /** The days did not reach the database: they are tried again with the next ones. */
  notWritten(days: readonly UnwrittenDay[]): void {
    for (const { day, requests, refused } of days) {
      if (day === dayOf(this.#dayNumber)) {
        this.#writtenRequests -= requests;
        this.#requests += requests;
        this.#refused += refused;
      } else this.#addEnded({ day, requests, refused });
    }
  }

  /** What the database says now. A part that could not be counted keeps its last value. */
  read(found: { readonly day: string; readonly requests: number; readonly customers?: number; readonly storageBytes?: number }): void {
    if (found.day === dayOf(this.#dayNumber)) this.#writtenRequests = found.requests;
    this.#customers = found.customers ?? this.#customers;
    this.#storageBytes = found.storageBytes ?? this.#storageBytes;
  }

  /** Whether {@link levels} has one that is near: asked with every request, so without making anything. */
  isAnyNear(quotas: EffectiveQuotas): boolean {
    return (
      (quotas.requestsPerDay !== undefined && this.requestsToday >= quotas.requestsPerDay * NEAR) ||
      (quotas.customers !== undefined && this.#customers !== undefined && this.#customers >= quotas.customers * NEAR) ||
      (quotas.storageBytes !== undefined && this.#storageBytes !== undefined && this.#storageBytes >= quotas.storageBytes * NEAR)
    );
  }

  /** Counted quotas of the plan whose use is known. */
  levels(quotas: EffectiveQuotas): Level[] {
    const used: Record<CountedQuota, number | undefined> = {
      requestsPerDay: this.requestsToday,
      customers: this.#customers,
      storageBytes: this.#storageBytes,
    };
    return (Object.keys(used) as CountedQuota[]).flatMap((quota) => {
      const [limit, now] = [quotas[quota], used[quota]];
      return limit === undefined || now === undefined ? [] : [{ quota, limit, used: now }];
    });
  }

  /** A day is in the list once, also when it ended while a part of it was being written in vain: no statement adds twice to one row. */
  #addEnded({ day, requests, refused }: UnwrittenDay): void {
    const same = this.#ended.find((ended) => ended.day === day);
    this.#ended = [
      ...this.#ended.filter((ended) => ended !== same),
      { day, requests: requests + (same?.requests ?? 0), refused: refused + (same?.refused ?? 0) },
    ];
  }

  #turn(nowMs: number): void {
    if (this.#requests > 0 || this.#refused > 0) {
      this.#addEnded({ day: dayOf(this.#dayNumber), requests: this.#requests, refused: this.#refused });
    }
    this.#dayNumber = Math.floor(nowMs / DAY_MS);
    this.#requests = 0;
    this.#refused = 0;
    this.#writtenRequests = 0;
  }
}

export const isHalfWay = ({ limit, used }: Level): boolean => used >= limit / 2;
export const isNear = ({ limit, used }: Level): boolean => used >= limit * NEAR;
/** Storage is full at its limit; one more customer or request must still fit. */
export const isReached = ({ limit, used }: Level): boolean => used >= limit;

/** Whole seconds until the next day of UTC begins. */
export const secondsToMidnight = (nowMs: number): number => Math.ceil((DAY_MS - (nowMs % DAY_MS)) / 1000);

const dayOf = (dayNumber: number): string => new Date(dayNumber * DAY_MS).toISOString().slice(0, 10);
