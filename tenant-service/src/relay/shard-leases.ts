import { RELAY_PRESENT } from '@tenantry/contracts';
import type { ClientBase } from 'pg';

/** Shards of a cell's outbox. Never another number: relays of two releases would both serve a tenant while one replaces the other. */
export const SHARDS = 16;

/** Any number, the same in every relay; locks are per database, so cells do not meet. `PRESENT`: what relays are counted by. */
const [LOCK, PRESENT] = RELAY_PRESENT;

const COUNT_MEMBERS = `
select count(*)::int as count from pg_locks
where locktype = 'advisory' and database = (select oid from pg_database where datname = current_database())
  and classid = ${LOCK}::oid and objid = ${PRESENT}::oid and granted`;

/**
 * Which shards this relay serves: its part of them, each by an advisory lock of the session. Locks live and die with the connection, so a process
 * that lost it cannot go on by mistake, and who is killed is replaced within a second or two. Whoever joins gets its part from those who have more.
 */
export class ShardLeases {
  readonly #client: ClientBase;
  readonly #held = new Set<number>();
  #isPresent = false;

  constructor(client: ClientBase) {
    this.#client = client;
  }

  get held(): number[] {
    return [...this.#held];
  }

  /** Takes what is free up to this relay's part, and gives back what is above it. To be called with nothing under way. */
  async rebalance(): Promise<void> {
    if (!this.#isPresent) {
      await this.#client.query('select pg_advisory_lock_shared($1, $2)', [LOCK, PRESENT]);
      this.#isPresent = true;
    }
    const { rows } = await this.#client.query<{ count: number }>(COUNT_MEMBERS);
    const part = Math.ceil(SHARDS / Math.max(1, rows[0]?.count ?? 1));
    for (const shard of this.held.slice(part)) {
      this.#held.delete(shard);
      await this.#client.query('select pg_advisory_unlock($1, $2)', [LOCK, shard]);
    }
    for (let shard = 0; shard < SHARDS && this.#held.size < part; shard += 1) {
      if (!this.#held.has(shard) && (await this.#take(shard))) this.#held.add(shard);
    }
  }

  async #take(shard: number): Promise<boolean> {
    const { rows } = await this.#client.query<{ taken: boolean }>('select pg_try_advisory_lock($1, $2) as taken', [LOCK, shard]);
    return rows[0]?.taken === true;
  }
}
