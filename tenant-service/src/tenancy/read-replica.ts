import { DatabaseAway, isAway, sqlState } from '../postgres/sql-errors.ts';
import { TenantStatement } from '../postgres/statement.ts';
import { Problem } from '../problem.ts';
import type { Log } from '../telemetry/log.ts';
import { ReadIndex } from './read-index.ts';
import type { ReplicaServers } from './replica-servers.ts';
import { type WalPosition, walPosition } from './wal-position.ts';

/**
 * Why the primary answered. away: the replica is, or was when asked last · behind: it does not show the newest writes yet · unfit: it is no
 * replica of this primary · conflict: what it replayed removed what the read needed · failed: it refused the statement · unasked: the primary
 * did not say where it is.
 */
export type WhyPrimary = 'away' | 'behind' | 'unfit' | 'conflict' | 'failed' | 'unasked';

/** What proves in a transaction of its own that the transaction's later statements see everything up to a place. */
export interface Freshness {
  /** Must run before them. It says nothing at another isolation level than read committed: there they might see less than it does. */
  readonly statement: TenantStatement;
  /** Takes the rows of the statement. @throws ReplicaBehind. */
  readonly check: (rows: readonly Readonly<Record<string, unknown>>[]) => void;
}

/** Runs reads on the replica or on the primary. */
export interface ReplicaReads<Doors> {
  /**
   * `there` on the replica when that loses nothing, else `here` on the primary; also after a failure of `there`, so both must be repeatable.
   * What was acknowledged before the call is seen by either. @throws what the last of the two throws.
   */
  readonly read: <T>(there: (doors: Doors, freshness: Freshness) => Promise<T>, here: () => Promise<T>) => Promise<T>;
  /** Races a wait on the replica against its end. @throws DatabaseAway. */
  readonly unlessLost: <T>(work: Promise<T>) => Promise<T>;
}

/** The replica a transaction ran on did not show everything yet. */
export class ReplicaBehind extends Error {
  override readonly name = 'ReplicaBehind';
}

/** What happens to the reads that may go to the replica, for metrics. */
export interface ReplicaObserver {
  readonly onRead: (server: 'replica' | 'primary', why: WhyPrimary | 'fresh') => void;
  /** How long a read waited until it knew that the replica shows enough. */
  readonly onWait: (seconds: number) => void;
  readonly onLag: (bytes: number) => void;
  readonly onUse: (isUsed: boolean) => void;
}

interface ReadReplicaOptions<Doors> {
  readonly servers: ReplicaServers;
  /** Doors to the replica; opened when it is found usable, closed when it is lost. They connect when first used. */
  readonly open: () => { readonly doors: Doors; readonly close: () => Promise<void> };
  readonly observer: ReplicaObserver;
  readonly log: Log;
}

/** A replica that is further behind than this is not waited for: the primary has answered by then. */
const REPLAY_WAIT_MS = 100;
const POLL_MS = 2;
/** While reads are on the replica it is asked whether it is still there. */
const BEAT_MS = 250;
/** How often a replica that is not used is looked at. One that is behind had better not be missed for long; the others may take their time. */
const LOOK_AGAIN_MS = { behind: 250, other: 1000 };
/** A statement on a replica waits for a lock that replay holds; on the primary the lock may be long gone. */
const LOCK_WAIT_MS = 250;
/** Reads in a row that failed on a replica which answers questions: something else is wrong with it. */
const FAILURES_MAX = 3;

const FRESHNESS = new TenantStatement(
  'replica_freshness',
  `select case when pg_is_in_recovery() and current_setting('transaction_isolation') = 'read committed' then pg_last_wal_replay_lsn()::text end
    as position,
  set_config('lock_timeout', '${LOCK_WAIT_MS}', true) as lock_timeout`,
);

/**
 * A cell's read replica, by read index: a read asks the primary how far its log is, waits shortly until the replica shows that much, and runs
 * there; its own transaction proves it. So nobody reads less than was acknowledged before they asked, and no client carries a token. A replica
 * that is away, behind or wrong costs no read anything: they go to the primary at once until a look in the background finds it well.
 */
