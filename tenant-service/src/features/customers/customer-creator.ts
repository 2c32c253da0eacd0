import { brokenUnique } from '../../postgres/sql-errors.ts';
import { Problem } from '../../problem.ts';
import type { Metrics } from '../../telemetry/metrics.ts';
import { Coalescer } from '../../tenancy/coalescer.ts';
import type { Door } from '../../tenancy/doors.ts';
import type { Tenant } from '../../tenancy/tenant.ts';
import { taken } from './customer-answers.ts';
import { createAll, createPossible, findAnswer, type NewRow } from './customer-repository.ts';

/** The stored customer's JSON text: just written, or by an earlier request with the same key. */
export interface Created {
  readonly document: string;
  readonly replayed: boolean;
}

/**
 * Writes new customers, many of a tenant in one statement. A key counts once: when the statement meets one that exists, its requests are tried
 * one by one and answered from the stored row. Refusals are not stored, so a caller may correct what was refused and use the key again.
 */
export class CustomerCreator {
  readonly #door: Door;
  readonly #coalescer: Coalescer<NewRow, Created>;

  constructor(door: Door, metrics: Metrics) {
    this.#door = door;
    const sizes = metrics.batchSize.labels('createCustomer');
    const retries = metrics.retriedAlone.labels('createCustomer');
    this.#coalescer = new Coalescer({
      // 256 customers of 1 KiB are a quarter of a megabyte of SQL parameter and a few milliseconds of the server's time.
      maxBatch: 256,
      maxFlying: 2,
      joinFrom: 32,
      exclusive: (row) => row.key?.key,
      together: (tenant, rows) => this.#together(tenant, rows),
      alone: (tenant, row) => this.#alone(tenant, row),
      onBatch: (size, alone) => {
        sizes.observe(size);
        if (alone > 0) retries.inc(alone);
      },
    });
  }

  /** @throws RulesChanged; Problem customer-email-taken, customer-external-id-taken, idempotency-key-reused. */
  create(tenant: Tenant, row: NewRow): Promise<Created> {
    return this.#coalescer.submit(tenant, row);
  }

  async #together(tenant: Tenant, rows: readonly NewRow[]): Promise<(Created | undefined)[]> {
    const written = await this.#writePossible(tenant, rows);
    return rows.map(({ id, document }) => (written === 'all' || written.has(id) ? { document, replayed: false } : undefined));
  }

  /** Nearly always nothing conflicts, and the statement that need not care is a third cheaper. */
  async #writePossible(tenant: Tenant, rows: readonly NewRow[]): Promise<'all' | Set<string>> {
    try {
      await this.#door.write(tenant, (tx) => createAll(tx, rows));
      return 'all';
    } catch (error) {
      if (brokenUnique(error) === undefined || rows.length === 1) throw error;
      return await this.#door.write(tenant, (tx) => createPossible(tx, rows));
    }
  }

  async #alone(tenant: Tenant, row: NewRow): Promise<Created> {
    try {
      await this.#door.write(tenant, (tx) => createAll(tx, [row]));
      return { document: row.document, replayed: false };
    } catch (error) {
      const constraint = brokenUnique(error);
      if (constraint === undefined) throw error;
      // Either constraint may be the one that is named first: a repeat meets its own email address as well.
      const replay = await this.replay(tenant, row.key);
      if (replay) return replay;
      throw taken(constraint, error);
    }
  }

  /** What an earlier request with this key made; undefined when there was none, or no key. @throws Problem idempotency-key-reused. */
  async replay(tenant: Tenant, key: NewRow['key']): Promise<Created | undefined> {
    if (key === undefined) return undefined;
    const answer = await this.#door.read(tenant, (tx) => findAnswer(tx, key.key));
    if (answer === undefined) return undefined;
    if (answer.requestHash !== key.requestHash) {
      throw new Problem('idempotency-key-reused', 'This Idempotency-Key was used with another body. A new request needs a new key.', {
        errors: [{ pointer: '/header/idempotency-key', detail: 'was used with another body' }],
      });
    }
    return { document: answer.body ?? '', replayed: true };
  }
}
