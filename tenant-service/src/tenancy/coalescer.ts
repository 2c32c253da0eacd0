import { isAway } from '../postgres/sql-errors.ts';
import type { Tenant } from './tenant.ts';

interface CoalescerOptions<Item, Result> {
  readonly maxBatch: number;
  /** Statements of one tenant on their way at once. Two keep the database busy while this process reads and answers. */
  readonly maxFlying: number;
  /** A second statement beside the first has at least this many requests. */
  readonly joinFrom: number;
  /** How long the first waits for others when nobody waits for its answer. Absent: it leaves at once. */
  readonly lingerMs?: number;
  /** Requests with the same key are never on their way together: one of them must be stored before the next is tried. */
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

/** From a batch of this size its tenant is busy enough for the next to be worth a look at what comes in. */
const LOOK_FROM = 8;
/** Turns of the event loop the next batch waits at most; it leaves with the first turn that brings nobody. */
const LOOKS_MAX = 4;

interface Lane<Item, Result> {
  tenant: Tenant;
  waiting: Waiting<Item, Result>[];
  /** Nothing leaves before the look at what comes in. */
  looking: boolean;
  /** Batches on their way. */
  flying: number;
  /** Requests in them. */
  flyingItems: number;
  /** Keys of those batches. */
  readonly keys: Set<string>;
}

/**
 * Merges the requests of one tenant that arrive while statements of the same kind are in flight into the next one (M5). Unless told to linger, nothing waits for a
 * timer: an idle tenant's request leaves at once, a busy tenant's shares one commit with its neighbours. Never across tenants. An item that
 * spoils its batch is tried alone, so it fails alone.
 *
 * Whoever was answered together comes back together. So after a large batch what arrives is read first, for some turns of the event loop:
 * otherwise the first of them would leave alone and all others wait for it, and a statement costs the server as much as ten rows (measured).
 */
export class Coalescer<Item, Result> {
  readonly #options: CoalescerOptions<Item, Result>;
  readonly #lanes = new Map<string, Lane<Item, Result>>();

  constructor(options: CoalescerOptions<Item, Result>) {
    this.#options = options;
  }

  submit(tenant: Tenant, item: Item): Promise<Result> {
    return new Promise((resolve, reject) => {
      let lane = this.#lanes.get(tenant.tenantId);
      if (lane === undefined) {
        lane = { tenant, waiting: [], looking: false, flying: 0, flyingItems: 0, keys: new Set() };
        this.#lanes.set(tenant.tenantId, lane);
      }
      // The newest row of the registry decides, also for those that wait.
      lane.tenant = tenant;
      lane.waiting.push({ item, key: this.#options.exclusive?.(item), resolve, reject });
      if (!this.#mayLeave(lane)) return;
      const { lingerMs, maxBatch } = this.#options;
      if (lingerMs === undefined || lane.waiting.length >= maxBatch) this.#launch(lane);
      else if (lane.waiting.length === 1) {
        const lingering = lane;
        setTimeout(() => this.#mayLeave(lingering) && this.#launch(lingering), lingerMs);
      }
    });
  }

  /**
   * At once when nothing is on its way. A further statement waits for as many requests as are on their way, so that both grow alike: many
   * small ones would each pay for a commit of their own.
   */
  #mayLeave(lane: Lane<Item, Result>): boolean {
    const { maxFlying, joinFrom } = this.#options;
    if (lane.looking) return false;
    if (lane.flying === 0) return lane.waiting.length > 0;
    return lane.flying < maxFlying && lane.waiting.length >= Math.max(joinFrom, lane.flyingItems);
  }

  #launch(lane: Lane<Item, Result>): void {
    const batch = this.#takeBatch(lane);
    // Everything that waits has a key that is under way: it goes when that key has landed.
    if (batch.length === 0) return;
    lane.flying += 1;
    lane.flyingItems += batch.length;
    void this.#fly(lane.tenant, batch).then(() => {
      lane.flying -= 1;
      lane.flyingItems -= batch.length;
      for (const { key } of batch) if (key !== undefined) lane.keys.delete(key);
      if (lane.flying === 0 && batch.length >= LOOK_FROM && lane.waiting.length < batch.length / 2) this.#look(lane, batch.length);
      else this.#goOn(lane);
    });
  }

  /** The first immediate comes in this turn of the event loop, before anything is read; the next ones each after a reading. */
  #look(lane: Lane<Item, Result>, landed: number): void {
    lane.looking = true;
    let [looks, seen] = [0, -1];
    const look = (): void => {
      const { length } = lane.waiting;
      if (looks < LOOKS_MAX && length > seen && length < landed) {
        [looks, seen] = [looks + 1, length];
        setImmediate(look);
        return;
      }
      lane.looking = false;
      this.#goOn(lane);
    };
    setImmediate(look);
  }

  #goOn(lane: Lane<Item, Result>): void {
    if (this.#mayLeave(lane)) this.#launch(lane);
    else if (lane.flying === 0 && !lane.looking) this.#lanes.delete(lane.tenant.tenantId);
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
    for (const waiting of lane.waiting) {
      const { key } = waiting;
      const fits = batch.length < maxBatch && (key === undefined || !lane.keys.has(key));
      if (fits && key !== undefined) lane.keys.add(key);
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
