import type { Door } from '../tenancy/doors.ts';
import type { Tenant } from '../tenancy/tenant.ts';
import { COMPLETE_ROLL_UP, COUNT_EVENTS, COUNT_ROWS, LOCK_ROLL_UPS, READ_WATERMARKS, REMOVE_ROLL_UPS } from './roll-up-statements.ts';

/** How far a generation of figures is. */
export interface Watermark {
  readonly generation: number;
  readonly isComplete: boolean;
  /** Number of the last event that is counted, and of the last one there is. */
  readonly seq: number;
  readonly last: number;
  /** When the first event was logged that is not counted. */
  readonly waitsSince: Date | undefined;
}

/** Making figures of all rows of a tenant takes as long as it takes; a request waits for nothing of it. */
const REBUILD_LIMIT_MS = 4 * 3_600_000;

/** The figures of each day of a tenant, kept from its event log. Everything is one transaction: killed anywhere, it has happened or not. */
export class RollUps {
  readonly #door: Door;

  constructor(door: Door) {
    this.#door = door;
  }

  /** Of every generation, the newest first; empty for a tenant whose rows have not been counted yet. */
  async watermarks(tenant: Tenant): Promise<Watermark[]> {
    const rows = await this.#door.read(tenant, (tx) => tx.run(READ_WATERMARKS, []));
    return rows.flatMap((row) => {
      const { generation, isComplete, seq, last, waitsSince } = row as {
        generation: number | null;
        isComplete: boolean;
        seq: string;
        last: string;
        waitsSince: Date | null;
      };
      return generation === null
        ? []
        : [{ generation, isComplete, seq: Number(seq), last: Number(last), waitsSince: waitsSince ?? undefined }];
    });
  }

  /** Counts up to `limit` further events for every generation. Returns how many, and whether some are left. @throws what the door throws. */
  async count(tenant: Tenant, limit: number): Promise<{ readonly isBehind: boolean }> {
    const rows = await this.#door.write(tenant, async (tx) => {
      const [, moved] = await Promise.all([tx.run(LOCK_ROLL_UPS, []), tx.run(COUNT_EVENTS, [limit])]);
      return moved;
    });
    return { isBehind: rows.some(({ ends, last }) => ends !== last) };
  }

  /** The first generation, from the rows that are there. Does nothing for a tenant that has one by then. */
  async begin(tenant: Tenant): Promise<void> {
    await this.#door.write(unhurried(tenant), (tx) => tx.run(COUNT_ROWS, [false]));
  }

  /**
   * Counts everything anew from the rows, beside the figures that are read meanwhile, and puts the new ones in their place. What a rebuild before this
   * one left half done is removed. @throws Error when another one came first; what the door throws.
   */
  async rebuild(tenant: Tenant, limit: number): Promise<number> {
    await this.#remove(tenant);
    const [begun] = await this.#door.write(unhurried(tenant), (tx) => tx.run(COUNT_ROWS, [true]));
    if (begun === undefined) throw new Error('the figures of this tenant have been made meanwhile');
    const { generation } = begun as { generation: number };
    let done = false;
    while (!done) {
      const { isBehind } = await this.count(tenant, limit);
      if (!isBehind) done = await this.#complete(tenant, generation);
    }
    await this.#remove(tenant);
    return generation;
  }

  /** False while events came that one generation has counted and the other has not. @throws Error when the generation is gone. */
  async #complete(tenant: Tenant, generation: number): Promise<boolean> {
    const rows = await this.#door.write(tenant, async (tx) => {
      const [, completed] = await Promise.all([tx.run(LOCK_ROLL_UPS, []), tx.run(COMPLETE_ROLL_UP, [generation])]);
      return completed;
    });
    if (rows.length > 0) return true;
    if (!(await this.watermarks(tenant)).some((each) => each.generation === generation))
      throw new Error('another rebuild has begun meanwhile');
    return false;
  }

  async #remove(tenant: Tenant): Promise<void> {
    await this.#door.write(unhurried(tenant), (tx) => Promise.all([tx.run(LOCK_ROLL_UPS, []), tx.run(REMOVE_ROLL_UPS, [])]));
  }
}

const unhurried = (tenant: Tenant): Tenant => ({ ...tenant, statementTimeoutMs: REBUILD_LIMIT_MS });
