import { isAway } from '../postgres/sql-errors.ts';
import type { Tenant } from './tenant.ts';

interface CoalescerOptions<Item, Result> {
  readonly maxBatch: number;
  /** Requests with the same key never share a batch: one of them must be stored before the next is tried. */
  readonly exclusive?: (item: Item) => string | undefined;
  /** One statement for all items; the answer at an item's place, or undefined for one that has to be tried alone. */
  readonly together: (tenant: Tenant, items: readonly Item[]) => Promise<readonly (Result | undefined)[]>;
  /** The same for one item, and the only place that explains a refusal. */
  readonly alone: (tenant: Tenant, item: Item) => Promise<Result>;
  readonly onBatch?: (size: number, alone: number) => void;
}

interface Waiting<Item, Result> {
  readonly item: Item;
  readonly key: string | undefined;
  readonly resolve: (result: Result) => void;
  readonly reject: (error: unknown) => void;
}

interface Lane<Item, Result> {
  tenant: Tenant;
  waiting: Waiting<Item, Result>[];
}

/**
 * Merges the requests of one tenant that arrive while a statement of the same kind is in flight into the next one (M5). Nothing waits for a
 * timer: an idle tenant's request leaves at once, a busy tenant's shares one commit with its neighbours. Never across tenants. An item that
 * spoils its batch is tried alone, so it fails alone.
 */
export class Coalescer<Item, Result> {
  readonly #options: CoalescerOptions<Item, Result>;
  readonly #lanes = new Map<string, Lane<Item, Result>>();

  constructor(options: CoalescerOptions<Item, Result>) {
    this.#options = options;
  }

  submit(tenant: Tenant, item: Item): Promise<Result> {
    return new Promise((resolve, reject) => {
      const waiting = { item, key: this.#options.exclusive?.(item), resolve, reject };
      const lane = this.#lanes.get(tenant.tenantId);
      if (lane) {
        lane.tenant = tenant;
        lane.waiting.push(waiting);
        return;
      }
      const opened = { tenant, waiting: [waiting] };
      this.#lanes.set(tenant.tenantId, opened);
      void this.#drain(opened);
    });
  }

  async #drain(lane: Lane<Item, Result>): Promise<void> {
    while (lane.waiting.length > 0) await this.#fly(lane.tenant, this.#takeBatch(lane));
    this.#lanes.delete(lane.tenant.tenantId);
  }

  #takeBatch(lane: Lane<Item, Result>): Waiting<Item, Result>[] {
    const { maxBatch, exclusive } = this.#options;
    if (exclusive === undefined && lane.waiting.length <= maxBatch) {
      const batch = lane.waiting;
      lane.waiting = [];
      return batch;
    }
    const batch: Waiting<Item, Result>[] = [];
    const left: Waiting<Item, Result>[] = [];
    const keys = new Set<string>();
    for (const waiting of lane.waiting) {
      const fits = batch.length < maxBatch && (waiting.key === undefined || !keys.has(waiting.key));
      if (waiting.key !== undefined) keys.add(waiting.key);
      (fits ? batch : left).push(waiting);
    }
    lane.waiting = left;
    return batch;
  }

  /** Settles every item of the batch; never rejects. */
  async #fly(tenant: Tenant, batch: readonly Waiting<Item, Result>[]): Promise<void> {
    const { together, alone, onBatch } = this.#options;
    let results: readonly (Result | undefined)[];
    try {
      results = await together(
        tenant,
        batch.map(({ item }) => item),
      );
    } catch (error) {
      if (isAway(error)) {
        for (const { reject } of batch) reject(error);
        return;
      }
      results = [];
    }
    const single: Promise<void>[] = [];
    batch.forEach((waiting, place) => {
      const result = results[place];
      if (result !== undefined) waiting.resolve(result);
      else single.push(alone(tenant, waiting.item).then(waiting.resolve, waiting.reject));
    });
    onBatch?.(batch.length, single.length);
    await Promise.all(single);
  }
}
