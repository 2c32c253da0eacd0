import { ObjectsAway } from '../objects/object-store.ts';
import { isAway } from '../postgres/sql-errors.ts';
import type { Log } from '../telemetry/log.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import type { Door } from '../tenancy/doors.ts';
import type { Tenant } from '../tenancy/tenant.ts';
import type { JobTicket } from './job-queue.ts';
import { fail, openOperations, release, type TakenOperation, takeOperation } from './operation-repository.ts';

/** Does one operation, from wherever an earlier attempt left it. Must write only what its attempt number allows. */
export type RunOperation = (tenant: Tenant, operation: TakenOperation, signal: AbortSignal) => Promise<void>;

interface JobWorkerOptions {
  readonly door: Door;
  readonly tenantOf: (tenantId: string) => Tenant | undefined;
  readonly run: Readonly<Record<string, RunOperation>>;
  readonly add: (ticket: JobTicket) => Promise<void>;
  /** After this long without progress a worker counts as dead. */
  readonly leaseMs: number;
  readonly log: Log;
  readonly metrics: Metrics;
}

/** Of one tenant at once: the others must not wait behind a tenant that asks for a hundred. */
const RUNNING_PER_TENANT = 2;
/** Takings in a row that got no further; each has been another process, or another minute. */
const FUTILE_MAX = 5;

/** Takes operations by their tickets. The row decides who works on one; the queue only says that there is work. */
export class JobWorker {
  readonly #options: JobWorkerOptions;
  readonly #stop = new AbortController();

  constructor(options: JobWorkerOptions) {
    this.#options = options;
  }

  /** Those under way stop at their next safe place and give their operation back. */
  stop(): void {
    this.#stop.abort();
  }

  /** Never throws: what is not done is in the row, and the sweeper brings its ticket again. */
  async work(ticket: JobTicket): Promise<void> {
    const { log } = this.#options;
    try {
      await this.#work(ticket);
    } catch (error) {
      log.warn({ err: error, ...ticket }, 'an operation could not be worked on; it will be tried again');
    }
  }

  async #work({ tenantId, operationId }: JobTicket): Promise<void> {
    const { door, tenantOf, leaseMs, log, metrics, run, add } = this.#options;
    const tenant = tenantOf(tenantId);
    // Suspended or gone: the row stays, and goes on when the tenant does.
    if (tenant === undefined || tenant.state !== 'Active' || this.#stop.signal.aborted) return;
    const limits = { leaseMs, mostRunning: RUNNING_PER_TENANT };
    const operation = await door.write(tenant, (tx) => takeOperation(tx, operationId, limits));
    if (operation === undefined) return;
    if (operation.futile > FUTILE_MAX) {
      await door.write(tenant, (tx) => fail(tx, operation, 'gave-up', `It was taken ${FUTILE_MAX} times and got no further.`));
      metrics.jobs.labels(operation.kind, 'gave-up').inc();
      return;
    }
    const started = performance.now();
    let isInterrupted = false;
    try {
      await run[operation.kind]?.(tenant, operation, this.#stop.signal);
      metrics.jobs.labels(operation.kind, 'ended').inc();
    } catch (error) {
      isInterrupted = true;
      metrics.jobs.labels(operation.kind, 'interrupted').inc();
      log.warn({ err: error, tenantId, operationId, attempt: operation.attempt }, 'an operation was interrupted and is given back');
      // When this fails as well, the row's silence gives it back.
      // A part that is away is nobody's fault and comes back: only what may be the operation's own fault counts against it.
      const isPartAway = isAway(error) || error instanceof ObjectsAway;
      await door.write(tenant, (tx) => release(tx, operation, !isPartAway)).catch(() => {});
    }
    metrics.jobSeconds.labels(operation.kind).observe((performance.now() - started) / 1000);
    // What waited because the tenant had enough running need not wait for the sweeper.
    for (const open of await door.read(tenant, (tx) => openOperations(tx, leaseMs))) {
      // What has just been interrupted would be again: it waits for the sweeper's next round.
      if (!(isInterrupted && open.operationId === operationId)) await add({ tenantId, ...open });
    }
  }
}
