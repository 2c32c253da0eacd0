import type { Log } from '../telemetry/log.ts';
import type { Door } from '../tenancy/doors.ts';
import type { Tenant } from '../tenancy/tenant.ts';
import type { TenantLimits, TrackedTenant } from './tenant-limits.ts';
import { isNear, type TenantUsage } from './tenant-usage.ts';
import { addUsage, countCustomers, measureUsage, usageDays } from './usage-statements.ts';

const TICK_MS = 1000;
/** What a crash may lose of the count of requests. Longer loses more; shorter writes the day's row more often than it is worth. */
const FLUSH_MS = 10_000;
/** How old a measured level may be; near a limit it matters more. */
const MEASURE_MS = { far: 60_000, near: 10_000 };
/** Counting this many rows takes some milliseconds; more are estimated while they are far from the limit. */
const COUNT_ALWAYS = 50_000;
const NEAR_ENOUGH_TO_COUNT = 0.7;
/** Tenants looked after at once: background work never fills the doors. */
const AT_ONCE = 4;

/** A day of a tenant's use. */
export interface UsageDay {
  readonly day: string;
  readonly requests: number;
  readonly refused: number;
  readonly customers: number | null;
  readonly storageBytes: number | null;
}

interface Due {
  flushAt: number;
  measureAt: number;
  measuring: Promise<void> | undefined;
}

/**
 * Carries use between this process and the database, in the background: requests in batches every ten seconds (what a crash loses), levels
 * every minute, every ten seconds near a limit. No request waits for it; what fails is tried again with the next turn.
 */
export class UsageRecorder {
  readonly #limits: TenantLimits;
  readonly #door: Door;
  readonly #log: Log;
  readonly #due = new WeakMap<TenantUsage, Due>();
  #timer: NodeJS.Timeout | undefined;
  #working: Promise<void> | undefined;

  constructor(parts: { limits: TenantLimits; door: Door; log: Log }) {
    this.#limits = parts.limits;
    this.#door = parts.door;
    this.#log = parts.log;
  }

  start(): void {
    this.#timer = setInterval(() => {
      this.#working ??= this.#turn().finally(() => {
        this.#working = undefined;
      });
    }, TICK_MS).unref();
  }

  /** Writes what is not written yet. Before the doors close. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.#working;
    await this.#each(
      this.#limits.tracked().filter(({ usage }) => usage.hasUnwritten),
      (tracked) => this.#flush(tracked),
    );
  }

  /** Levels no older than `maxAgeMs`, as far as the database answers. */
  async refresh(tenant: Tenant, maxAgeMs: number): Promise<TenantUsage> {
    const usage = this.#limits.usageOf(tenant);
    const due = this.#dueOf(usage);
    if (due.measureAt - MEASURE_MS.far + maxAgeMs <= Date.now()) await this.#measure({ tenant, usage }).catch(() => {});
    return usage;
  }

  /** Days from `from` to `to`, both included; days without a request are left out. What this process has counted is written first. */
  async days(tenant: Tenant, from: string, to: string): Promise<UsageDay[]> {
    const usage = this.#limits.usageOf(tenant);
    await this.#flush({ tenant, usage }).catch(() => {});
    const rows = await this.#door.read(tenant, (tx) => tx.run(usageDays, [from, to]));
    return rows.map((row) => ({
      day: row.day as string,
      requests: Number(row.requests),
      refused: Number(row.refused),
      customers: row.customers === null ? null : Number(row.customers),
      storageBytes: row.storageBytes === null ? null : Number(row.storageBytes),
    }));
  }

  async #turn(): Promise<void> {
    this.#limits.sweep();
    const now = Date.now();
    await this.#each(this.#limits.tracked(), async (tracked) => {
      const { tenant, usage } = tracked;
      if (tenant.state !== 'Active' && tenant.state !== 'ReadOnly') return;
      const due = this.#dueOf(usage);
      if (due.measureAt <= now) await this.#measure(tracked);
      if (due.flushAt <= now && usage.hasUnwritten) await this.#flush(tracked);
    });
  }

  async #each(tracked: readonly TrackedTenant[], work: (tracked: TrackedTenant) => Promise<void>): Promise<void> {
    const waiting = [...tracked];
    const worker = async (): Promise<void> => {
      for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
        try {
          await work(next);
        } catch (error) {
          this.#log.debug({ err: error, tenantId: next.tenant.tenantId }, 'usage could not be recorded yet');
        }
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, worker));
  }

  async #flush({ tenant, usage }: TrackedTenant): Promise<void> {
    const now = Date.now();
    this.#dueOf(usage).flushAt = now + FLUSH_MS;
    const days = usage.takeUnwritten(now);
    const today = new Date(now).toISOString().slice(0, 10);
    try {
      const values = [JSON.stringify(days), today, usage.customers ?? null, usage.storageBytes ?? null];
      const [row] = await this.#door.write(tenant, (tx) => tx.run(addUsage, values));
      usage.read({ day: today, requests: Number(row?.requests ?? 0) });
    } catch (error) {
      usage.notWritten(days);
      throw error;
    }
  }

  /** One measurement of a tenant at a time; whoever else asks gets the same. */
  #measure(tracked: TrackedTenant): Promise<void> {
    const due = this.#dueOf(tracked.usage);
    due.measuring ??= this.#measured(tracked).finally(() => {
      due.measuring = undefined;
    });
    return due.measuring;
  }

  async #measured({ tenant, usage }: TrackedTenant): Promise<void> {
    const due = this.#dueOf(usage);
    due.measureAt = Date.now() + MEASURE_MS.far;
    const [row] = await this.#door.read(tenant, (tx) => tx.run(measureUsage, []));
    const estimate = Number(row?.estimate ?? -1);
    const limit = tenant.quotas.customers;
    const isWorthCounting = estimate < COUNT_ALWAYS || (limit !== undefined && estimate >= limit * NEAR_ENOUGH_TO_COUNT);
    const customers = isWorthCounting ? await this.#count(tenant) : undefined;
    const today = new Date().toISOString().slice(0, 10);
    const days = await this.#door.read(tenant, (tx) => tx.run(usageDays, [today, today]));
    usage.read({
      day: today,
      requests: Number(days[0]?.requests ?? 0),
      customers: customers ?? Math.max(0, estimate),
      storageBytes: Number(row?.bytes ?? 0),
    });
    const levels = usage.levels(tenant.quotas);
    if (levels.some(isNear)) due.measureAt = Date.now() + MEASURE_MS.near;
  }

  /** Undefined when it took longer than the class allows a statement: the estimate has to do. */
  async #count(tenant: Tenant): Promise<number | undefined> {
    try {
      const [row] = await this.#door.read(tenant, (tx) => tx.run(countCustomers, []));
      return Number(row?.customers);
    } catch (error) {
      this.#log.debug({ err: error, tenantId: tenant.tenantId }, 'customers could not be counted exactly');
      return undefined;
    }
  }

  #dueOf(usage: TenantUsage): Due {
    let due = this.#due.get(usage);
    if (due === undefined) {
      due = { flushAt: Date.now() + FLUSH_MS * Math.random(), measureAt: 0, measuring: undefined };
      this.#due.set(usage, due);
    }
    return due;
  }
}
