import { ProjectionLag } from '../projector/projection-lag.ts';
import type { Log } from '../telemetry/log.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import type { Tenant } from '../tenancy/tenant.ts';
import type { DocumentProjection } from './document-projection.ts';
import { DocumentsAway, type MongoDocuments } from './mongo-documents.ts';

interface DocumentWorkParts {
  readonly projection: DocumentProjection;
  readonly store: MongoDocuments;
  readonly tenants: () => readonly Tenant[];
  readonly metrics: Metrics;
  readonly log: Log;
  /** How often all tenants are looked at. */
  readonly lookMs: number;
}

/** Tenants at the same time: each needs a connection of the database only for moments. */
const AT_ONCE = 4;

/**
 * Keeps the documents of all tenants as the logs are. Told of a log that has grown it goes there at once; every now and then it looks at all, so nothing that was not said,
 * or could not be done, is left: documents of tenants who are gone, and of all tenants after the server lost them.
 */
export class DocumentWork {
  readonly #parts: DocumentWorkParts;
  readonly #lag = new ProjectionLag();
  /** In the order in which they are looked at. */
  readonly #waiting = new Map<string, Tenant>();
  /** In somebody's hands: two at one tenant would both write all of it, and the second one everything once more. */
  readonly #held = new Set<string>();
  /** Their logs have grown, and the documents have not. */
  readonly #behind = new Set<string>();
  readonly #timer: NodeJS.Timeout;
  #running: Promise<void>[] = [];
  #stopped = false;

  constructor(parts: DocumentWorkParts) {
    this.#parts = parts;
    parts.metrics.lagOf('documents', () => this.#lag.seconds());
    this.#timer = setInterval(() => void this.#sweep(), parts.lookMs).unref();
    void this.#sweep();
  }

  /** A tenant's log has grown, now. */
  grown(tenant: Tenant): void {
    // The lag is that of what waits longest.
    if (!this.#behind.has(tenant.tenantId)) {
      this.#behind.add(tenant.tenantId);
      this.#lag.began(tenant.tenantId, Date.now());
    }
    this.#look(tenant);
  }

  #look(tenant: Tenant): void {
    if (this.#stopped) return;
    this.#waiting.set(tenant.tenantId, tenant);
    if (this.#running.length < AT_ONCE) {
      const worker = this.#work().finally(() => {
        this.#running = this.#running.filter((each) => each !== worker);
      });
      this.#running.push(worker);
    }
  }

  /** Ends when the steps under way are done. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearInterval(this.#timer);
    await Promise.all(this.#running);
    await this.#parts.store.close();
  }

  /** Never rejects. */
  async #work(): Promise<void> {
    for (const [tenantId, tenant] of this.#waiting) {
      if (this.#stopped) return;
      // Whoever has it comes to it again: it waits behind where that one is.
      if (this.#held.has(tenantId)) continue;
      this.#waiting.delete(tenantId);
      this.#held.add(tenantId);
      try {
        while (!this.#stopped && (await this.#parts.projection.step(tenant)));
        this.#behind.delete(tenantId);
        this.#lag.ended(tenantId);
      } catch (error) {
        // The next sweep begins where this one was. A server that is away is said once, by itself.
        if (!(error instanceof DocumentsAway)) this.#parts.log.warn({ err: error, tenantId }, 'documents wait: they cannot be made now');
      } finally {
        this.#held.delete(tenantId);
      }
    }
  }

  /** Never rejects. */
  async #sweep(): Promise<void> {
    const { tenants, projection, store, log } = this.#parts;
    const all = tenants();
    for (const tenant of all) if (tenant.state !== 'Closed' && tenant.state !== 'Provisioning') this.#look(tenant);
    try {
      const kept = await store.use(({ positions }) => positions.find({}, { projection: { _id: 1 } }).toArray());
      const known = new Set(all.map(({ tenantId }) => tenantId));
      for (const { _id } of kept) if (!known.has(_id)) await projection.forget(_id);
    } catch (error) {
      if (!(error instanceof DocumentsAway)) log.warn({ err: error }, 'documents of tenants who are gone could not be looked for');
    }
  }
}