export class ReadReplica<Doors> implements ReplicaReads<Doors> {
  readonly #options: ReadReplicaOptions<Doors>;
  readonly #index: ReadIndex;
  #unused: WhyPrimary | undefined = 'away';
  #opened: { readonly doors: Doors; readonly close: () => Promise<void> } | undefined;
  /** The furthest the replica has been seen. It never goes back while it is the same one. */
  #replayed: WalPosition | undefined;
  /** In a row. */
  #failures = 0;
  #waiting: { readonly floor: WalPosition; readonly until: number; readonly resolve: (isReached: boolean) => void }[] = [];
  #isPolling = false;
  /** Ends of the waits on the replica. */
  readonly #onLost = new Set<(error: Error) => void>();
  #beat: NodeJS.Timeout | undefined;
  #look: NodeJS.Timeout | undefined;
  #isStopped = false;

  constructor(options: ReadReplicaOptions<Doors>) {
    this.#options = options;
    this.#index = new ReadIndex(options.servers.primaryPosition);
  }

  /** Looks for the replica, in the background. Until it is found, the primary answers. */
  start(): void {
    this.#options.observer.onUse(false);
    void this.#lookAgain();
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    clearTimeout(this.#look);
    this.#discard('the service stops');
    await this.#options.servers.close();
  }

  async read<T>(there: (doors: Doors, freshness: Freshness) => Promise<T>, here: () => Promise<T>): Promise<T> {
    const floor = this.#unused ?? (await this.#floor());
    let why: WhyPrimary;
    if (typeof floor !== 'bigint') why = floor;
    else if (this.#opened === undefined) why = this.#unused ?? 'away';
    else {
      try {
        const answer = await this.unlessLost(there(this.#opened.doors, this.#freshness(floor)));
        this.#failures = 0;
        this.#options.observer.onRead('replica', 'fresh');
        return answer;
      } catch (error) {
        const reason = whyNot(error);
        if (reason === undefined) throw error;
        why = reason;
        this.#failed(reason, error);
      }
    }
    this.#options.observer.onRead('primary', why);
    return await here();
  }

  #failed(why: WhyPrimary, error: unknown): void {
    this.#failures += 1;
    if (why === 'failed') this.#options.log.warn({ err: error }, 'a read failed on the read replica and is made on the primary');
    if (this.#unused !== undefined) return;
    if (this.#failures >= FAILURES_MAX) this.#leave('away', 'reads on it fail', error);
    else if (why === 'away') void this.#ask();
  }

  unlessLost<T>(work: Promise<T>): Promise<T> {
    this.#beat ??= setInterval(() => void this.#ask(), BEAT_MS).unref();
    return new Promise((resolve, reject) => {
      this.#onLost.add(reject);
      work.then(resolve, reject).finally(() => {
        this.#onLost.delete(reject);
        if (this.#onLost.size > 0) return;
        clearInterval(this.#beat);
        this.#beat = undefined;
      });
    });
  }

  /** Where the primary's log was after the caller came, once the replica has replayed up to there; or why not to go there. */
  async #floor(): Promise<WalPosition | WhyPrimary> {
    const started = performance.now();
    const seen = this.#replayed;
    let floor: WalPosition;
    try {
      floor = await this.#index.position();
    } catch {
      return 'unasked';
    }
    if (seen !== undefined && floor < seen) {
      this.#leave('unfit', 'its log is ahead of the primary’s: it follows another one');
      return 'unfit';
    }
    if (!(await this.#reached(floor))) return this.#unused ?? 'behind';
    this.#options.observer.onWait((performance.now() - started) / 1000);
    return floor;
  }

  #freshness(floor: WalPosition): Freshness {
    return {
      statement: FRESHNESS,
      check: ([row]) => {
        // Behind one address there may be several replicas, and behind one replica a restart: the transaction's own word counts.
        const position = row?.position == null ? undefined : walPosition(row.position);
        if (position === undefined || position < floor) throw new ReplicaBehind('the replica does not show everything yet');
        this.#saw(position);
      },
    };
  }

  #reached(floor: WalPosition): Promise<boolean> {
    if (this.#unused !== undefined) return Promise.resolve(false);
    if (this.#replayed !== undefined && this.#replayed >= floor) {
      this.#options.observer.onLag(0);
      return Promise.resolve(true);
    }
    return this.#wait(floor);
  }

  #wait(floor: WalPosition): Promise<boolean> {
    return new Promise((resolve) => {
      this.#waiting.push({ floor, until: performance.now() + REPLAY_WAIT_MS, resolve });
      if (!this.#isPolling) void this.#poll();
    });
  }

  /** One look at the replica serves everybody who waits for it. */
  async #poll(): Promise<void> {
    this.#isPolling = true;
    while (this.#waiting.length > 0) {
      const replayed = await this.#ask();
      const waiting = this.#waiting;
      this.#waiting = [];
      let [lag, isLate] = [0n, false];
      for (const waiter of waiting) {
        const missing = replayed === undefined ? 0n : waiter.floor - replayed;
        if (missing > lag) lag = missing;
        if (replayed !== undefined && missing <= 0n) waiter.resolve(true);
        else if (replayed === undefined || performance.now() >= waiter.until) {
          isLate ||= replayed !== undefined;
          waiter.resolve(false);
        } else this.#waiting.push(waiter);
      }
      this.#options.observer.onLag(Number(lag));
      if (isLate) this.#leave('behind', 'it replays too slowly, or not at all');
      if (this.#waiting.length > 0) await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
    this.#isPolling = false;
  }

  /** Where the replica is; undefined, and it is not used any more, when it does not say. */
  async #ask(): Promise<WalPosition | undefined> {
    try {
      const replayed = await this.#options.servers.replicaPosition();
      if (replayed === undefined) this.#leave('unfit', 'it is not a replica');
      else this.#saw(replayed);
      return replayed;
    } catch (error) {
      this.#leave('away', 'it does not answer', error);
      return undefined;
    }
  }

  #saw(position: WalPosition): void {
    if (this.#replayed === undefined || position > this.#replayed) this.#replayed = position;
  }

  /** Reads go to the primary until a look finds the replica well. One that is only behind keeps its connections. */
  #leave(why: WhyPrimary, reason: string, error?: unknown): void {
    if (why !== 'behind') this.#discard(reason);
    if (this.#isStopped) return;
    if (this.#unused !== why) {
      // Being behind comes and goes with the load; metrics tell how often.
      const level = why === 'behind' ? 'debug' : 'warn';
      this.#options.log[level]({ err: error, why, reason }, 'the read replica is not used');
      this.#options.observer.onUse(false);
    }
    this.#unused = why;
    clearTimeout(this.#look);
    const waitMs = why === 'behind' ? LOOK_AGAIN_MS.behind : LOOK_AGAIN_MS.other;
    // Not all replicas of the service at the same moment.
    this.#look = setTimeout(() => void this.#lookAgain(), waitMs * (0.75 + Math.random() / 2)).unref();
  }

  /** Whatever waits for the replica goes to the primary. */
  #discard(reason: string): void {
    this.#replayed = undefined;
    const opened = this.#opened;
    this.#opened = undefined;
    opened?.close().catch(() => {});
    for (const lose of this.#onLost) lose(new DatabaseAway(`the read replica was lost: ${reason}`));
  }

  /** The replica first, the primary after it: a replica that is ahead follows another log, and would hide what it has not got of this one. */
  async #lookAgain(): Promise<void> {
    const { servers, log, observer, open } = this.#options;
    try {
      if (this.#opened === undefined && !(await servers.isSameSystem())) return this.#leave('unfit', 'it is made of another cluster');
      const replayed = await servers.replicaPosition();
      if (replayed === undefined) return this.#leave('unfit', 'it is not a replica');
      const floor = await servers.primaryPosition();
      if (floor < replayed) return this.#leave('unfit', 'its log is ahead of the primary’s: it follows another one');
      this.#saw(replayed);
      if (replayed < floor && !(await this.#wait(floor))) return;
      if (this.#isStopped) return;
      this.#opened ??= open();
      if (this.#unused !== undefined && this.#unused !== 'behind') log.info('the read replica is used');
      [this.#unused, this.#failures] = [undefined, 0];
      observer.onUse(true);
    } catch (error) {
      this.#leave('away', 'it does not answer', error);
    }
  }
}

/** Undefined for what the primary would say as well: the request's own fault, or its statement's that took too long. */
function whyNot(error: unknown): WhyPrimary | undefined {
  if (error instanceof ReplicaBehind) return 'behind';
  const state = sqlState(error);
  if (error instanceof Problem || state === '57014') return undefined;
  if (state === '40001' || state === '40P01') return 'conflict';
  return isAway(error) ? 'away' : 'failed';
}
