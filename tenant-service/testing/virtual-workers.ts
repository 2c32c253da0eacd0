import { turnsOf } from '../src/jobs/fair-turns.ts';
import type { JobTicket } from '../src/jobs/job-queue.ts';
import { JobWorker } from '../src/jobs/job-worker.ts';
import type { TakenOperation } from '../src/jobs/operation-repository.ts';
import type { OperationStore } from '../src/jobs/operation-store.ts';
import { createLog } from '../src/telemetry/log.ts';
import { createMetrics } from '../src/telemetry/metrics.ts';
import type { Tenant } from '../src/tenancy/tenant.ts';

/** An operation that began, and when. */
export interface Start {
  readonly tenantId: string;
  readonly operationId: string;
  readonly at: number;
}

/**
 * Job workers on a clock of their own: {@link JobWorker} and {@link turnsOf} as they run, above rows and a queue that are lists. A queue ticket that waits already
 * is not put in twice, and tickets are taken in their order, as BullMQ does.
 */
export class VirtualWorkers {
  readonly starts: Start[] = [];
  now = 0;
  readonly #tenants = new Map<string, Tenant>();
  /** Oldest first. */
  readonly #queued = new Map<string, string[]>();
  readonly #running = new Map<string, number>();
  readonly #tickets: JobTicket[] = [];
  readonly #waiting = new Set<string>();
  readonly #ends: { readonly at: number; readonly end: () => void }[] = [];
  readonly #worker: JobWorker;
  readonly #durationOf: (operationId: string) => number;
  #free: number;

  constructor(options: { readonly concurrency: number; readonly durationOf: (operationId: string) => number }) {
    this.#free = options.concurrency;
    this.#durationOf = options.durationOf;
    const operations: OperationStore = {
      open: async (tenant, but) => this.#openOf(tenant).filter(({ operationId }) => operationId !== but),
      take: async (tenant, operationId) => {
        const queued = this.#queued.get(tenant.tenantId) ?? [];
        const running = this.#running.get(tenant.tenantId) ?? 0;
        if (!queued.includes(operationId) || running >= turnsOf(tenant).running)
          return { operation: undefined, open: this.#openOf(tenant) };
        queued.splice(queued.indexOf(operationId), 1);
        this.#running.set(tenant.tenantId, running + 1);
        this.starts.push({ tenantId: tenant.tenantId, operationId, at: this.now });
        const operation = { id: operationId, kind: 'report', futile: 1, attempt: 1 } as TakenOperation;
        return { operation, open: this.#openOf(tenant) };
      },
      release: async () => {},
      giveUp: async () => {},
    };
    this.#worker = new JobWorker({
      operations,
      tenantOf: (tenantId) => this.#tenants.get(tenantId),
      run: {
        report: async ({ tenantId }, { id }) => {
          await new Promise<void>((end) => this.#ends.push({ at: this.now + this.#durationOf(id), end }));
          this.#running.set(tenantId, (this.#running.get(tenantId) ?? 1) - 1);
          return undefined;
        },
      },
      add: async (ticket) => this.#add(ticket),
      log: createLog('silent', 'virtual-workers'),
      metrics: createMetrics(),
    });
  }

  /** A tenant asks for so many operations at once. */
  async ask(tenantId: string, jobWeight: number, count: number): Promise<void> {
    const tenant = { tenantId, state: 'Active', quotas: { jobWeight } } as Tenant;
    this.#tenants.set(tenantId, tenant);
    const queued = this.#queued.get(tenantId) ?? [];
    for (let each = 0; each < count; each += 1) queued.push(`${tenantId}-${queued.length}-${this.now}`);
    this.#queued.set(tenantId, queued);
    for (const open of this.#openOf(tenant)) this.#add({ tenantId, ...open });
    await this.#settle();
  }

  /** Goes on until so many operations have begun in all, or nothing is left to begin. */
  async runUntil(starts: number): Promise<void> {
    while (this.starts.length < starts && this.#ends.length > 0) {
      this.#ends.sort((a, b) => a.at - b.at);
      const next = this.#ends.shift();
      if (next === undefined) return;
      this.now = next.at;
      next.end();
      await this.#settle();
    }
  }

  #openOf(tenant: Tenant) {
    const queued = this.#queued.get(tenant.tenantId) ?? [];
    return queued.slice(0, turnsOf(tenant).waiting).map((operationId) => ({ operationId, attempt: 0 }));
  }

  #add(ticket: JobTicket): void {
    if (this.#waiting.has(ticket.operationId)) return;
    this.#waiting.add(ticket.operationId);
    this.#tickets.push(ticket);
  }

  /** Gives tickets to whoever is free until all are busy or none is left. */
  async #settle(): Promise<void> {
    do {
      while (this.#free > 0 && this.#tickets.length > 0) {
        const ticket = this.#tickets.shift() as JobTicket;
        this.#waiting.delete(ticket.operationId);
        this.#free -= 1;
        void this.#worker.work(ticket).then(() => {
          this.#free += 1;
        });
      }
      // All that follows from it without the clock.
      await new Promise(setImmediate);
    } while (this.#free > 0 && this.#tickets.length > 0);
  }
}
