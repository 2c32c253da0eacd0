import type { Log } from '../telemetry/log.ts';
import type { Door } from '../tenancy/doors.ts';
import type { Tenant } from '../tenancy/tenant.ts';
import type { TenantLimits, TrackedTenant } from './tenant-limits.ts';
import type { TenantUsage } from './tenant-usage.ts';
import { UsagePace } from './usage-pace.ts';
import { addUsage, countCustomers, measureStorage, measureUsage, usageDays } from './usage-statements.ts';

const TICK_MS = 1000;
/** Counting this many rows takes some milliseconds; whoever asks for their usage sees more as an estimate, while it is far from the limit. */
const COUNT_WHEN_ASKED = 50_000;
/** Share of a limit from which a level is counted, not estimated. */
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
  readonly pace: UsagePace;
  /** As exactly as whoever asks for their usage is told it. */
  measuredAt: number;
  measuring: Promise<void> | undefined;
}

/**
 * Carries use between this process and the database, in the background: requests in batches (what a crash loses), levels the more often the nearer
 * they are to their limit. No request waits for it; what fails is tried again with the next turn.
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
    if (due.measuredAt + maxAgeMs <= Date.now()) await this.#measure({ tenant, usage }, COUNT_WHEN_ASKED).catch(() => {});
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
      if (due.pace.isMeasureDue(now)) await this.#measure(tracked, 0);
      if (due.pace.isFlushDue(usage, tenant.quotas, now)) await this.#flush(tracked);
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
    this.#dueOf(usage).pace.flushes(now);
    const days = usage.takeUnwritten(now);
    const today = new Date(now).toISOString().slice(0, 10);
    try {
      const values = [JSON.stringify(days), today, usage.customers ?? null, usage.storageBytes ?? null];
      const [row] = await this.#door.write(tenant, (tx) => {
        tx.changes([]);
        return tx.run(addUsage, values);
      });
      usage.read({ day: today, requests: Number(row?.requests ?? 0) });
    } catch (error) {
      usage.notWritten(days);
      throw error;
    }
  }

  /** One measurement of a tenant at a time; whoever else asks gets the same. */
  #measure(tracked: TrackedTenant, countUpTo: number): Promise<void> {
    const due = this.#dueOf(tracked.usage);
    due.measuring ??= this.#measured(tracked, countUpTo).finally(() => {
      due.measuring = undefined;
    });
    return due.measuring;
  }

  /** Counts exactly when customers are fewer than `countUpTo`, what is counted is nearly as much as allowed, or the planner has not looked yet. */
  async #measured({ tenant, usage }: TrackedTenant, countUpTo: number): Promise<void> {
    const due = this.#dueOf(usage);
    const now = Date.now();
    const measured = due.pace.measures(now);
    const today = new Date(now).toISOString().slice(0, 10);
    const [[row], [day]] = await this.#door.read(tenant, (tx) =>
      Promise.all([tx.run(measureUsage, []), tx.run(usageDays, [today, today])]),
    );
    const estimate = Number(row?.estimate ?? -1);
    const bytes = Number(row?.bytes ?? 0);
    const { customers: mostCustomers = Infinity, storageBytes: mostBytes = Infinity } = tenant.quotas;
    const isWorthCounting = estimate < countUpTo || estimate < 0 || estimate >= mostCustomers * NEAR_ENOUGH_TO_COUNT;
    const customers = isWorthCounting ? await this.#count(tenant) : undefined;
    const isWorthMeasuring = countUpTo > 0 || bytes >= mostBytes * NEAR_ENOUGH_TO_COUNT;
    const storageBytes = isWorthMeasuring ? await this.#storageOf(tenant) : bytes;
    usage.read({
      day: today,
      requests: Number(day?.requests ?? 0),
      customers: customers ?? Math.max(0, estimate),
      storageBytes,
    });
    measured(usage.levels(tenant.quotas));
    if (isWorthCounting || countUpTo > 0) due.measuredAt = now;
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

  async #storageOf(tenant: Tenant): Promise<number> {
    const [row] = await this.#door.read(tenant, (tx) => tx.run(measureStorage, []));
    return Number(row?.bytes ?? 0);
  }

  #dueOf(usage: TenantUsage): Due {
    let due = this.#due.get(usage);
    if (due === undefined) {
      due = { pace: new UsagePace(Date.now()), measuredAt: 0, measuring: undefined };
      this.#due.set(usage, due);
    }
    return due;
  }
}
