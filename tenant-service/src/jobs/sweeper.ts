import type { ObjectStore } from '../objects/object-store.ts';
import { objectKey } from '../objects/object-store.ts';
import type { Log } from '../telemetry/log.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import type { Door } from '../tenancy/doors.ts';
import type { Tenant } from '../tenancy/tenant.ts';
import type { JobTicket } from './job-queue.ts';
import { expiredOperations, removeOldKeys, removeOperation } from './operation-repository.ts';
import { operationStore } from './operation-store.ts';

interface SweeperOptions {
  readonly door: Door;
  readonly objects: ObjectStore;
  readonly tenants: () => readonly Tenant[];
  readonly add: (ticket: JobTicket) => Promise<void>;
  /** Writes the rows of what is due by the clock; called before the queue is compared with the rows. */
  readonly askDue: (tenant: Tenant) => Promise<void>;
  /** Moves what is old to the archive; called as often as what has expired is removed. */
  readonly archive: (tenant: Tenant) => Promise<void>;
  readonly leaseMs: number;
  /** How often the queue is compared with the rows. */
  readonly refillMs: number;
  /** How often what has expired is removed. */
  readonly cleanMs: number;
  readonly log: Log;
  readonly metrics: Metrics;
}

/** Files whose operation was never written (the upload's request died) are under no row; a day more than any row lives. */
const ORPHAN_MS = 8 * 86_400_000;
const KEYS_AT_ONCE = 2000;

/**
 * Brings the queue what the rows say it should hold, and takes away what has expired. Every worker does it: putting a ticket in twice, or
 * removing what is gone, changes nothing.
 */
export class Sweeper {
  readonly #options: SweeperOptions;
  readonly #timers: NodeJS.Timeout[] = [];
  #running: Promise<void> = Promise.resolve();
  #stopped = false;

  constructor(options: SweeperOptions) {
    this.#options = options;
  }

  start(): void {
    const { refillMs, cleanMs } = this.#options;
    this.#repeat(refillMs, (tenant) => this.refill(tenant));
    this.#repeat(cleanMs, (tenant) => this.clean(tenant));
    // Apart from the clean-up: the first archive of a large tenant takes its time.
    this.#repeat(cleanMs, (tenant) => this.#options.archive(tenant));
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    for (const timer of this.#timers) clearTimeout(timer);
    await this.#running;
  }

  /** Puts in what waits, and what a worker that went silent has left. */
  async refill(tenant: Tenant): Promise<void> {
    const { door, add, askDue, leaseMs } = this.#options;
    try {
      await askDue(tenant);
    } finally {
      // What waits already does not wait for a schedule that cannot be read.
      for (const open of await operationStore(door, leaseMs).open(tenant)) await add({ tenantId: tenant.tenantId, ...open });
    }
  }

  /** Removes operations and files after their seven days, and idempotency keys after their one. */
  async clean(tenant: Tenant): Promise<void> {
    const { door, objects, metrics } = this.#options;
    for (const { id, kind } of await door.read(tenant, (tx) => expiredOperations(tx))) {
      // Files first: a row without files is found again, files without a row are not.
      await objects.removeUnder(objectKey(tenant.tenantId, `${kind}s`, id));
      await door.write(tenant, (tx) => removeOperation(tx, id));
    }
    await objects.removeUnder(`t/${tenant.tenantId}/`, new Date(Date.now() - ORPHAN_MS));
    let removed: number;
    do {
      removed = await door.write(tenant, (tx) => removeOldKeys(tx, KEYS_AT_ONCE));
      metrics.expiredKeys.inc(removed);
    } while (removed === KEYS_AT_ONCE && !this.#stopped);
  }

  /** One tenant after the other, so that a sweep is never more than one connection's work; one that fails does not hold up the others. */
  #repeat(everyMs: number, sweep: (tenant: Tenant) => Promise<void>): void {
    const { tenants, log } = this.#options;
    const round = async () => {
      let failures = 0;
      let last: unknown;
      for (const tenant of tenants()) {
        if (this.#stopped) return;
        if (tenant.state !== 'Active') continue;
        await sweep(tenant).catch((error: unknown) => {
          failures += 1;
          last = error;
        });
      }
      if (failures > 0) log.warn({ err: last, tenants: failures }, 'a sweep did not get through; the next one will try again');
    };
    const place = this.#timers.length;
    const again = () => {
      if (this.#stopped) return;
      this.#timers[place] = setTimeout(() => {
        const turn = round();
        this.#running = Promise.all([this.#running, turn]).then(() => {});
        void turn.then(again);
      }, everyMs).unref();
    };
    this.#timers.push(setTimeout(() => {}, 0));
    again();
  }
}
