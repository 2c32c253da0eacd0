import type { Socket } from 'node:net';
import pg from 'pg';
import type { PostgresLogin } from '../config.ts';
import { DatabaseAway, sqlState } from './sql-errors.ts';
import type { PreparedStatement } from './statement.ts';

export type Row = Record<string, unknown>;

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

/** What one flight did: its opening, the work sent behind it, and the command tag of the closing `commit`. */
export interface Flight<T> {
  readonly opening: PromiseSettledResult<unknown>;
  readonly work: PromiseSettledResult<T>;
  readonly commitTag: string | undefined;
}

const RETRY_AFTER_FAILURE_MS = 250;
/** The server stops a statement at its limit; silence for this long beyond it means that the network, not the statement, is at fault. */
const GRACE_MS = 10_000;

/**
 * One connection in pipeline mode: several transactions may be on the wire one behind the other. Connects when first used, and again after
 * it broke; while the server is away, calls fail at once instead of queueing.
 */
export class Connection {
  readonly #config: pg.ClientConfig;
  readonly #named: boolean;
  #client: Promise<pg.Client> | undefined;
  #failedAt = 0;
  #inFlight = 0;
  /** When something last came back, or the first flight left. */
  #progressAt = 0;
  /** Longest time limit of the flights on the wire. */
  #limitMs = 0;
  readonly #watch: NodeJS.Timeout;

  constructor(config: pg.ClientConfig, named: boolean) {
    this.#config = { ...config, pipeline: true } as pg.ClientConfig;
    this.#named = named;
    this.#watch = setInterval(() => this.#dropIfSilent(), 5000).unref();
  }

  /** Flights on the wire; the pool prefers the connection with fewer. */
  get inFlight(): number {
    return this.#inFlight;
  }

  /**
   * Sends `opening`, whatever `work` sends before it first waits, and `commit` as one write. `limitMs` is the statements' time limit, which
   * `opening` sets. Never rejects because of SQL: the caller judges.
   * @throws DatabaseAway when there is no connection, or it broke on the way: whether the work was committed is then unknown.
   */
  async fly<T>(opening: string, limitMs: number, work: (send: Send) => Promise<T>): Promise<Flight<T>> {
    this.#inFlight += 1;
    if (this.#inFlight === 1) [this.#progressAt, this.#limitMs] = [Date.now(), 0];
    this.#limitMs = Math.max(this.#limitMs, limitMs);
    try {
      const client = await this.#connected();
      const [began, worked, committed] = await Promise.allSettled(this.#launch(client, opening, work));
      if (committed.status === 'rejected') {
        if (sqlState(committed.reason) !== undefined) throw committed.reason;
        throw new DatabaseAway('the connection broke in a transaction', { cause: committed.reason });
      }
      return { opening: began, work: worked, commitTag: committed.value.command };
    } finally {
      this.#inFlight -= 1;
      this.#progressAt = Date.now();
    }
  }

  /** One write to the socket. `commit` is sent whatever `work` does: a connection never stays inside a transaction. */
  #launch<T>(client: pg.Client, opening: string, work: (send: Send) => Promise<T>) {
    const { stream } = (client as unknown as { connection: { stream: Socket } }).connection;
    let open = true;
    const send: Send = async (statement, values) => {
      if (!open) throw new Error('the transaction has already been sent: send every statement before the first await');
      return (await client.query<Row>(this.#named ? { ...statement, values } : { text: statement.text, values })).rows;
    };
    // What `work` throws at once becomes its rejection, as for an async function.
    const start = async (): Promise<T> => work(send);
    stream.cork();
    try {
      const began = client.query(opening);
      const worked = start();
      open = false;
      return [began, worked, client.query('commit')] as const;
    } finally {
      stream.uncork();
    }
  }

  /** Waits for the flights on the wire, then says goodbye. */
  async close(): Promise<void> {
    clearInterval(this.#watch);
    const client = await this.#client?.catch(() => undefined);
    this.#client = undefined;
    await client?.end();
  }

  #connected(): Promise<pg.Client> {
    if (this.#client) return this.#client;
    if (Date.now() - this.#failedAt < RETRY_AFTER_FAILURE_MS) {
      return Promise.reject(new DatabaseAway('PostgreSQL did not take a connection a moment ago'));
    }
    const client = new pg.Client(this.#config);
    const forget = () => {
      this.#client = undefined;
    };
    // Without a listener an error of an idle connection would end the process.
    client.on('error', () => {
      forget();
      client.end().catch(() => {});
    });
    client.on('end', forget);
    this.#client = client.connect().then(
      () => client,
      (error: unknown) => {
        forget();
        this.#failedAt = Date.now();
        throw new DatabaseAway('PostgreSQL does not take a connection', { cause: error });
      },
    );
    return this.#client;
  }

  #dropIfSilent(): void {
    if (this.#inFlight === 0 || Date.now() - this.#progressAt < this.#limitMs + GRACE_MS) return;
    this.#client?.then(
      (client) => (client as unknown as { connection: { stream: { destroy(): void } } }).connection.stream.destroy(),
      () => {},
    );
  }
}
