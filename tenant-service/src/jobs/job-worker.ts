import { ObjectsAway } from '../objects/object-store.ts';
import { isAway } from '../postgres/sql-errors.ts';
import type { Log } from '../telemetry/log.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import type { Tenant } from '../tenancy/tenant.ts';
import type { JobTicket } from './job-queue.ts';
import type { OpenOperations, TakenOperation } from './operation-repository.ts';
import type { OperationStore } from './operation-store.ts';

/**
 * Does one operation, from wherever an earlier attempt left it. Must write only what its attempt number allows. Says what the queue should hold by
 * then when it has asked on the way.
 */
export type RunOperation = (tenant: Tenant, operation: TakenOperation, signal: AbortSignal) => Promise<OpenOperations | undefined>;

interface JobWorkerOptions {
  readonly operations: OperationStore;
  readonly tenantOf: (tenantId: string) => Tenant | undefined;
  readonly run: Readonly<Record<string, RunOperation>>;
  readonly add: (ticket: JobTicket) => Promise<void>;
  readonly log: Log;
  readonly metrics: Metrics;
}

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
    const { operations, tenantOf, log, metrics, run } = this.#options;
    const tenant = tenantOf(tenantId);
    // Suspended or gone: the row stays, and goes on when the tenant does.
    if (tenant === undefined || tenant.state !== 'Active' || this.#stop.signal.aborted) return;
    const { operation, open } = await operations.take(tenant, operationId);
    if (operation === undefined) {
      // Still open: the tenant has enough under way, and the end of one brings it again. Gone: its turn is the next one's.
      if (open.every((each) => each.operationId !== operationId)) await this.#add(tenant, open);
      return;
    }
    // The turn is used: the tenant's next stands in line at once, behind everybody else's. What fails here is the sweeper's to mend.
    const next = this.#add(tenant, open);
    next.catch(() => {});
    if (operation.futile > FUTILE_MAX) {
      await operations.giveUp(tenant, operation, `It was taken ${FUTILE_MAX} times and got no further.`);
      metrics.jobs.labels(operation.kind, 'gave-up').inc();
      return;
    }
    const started = performance.now();
    let isInterrupted = false;
    let openThen: OpenOperations | undefined;
    try {
      openThen = await run[operation.kind]?.(tenant, operation, this.#stop.signal);
      metrics.jobs.labels(operation.kind, 'ended').inc();
    } catch (error) {
      isInterrupted = true;
      metrics.jobs.labels(operation.kind, 'interrupted').inc();
      log.warn({ err: error, tenantId, operationId, attempt: operation.attempt }, 'an operation was interrupted and is given back');
      // When this fails as well, the row's silence gives it back.
      // A part that is away is nobody's fault and comes back: only what may be the operation's own fault counts against it.
      const isPartAway = isAway(error) || error instanceof ObjectsAway;
      await operations.release(tenant, operation, !isPartAway).catch(() => {});
    }
    metrics.jobSeconds.labels(operation.kind).observe((performance.now() - started) / 1000);
    // What waited because the tenant had enough running need not wait for the sweeper. What has just been interrupted would be again: it does.
    await next.catch(() => {});
    await this.#add(tenant, openThen ?? (await operations.open(tenant, isInterrupted ? operationId : undefined)));
  }

  async #add({ tenantId }: Tenant, open: OpenOperations): Promise<void> {
    for (const each of open) await this.#options.add({ tenantId, ...each });
  }
}
