import type { Row } from '../postgres/flight.ts';
import { brokenUnique } from '../postgres/sql-errors.ts';
import type { TenantStatement } from '../postgres/statement.ts';
import type { Door } from '../tenancy/doors.ts';
import type { Tenant } from '../tenancy/tenant.ts';
import { chainHash, type LoggedEvent } from './event-chain.ts';
import { APPEND_EVENTS, LOG_END } from './event-log-statements.ts';

/** Something that happens in the transaction that appends events, or not at all. */
export interface AppendHook {
  /** Runs behind the append and finds the events in the log by their ids. The same events may come twice: the second time must change nothing. */
  readonly statement: TenantStatement;
  readonly values: (events: readonly LoggedEvent[]) => unknown[];
}

/** What became of the events given. */
export interface Appended {
  /** Number of the last event now in the log, when this call put one there. */
  readonly lastSeq: number | undefined;
  readonly appended: number;
  /** Were there before. */
  readonly duplicates: number;
  /** Came before an earlier version of the same thing. */
  readonly gaps: number;
}

interface LogEnd {
  readonly seq: number;
  readonly hash: Buffer;
}

/** As many tenants' log ends as are remembered: 100 bytes each. */
const ENDS_MAX = 10_000;
/** The end moves under us when another process appends to the same log, as for a moment in a rebalance. */
const ATTEMPTS = 5;

/**
 * Appends to tenants' event logs (design D8). One flight a call as long as nobody else appends: it says which end it takes for the last, and PostgreSQL
 * compares. The hashes are made here, so the log's end is known without asking.
 */
export class EventLogWriter {
  readonly #door: Door;
  readonly #hooks: readonly AppendHook[];
  readonly #ends = new Map<string, LogEnd>();
  readonly #turns = new Map<string, Promise<unknown>>();

  constructor(door: Door, hooks: readonly AppendHook[] = []) {
    this.#door = door;
    this.#hooks = hooks;
  }

  /** In the order given, those that are not there yet. What it returns is committed. @throws what the door throws; nothing was appended then. */
  append(tenant: Tenant, events: readonly LoggedEvent[]): Promise<Appended> {
    // One at a time: the end that one call leaves is the end the next one needs. Partitions of a tenant arrive side by side.
    const before = this.#turns.get(tenant.schema) ?? Promise.resolve();
    const turn = before.then(() => this.#append(tenant, events));
    const ended = turn
      .catch(() => {})
      .then(() => {
        if (this.#turns.get(tenant.schema) === ended) this.#turns.delete(tenant.schema);
      });
    this.#turns.set(tenant.schema, ended);
    return turn;
  }

  async #append(tenant: Tenant, events: readonly LoggedEvent[]): Promise<Appended> {
    const own = firstOfEach(events);
    let known: ReadonlySet<string> = new Set();
    let end = this.#ends.get(tenant.schema);
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      if (end === undefined) ({ end, known } = await this.#read(tenant, own));
      const fresh = own.filter(({ id }) => !known.has(id));
      const duplicates = events.length - fresh.length;
      if (fresh.length === 0) return { lastSeq: undefined, appended: 0, duplicates, gaps: 0 };
      const rows = await this.#put(tenant, end, fresh).catch((error: unknown) => {
        // Some are there already: which ones is asked below.
        if (brokenUnique(error) !== undefined) return [];
        this.#ends.delete(tenant.schema);
        throw error;
      });
      if (rows.length > 0) {
        return { lastSeq: end.seq + fresh.length, appended: fresh.length, duplicates, gaps: rows.filter(({ isGap }) => isGap).length };
      }
      end = undefined;
    }
    throw new Error(`the event log of ${tenant.slug} moved ${ATTEMPTS} times while events were appended`);
  }

  async #put(tenant: Tenant, end: LogEnd, events: readonly LoggedEvent[]): Promise<Row[]> {
    let { hash } = end;
    const hashes = events.map((event, at) => {
      hash = chainHash(hash, end.seq + at + 1, event);
      return hash;
    });
    const values = [
      String(end.seq),
      end.hash,
      hash,
      events.map((_, at) => String(end.seq + at + 1)),
      events.map(({ id }) => id),
      events.map(({ type }) => type),
      events.map(({ subject }) => subject),
      events.map(({ version }) => version),
      events.map(({ time }) => time),
      events.map(({ traceparent }) => traceparent),
      events.map(({ data }) => data),
      hashes,
    ];
    const rows = await this.#door.write(tenant, async (tx) => {
      const sent = [tx.run(APPEND_EVENTS, values), ...this.#hooks.map((hook) => tx.run(hook.statement, hook.values(events)))];
      const [appended = []] = await Promise.all(sent);
      return appended;
    });
    if (rows.length > 0) this.#remember(tenant.schema, { seq: end.seq + events.length, hash });
    return rows;
  }

  async #read(tenant: Tenant, events: readonly LoggedEvent[]): Promise<{ end: LogEnd; known: ReadonlySet<string> }> {
    const ids = events.map(({ id }) => id);
    const [row] = await this.#door.read(tenant, (tx) => tx.run(LOG_END, [ids]));
    const { seq, hash, known } = row as { seq: string; hash: Buffer; known: string[] };
    return { end: { seq: Number(seq), hash }, known: new Set(known) };
  }

  #remember(schema: string, end: LogEnd): void {
    this.#ends.delete(schema);
    if (this.#ends.size >= ENDS_MAX) this.#ends.delete(this.#ends.keys().next().value as string);
    this.#ends.set(schema, end);
  }
}

function firstOfEach(events: readonly LoggedEvent[]): LoggedEvent[] {
  const byId = new Map<string, LoggedEvent>();
  for (const event of events) if (!byId.has(event.id)) byId.set(event.id, event);
  return [...byId.values()];
}
