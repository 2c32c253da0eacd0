import pg from 'pg';
import type { PostgresLogin } from '../role-config.ts';
import { Flight, KeptStatements, type Row } from './flight.ts';
import { DatabaseAway, DoorClosed, isAway, sqlState } from './sql-errors.ts';
import type { PreparedStatement } from './statement.ts';

/** A starting server takes connections and answers none for a while; who waits for one has their 503 well before they think us hung (5 s). */
const CONNECT_MS = 3000;

/** How a connection is made. Certificate and host name are always checked. */
export function clientConfig(login: PostgresLogin, applicationName: string): pg.ClientConfig {
  return {
    host: login.host,
    port: login.port,
    database: login.database,
    user: login.user,
    password: login.password,
    ssl: { ca: login.ca, rejectUnauthorized: true },
    application_name: applicationName,
    keepAlive: true,
    connectionTimeoutMillis: CONNECT_MS,
  };
}

/** Puts a statement into the flight; resolves with its rows. */
export type Send = (statement: PreparedStatement, values: unknown[]) => Promise<Row[]>;

/** What a flight begins with: the statement that makes the transaction the tenant's. Both take the same values. */
export interface Opening {
  /** For statements that are kept: planned once for whatever values come, because they look up keys and add rows. */
  readonly kept: PreparedStatement;
  /** For a flight with a statement made for one request, which is planned for its values. */
  readonly oneTime: PreparedStatement;
  readonly values: readonly unknown[];
}

const RETRY_AFTER_FAILURE_MS = 250;
/** A tenant whose membership is gone is asked for again and again; a second opinion costs a connection. */
const SECOND_OPINION_AFTER_MS = 1000;
/** The server stops a statement at its limit; silence for this long beyond it means that the network, not the statement, is at fault. */
const GRACE_MS = 10_000;

interface Connected {
  readonly client: pg.Client;
  readonly kept: KeptStatements | undefined;
}

/**
 * One connection in pipeline mode: several transactions may be on the wire one behind the other. Connects when first used, and again after
 * it broke; while the server is away, calls fail at once instead of queueing.
 */
export class Connection {
  readonly #config: pg.ClientConfig;
  readonly #second: pg.ClientConfig;
  readonly #named: boolean;
  #client: Promise<Connected> | undefined;
  #failedAt = 0;
  #isClosed = false;
  #inFlight = 0;
  #askedElsewhereAt = Number.NEGATIVE_INFINITY;
  /** When something last came back, or the first flight left. */
  #progressAt = 0;
  /** Longest time limit of the flights on the wire. */
  #limitMs = 0;
  readonly #watch: NodeJS.Timeout;

  /** `second` is asked when a role is refused: the same, or a login that may become more. */
  constructor(config: pg.ClientConfig, named: boolean, second: pg.ClientConfig = config) {
    this.#config = { ...config, pipeline: true } as pg.ClientConfig;
    this.#second = { ...second, pipeline: true } as pg.ClientConfig;
    this.#named = named;
    this.#watch = setInterval(() => this.#dropIfSilent(), 5000).unref();
  }

  /** Flights on the wire; the pool prefers the connection with fewer. */
  get inFlight(): number {
    return this.#inFlight;
  }

