import type { Socket } from 'node:net';
import pg from 'pg';
import { DatabaseAway, sqlState } from './sql-errors.ts';
import type { PreparedStatement } from './statement.ts';

/**
 * A connection for short questions to the server itself, outside of any tenant. No answer within the limit is an answer too: the connection is
 * given up, and the next question opens another one.
 */
export class AskingConnection {
  readonly #config: pg.ClientConfig;
  readonly #named: boolean;
  readonly #limitMs: number;
  #client: Promise<pg.Client> | undefined;
  #isClosed = false;

  constructor(config: pg.ClientConfig, named: boolean, limitMs: number) {
    this.#config = { ...config, connectionTimeoutMillis: limitMs };
    this.#named = named;
    this.#limitMs = limitMs;
  }

  /** The one row of the answer. @throws DatabaseAway, also for silence; the database's error when it refuses. */
  async ask({ name, text }: PreparedStatement): Promise<Record<string, unknown>> {
    const client = await this.#connected();
    const giveUp = setTimeout(() => socketOf(client).destroy(), this.#limitMs);
    try {
      const { rows } = await client.query<Record<string, unknown>>(this.#named ? { name, text } : { text });
      return rows[0] ?? {};
    } catch (error) {
      if (sqlState(error) !== undefined) throw error;
      this.#client = undefined;
      throw new DatabaseAway('PostgreSQL does not answer', { cause: error });
    } finally {
      clearTimeout(giveUp);
    }
  }

  /** Gives up what is under way, and takes no question any more. */
  async close(): Promise<void> {
    this.#isClosed = true;
    const client = await this.#client?.catch(() => undefined);
    this.#client = undefined;
    await client?.end().catch(() => {});
  }

  #connected(): Promise<pg.Client> {
    if (this.#isClosed) return Promise.reject(new DatabaseAway('this connection was closed'));
    if (this.#client !== undefined) return this.#client;
    const client = new pg.Client(this.#config);
    const connected = client.connect().then(
      () => client,
      (error: unknown) => {
        forget();
        throw new DatabaseAway('PostgreSQL does not take a connection', { cause: error });
      },
    );
    const forget = () => {
      if (this.#client === connected) this.#client = undefined;
    };
    // Without a listener an error of an idle connection would end the process.
    client.on('error', forget);
    client.on('end', forget);
    this.#client = connected;
    return connected;
  }
}

const socketOf = (client: pg.Client): Socket => (client as unknown as { connection: { stream: Socket } }).connection.stream;
