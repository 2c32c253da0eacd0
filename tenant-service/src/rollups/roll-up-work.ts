import { setTimeout as pause } from 'node:timers/promises';
import type { Failpoint } from '../failpoint.ts';
import { ProjectionLag } from '../projector/projection-lag.ts';
import type { Log } from '../telemetry/log.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import type { Tenant } from '../tenancy/tenant.ts';
import type { RollUps } from './roll-ups.ts';

interface RollUpWorkOptions {
  readonly rollUps: RollUps;
  readonly tenants: () => readonly Tenant[];
  readonly metrics: Metrics;
  readonly log: Log;
  readonly failpoint: Failpoint;
}

/** What comes within this time is counted by one statement: a row of figures is then written once for all of it. */
const GATHER_MS = 250;
/** Events of one statement: about a tenth of a second of the database. */
export const COUNT_MAX = 2000;
/** Tenants at once; appending has connections of its own. */
const SLOTS = 2;
const RETRY_MS = { first: 500, most: 60_000 };
const SWEEP_MS = 30_000;
const FIRST_SWEEP_MS = 2000;

/** A tenant whose log has grown. */
interface Due {
  readonly tenant: Tenant;
  failures: number;
  limit: number;
  /** On the clock of `performance.now`. */
  notBefore: number;
}

/**
 * Keeps the roll-ups of all tenants behind their logs: at once where this process appends, and within half a minute where another one did and died. Any
 * number of processes may do it; each event is counted by one.
 */
export class RollUpWork {
  readonly #options: RollUpWorkOptions;
  readonly #lag = new ProjectionLag();
  readonly #due = new Map<string, Due>();
  readonly #running = new Map<string, Promise<void>>();
  readonly #stopped = new AbortController();
  readonly #sweeping: Promise<void>;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: RollUpWorkOptions) {
    this.#options = options;
    options.metrics.lagOf('rollups', () => this.#lag.seconds());
    this.#sweeping = this.#sweep();
  }

  /** A tenant's log has grown. */
  grown(tenant: Tenant): void {
    this.#add(tenant, Date.now());
  }

  /** Ends when the statements under way are done. */
  async stop(): Promise<void> {
    this.#stopped.abort();
    clearTimeout(this.#timer);
    await Promise.all([this.#sweeping, ...this.#running.values()]);
  }

  #add(tenant: Tenant, since: number): void {
    this.#lag.waits(tenant.tenantId, since);
    if (!this.#due.has(tenant.tenantId)) this.#due.set(tenant.tenantId, { tenant, failures: 0, limit: COUNT_MAX, notBefore: 0 });
    this.#later();
  }

  #later(): void {
    if (this.#stopped.signal.aborted) return;
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#start();
      if (this.#due.size > 0) this.#later();
    }, GATHER_MS);
  }

  #start(): void {
    for (const [tenantId, due] of this.#due) {
      if (this.#running.size >= SLOTS || this.#stopped.signal.aborted) return;
      if (this.#running.has(tenantId) || due.notBefore > performance.now()) continue;
      this.#due.delete(tenantId);
      this.#running.set(
        tenantId,
        this.#count(due).finally(() => this.#running.delete(tenantId)),
      );
    }
  }

  /** Never rejects. */
  async #count(due: Due): Promise<void> {
    const { rollUps, metrics, log, failpoint } = this.#options;
    const { tenant } = due;
    try {
      for (let isBehind = true; isBehind && !this.#stopped.signal.aborted; ) {
        ({ isBehind } = await rollUps.count(tenant, due.limit));
        failpoint('rollups.counted');
      }
      this.#lag.ended(tenant.tenantId);
      if (this.#due.has(tenant.tenantId)) this.#lag.waits(tenant.tenantId, Date.now());
    } catch (error) {
      due.failures += 1;
      // It may have been too much for the time a statement has.
      due.limit = Math.max(1, Math.floor(due.limit / 2));
      const retryAfterMs = Math.min(RETRY_MS.first * 2 ** (due.failures - 1), RETRY_MS.most);
      metrics.rollUpFailures.inc();
      log.warn({ err: error, tenantId: tenant.tenantId, retryAfterMs }, 'roll-ups wait: events cannot be counted now');
      due.notBefore = performance.now() + retryAfterMs;
      this.#due.set(tenant.tenantId, due);
      this.#later();
    }
  }

  /** Again and again over all tenants, evenly: what a process left that died, and tenants whose rows have never been counted. Never rejects. */
  async #sweep(): Promise<void> {
    const { tenants, log } = this.#options;
    const { signal } = this.#stopped;
    // What was left behind is looked for at once.
    let passMs = FIRST_SWEEP_MS;
    while (!signal.aborted) {
      const all = tenants().filter(({ state }) => state !== 'Closed' && state !== 'Provisioning');
      for (const tenant of all) {
        if (signal.aborted) return;
        await this.#look(tenant).catch((error: unknown) => {
          // Not there yet, or away: it is looked at again.
          log.debug({ err: error, tenantId: tenant.tenantId }, 'the roll-ups of a tenant could not be looked at');
        });
        await pause(passMs / all.length, undefined, { signal }).catch(() => {});
      }
      if (all.length === 0) await pause(FIRST_SWEEP_MS, undefined, { signal }).catch(() => {});
      else passMs = SWEEP_MS;
    }
  }

  async #look(tenant: Tenant): Promise<void> {
    const { rollUps } = this.#options;
    const watermarks = await rollUps.watermarks(tenant);
    if (watermarks.length === 0) await rollUps.begin(tenant);
    const waits = watermarks.flatMap(({ waitsSince }) => (waitsSince === undefined ? [] : [waitsSince.getTime()]));
    if (waits.length > 0) this.#add(tenant, Math.min(...waits));
  }
}