  /**
   * Sends `opening` and whatever `work` sends before it first waits as one write and one transaction. `limitMs` is the statements' time limit,
   * which `opening` sets. What comes back is committed.
   * @throws DoorClosed when `opening` was refused, or `work` hid that a statement was; the database's error of a statement or of the commit;
   * DatabaseAway when there is no connection, or it broke on the way: whether the work was committed is then unknown.
   */
  async fly<T>(opening: Opening, limitMs: number, work: (send: Send) => Promise<T>): Promise<T> {
    this.#inFlight += 1;
    if (this.#inFlight === 1) [this.#progressAt, this.#limitMs] = [Date.now(), 0];
    this.#limitMs = Math.max(this.#limitMs, limitMs);
    try {
      const { client, kept } = await this.#connected();
      const first = new Flight(kept);
      const worked = launch(client, first, opening, work);
      // Read below; until then it may be rejected without anybody listening.
      worked.catch(() => {});
      const { flight, error } = await this.#landed(first, client);
      const [result] = await Promise.allSettled([worked]);
      if (error !== undefined) throw flight.done === 0 ? error : unlessHidden(error, result);
      if (result.status === 'rejected') throw result.reason;
      return result.value;
    } finally {
      this.#inFlight -= 1;
      this.#progressAt = Date.now();
    }
  }

  /** Waits for the flights on the wire, then says goodbye. */
  async close(): Promise<void> {
    clearInterval(this.#watch);
    this.#isClosed = true;
    const connected = await this.#client?.catch(() => undefined);
    this.#client = undefined;
    await connected?.client.end();
  }

  /** The flight that is to be believed, and what it ended with. */
  async #landed(flight: Flight, client: pg.Client): Promise<{ readonly flight: Flight; readonly error: unknown }> {
    const error = await outcome(flight);
    if (error === undefined || flight.done > 0) return { flight, error };
    const second = sqlState(error) === '42501' ? await this.#flownElsewhere(flight, client) : undefined;
    if (second !== undefined) return second;
    const reason = unopened(error);
    flight.refuse(reason);
    return { flight, error: reason };
  }

  /**
   * A backend that reads its login's memberships while one is added may go on without it until rights change again (PostgreSQL marks the list valid).
   * So a role that is refused is asked for once more of a backend that reads anew; when that one gives it, it takes the place of the first, whose
   * other flights still land. When it refuses as well the first was right, and keeps what it knows. Undefined when it was not asked.
   */
  async #flownElsewhere(flight: Flight, from: pg.Client): Promise<{ readonly flight: Flight; readonly error: unknown } | undefined> {
    if (Date.now() - this.#askedElsewhereAt < SECOND_OPINION_AFTER_MS) return undefined;
    this.#askedElsewhereAt = Date.now();
    const fresh = this.#connecting(this.#second);
    const connected = await fresh.catch(() => undefined);
    if (connected === undefined) return undefined;
    const second = flight.again(connected.kept);
    connected.client.query(second);
    const error = await outcome(second);
    if (error !== undefined && second.done === 0) {
      connected.client.end().catch(() => {});
      return undefined;
    }
    const current = await this.#client?.catch(() => undefined);
    const mayReplace = !this.#isClosed && (current === undefined || current.client === from);
    if (mayReplace) this.#client = fresh;
    (mayReplace ? from : connected.client).end().catch(() => {});
    return { flight: second, error };
  }

  #connected(): Promise<Connected> {
    if (this.#client) return this.#client;
    if (Date.now() - this.#failedAt < RETRY_AFTER_FAILURE_MS) {
      return Promise.reject(new DatabaseAway('PostgreSQL did not take a connection a moment ago'));
    }
    this.#client = this.#connecting(this.#config);
    return this.#client;
  }

  #connecting(config: pg.ClientConfig): Promise<Connected> {
    const client = new pg.Client(config);
    const forget = () => {
      if (this.#client === connecting) this.#client = undefined;
    };
    // Without a listener an error of an idle connection would end the process.
    client.on('error', () => {
      forget();
      client.end().catch(() => {});
    });
    client.on('end', forget);
    const connecting: Promise<Connected> = client.connect().then(
      () => ({ client, kept: this.#named ? new KeptStatements() : undefined }),
      (error: unknown) => {
        forget();
        this.#failedAt = Date.now();
        throw new DatabaseAway('PostgreSQL does not take a connection', { cause: error });
      },
    );
    return connecting;
  }

  #dropIfSilent(): void {
    if (this.#inFlight === 0 || Date.now() - this.#progressAt < this.#limitMs + GRACE_MS) return;
    this.#client?.then(
      ({ client }) => (client as unknown as { connection: { stream: { destroy(): void } } }).connection.stream.destroy(),
      () => {},
    );
  }
}

/** Puts the flight on the wire. Whatever `work` does it leaves, and a connection never stays inside a transaction. */
function launch<T>(client: pg.Client, flight: Flight, opening: Opening, work: (send: Send) => Promise<T>): Promise<T> {
  let open = true;
  const send: Send = async (statement, values) => {
    if (!open) throw new Error('the transaction has already been sent: send every statement before the first await');
    return await flight.add(statement, values);
  };
  // What `work` throws at once becomes its rejection, as for an async function.
  const start = async (): Promise<T> => work(send);
  const worked = start();
  open = false;
  flight.open(flight.isKept ? opening.kept : opening.oneTime, opening.values);
  client.query(flight);
  return worked;
}

/** What the flight ended with; undefined when it was committed. */
function outcome(flight: Flight): Promise<unknown> {
  return flight.committed.then(
    () => undefined,
    (error: unknown) => error,
  );
}

function unopened(error: unknown): unknown {
  const failure = failureOf(error);
  if (isAway(failure)) return failure;
  return new DoorClosed(`the transaction could not begin as the tenant (SQLSTATE ${sqlState(failure)})`, { cause: failure });
}

/** `work` throws what the database said, or its own idea of it. When it says that all is well, it did not look. */
function unlessHidden(error: unknown, result: PromiseSettledResult<unknown>): unknown {
  const failure = failureOf(error);
  if (failure !== error) return failure;
  if (result.status === 'rejected') return result.reason;
  return new DoorClosed(`the transaction ended with ROLLBACK instead of COMMIT (SQLSTATE ${sqlState(failure)})`, { cause: failure });
}

/** Without an SQLSTATE the connection broke. A statement whose preparation failed with the flight before (26000) is prepared anew when tried again. */
function failureOf(error: unknown): unknown {
  const state = sqlState(error);
  if (state !== undefined && state !== '26000') return error;
  return new DatabaseAway('the connection broke in a transaction', { cause: error });
}
