import type { Late } from '../late.ts';
import { DatabaseAway, isAway, sqlState } from '../postgres/sql-errors.ts';
import type { Door, TenantTransaction } from './doors.ts';
import type { ModelDoor } from './model-door.ts';
import type { Freshness, ReplicaReads } from './read-replica.ts';
import type { SnapshotDoor } from './snapshot-door.ts';

/** A door whose reads may run on the replica; writes go through `primary` as ever. Closing it closes nothing: it has no connection of its own. */
export function doorWithReplica(primary: Door, replica: ReplicaReads<{ readonly door: Door }>): Door {
  return {
    read: (tenant, work) =>
      replica.read(
        ({ door }, freshness) => door.read(tenant, (tx) => proven(tx, work, freshness)),
        () => primary.read(tenant, work),
      ),
    write: primary.write,
    close: async () => {},
  };
}

/** The same for the door with models. */
export function modelDoorWithReplica(primary: ModelDoor, replica: ReplicaReads<{ readonly modelDoor: Late<ModelDoor> }>): ModelDoor {
  return {
    read: (tenant, work) =>
      replica.read(
        async ({ modelDoor }, freshness) =>
          (await modelDoor.get()).read(tenant, async (models, transaction) => {
            freshness.check(await transaction.run(freshness.statement, []));
            return await work(models, transaction);
          }),
        () => primary.read(tenant, work),
      ),
    write: primary.write,
    close: async () => {},
  };
}

/** After a long read was broken off on the replica the next ones are made on the primary: what broke it off may go on for a while. */
const REST_MS = 5 * 60_000;

/**
 * The same for reads of all rows. Once the first rows are out, the read stays where it is: what breaks it off then is thrown as DatabaseAway, and
 * whoever tries again finds the primary.
 */
export function snapshotsWithReplica(primary: SnapshotDoor, replica: ReplicaReads<{ readonly snapshots: SnapshotDoor }>): SnapshotDoor {
  let restsUntil = 0;
  let openThere = 0;

  async function* wherever<T>(readFrom: (door: SnapshotDoor, freshness?: Freshness) => AsyncGenerator<T>): AsyncGenerator<T> {
    let tried: AsyncGenerator<T> | undefined;
    const there = ({ snapshots }: { readonly snapshots: SnapshotDoor }, freshness: Freshness) => {
      tried = readFrom(snapshots, freshness);
      return begun(tried, true);
    };
    const here = () => {
      // Given up: it ends when it hears something, or its connection's limit is over.
      tried?.return(undefined).catch(() => {});
      return begun(readFrom(primary), false);
    };
    const { batches, first, isThere } = Date.now() < restsUntil ? await here() : await replica.read(there, here);
    if (isThere) openThere += 1;
    try {
      for (let next = first; !next.done; next = await (isThere ? replica.unlessLost(batches.next()) : batches.next())) yield next.value;
    } catch (error) {
      if (!isThere || !isReplicasFault(error)) throw error;
      restsUntil = Date.now() + REST_MS;
      throw new DatabaseAway('the read replica broke off a long read', { cause: error });
    } finally {
      if (isThere) openThere -= 1;
      // Not awaited on a replica: one that is lost says nothing any more.
      const closed = batches.return(undefined);
      if (isThere) closed.catch(() => {});
      else await closed;
    }
  }

  return {
    read: (tenant, query) => wherever((door, freshness) => door.read(tenant, query, freshness)),
    copy: (tenant, query, signal) => wherever((door, freshness) => door.copy(tenant, query, signal, freshness)),
    open: () => primary.open() + openThere,
  };
}

/** With the first rows, so that a refusal comes while there is still somewhere else to go. */
async function begun<T>(batches: AsyncGenerator<T>, isThere: boolean) {
  return { batches, first: await batches.next(), isThere };
}

const isReplicasFault = (error: unknown): boolean => isAway(error) || sqlState(error) === '40001' || sqlState(error) === '40P01';

/** The proof leads the flight. Its word comes before that of the others, which may be about rows of yesterday. */
async function proven<T>(tx: TenantTransaction, work: (tx: TenantTransaction) => Promise<T>, { statement, check }: Freshness): Promise<T> {
  const start = async (): Promise<T> => work(tx);
  const [proved, worked] = await Promise.allSettled([tx.run(statement, []).then(check), start()]);
  if (proved.status === 'rejected') throw proved.reason;
  if (worked.status === 'rejected') throw worked.reason;
  return worked.value;
}
