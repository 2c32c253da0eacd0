import type { SharedMemory, Taking } from '../redis/port.ts';
import type { SharedBucket, TenantLimits } from './tenant-limits.ts';

/** How often replicas tell each other what they let through. What they can let through too much in between is paid back by all of them. */
const EVERY_MS = 100;
/** Buckets told at once; the others wait for the next turn. Bounds what a storm of users costs this process and Redis. */
const MOST = 200;

/**
 * Makes the buckets of all replicas one, in the background: tells Redis what was taken here and hears what is left for everyone. No request
 * waits for it. While Redis is away each replica gives the whole rate by itself; what Redis forgets is a burst.
 */
export class SharedRates {
  readonly #limits: TenantLimits;
  readonly #redis: SharedMemory;
  readonly #nowMs: () => number;
  #timer: NodeJS.Timeout | undefined;
  #busy = false;
  #decided = 0;
  /** Decisions made while Redis was away. */
  decidedAlone = 0;

  constructor(limits: TenantLimits, redis: SharedMemory, nowMs: () => number = () => performance.now()) {
    this.#limits = limits;
    this.#redis = redis;
    this.#nowMs = nowMs;
  }

  start(): void {
    this.#timer = setInterval(() => void this.share(), EVERY_MS).unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** One turn. Never rejects; does nothing while the one before is still under way. */
  async share(): Promise<void> {
    if (this.#busy) return;
    this.#busy = true;
    const used = this.#limits.takeUsed(MOST);
    try {
      if (used.length > 0) {
        const left = await this.#redis.take(used.map(takingOf));
        const now = this.#nowMs();
        for (const [place, { bucket }] of used.entries()) bucket.settle(left[place] as number, now);
      }
      this.#count(this.#redis.isConnected());
    } catch {
      // Not told again: Redis may have heard it, and what was given meanwhile this replica's own rate has paid for. Told twice, or all at once, it
      // would refuse callers who stay below theirs.
      this.#count(false);
    } finally {
      this.#busy = false;
    }
  }

  #count(isShared: boolean): void {
    const { allowed, refusedTenant, refusedUser } = this.#limits.decisions;
    const all = allowed + refusedTenant + refusedUser;
    if (!isShared) this.decidedAlone += all - this.#decided;
    this.#decided = all;
  }
}

function takingOf({ key, bucket }: SharedBucket): Taking {
  return { key, perMs: bucket.perMinute / 60_000, capacity: bucket.capacity, taken: bucket.report() };
}
