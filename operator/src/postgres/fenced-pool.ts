import { claimEpoch, epochSql, fencedOr, migrateCell } from '@tenantry/tenant-schema';
import pg from 'pg';
import type { Effects } from '../effects.ts';

/** What a fenced pool is made of. */
export interface FencedPoolOptions {
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
  readonly password: string;
  readonly ca: string;
  readonly connections: number;
  /** Operators of different names handle different tenants and do not fence each other. */
  readonly operatorName: string;
  /** Names this process in `tenantry.operator_epoch`. */
  readonly holder: string;
  readonly effects: Effects;
}

/**
 * Connections to one cell as its operator login. Reads go anywhere; a write is a transaction that first locks this process's epoch row,
 * so a predecessor that still believes it leads is refused by the database itself (design D4).
 */
export class FencedPool {
  readonly #pool: pg.Pool;
  readonly #options: FencedPoolOptions;
  #epoch: number | undefined;

  constructor(options: FencedPoolOptions) {
    this.#options = options;
    this.#pool = new pg.Pool({
      host: options.host,
      port: options.port,
      database: options.database,
      user: options.user,
      password: options.password,
      // `host` is for the certificate check: pg names no server when the address is an IP.
      ssl: { ca: options.ca, host: options.host },
      max: options.connections,
      connectionTimeoutMillis: 5000,
      // A few connections at rest cost less than TLS and SCRAM anew for every tenant that comes.
      idleTimeoutMillis: 600_000,
      statement_timeout: 60_000,
      idle_in_transaction_session_timeout: 30_000,
      application_name: 'tenantry-operator',
    });
    // An idle connection cut by a restart of the server is replaced on next use; without a listener it would end the process.
    this.#pool.on('error', () => {});
  }

  /** Brings the cell's own schema up to date and takes over: every earlier holder's writes are refused from here on. */
  async lead(cell: string): Promise<void> {
    await this.connected(async (client) => {
      await migrateCell(client, { cell });
      this.#epoch = await claimEpoch(client, { operator: this.#options.operatorName, holder: this.#options.holder });
    });
  }

  get epoch(): { readonly operator: string; readonly epoch: number } {
    if (this.#epoch === undefined) throw new Error('this operator has not claimed the cell yet');
    return { operator: this.#options.operatorName, epoch: this.#epoch };
  }

  async rows<R extends pg.QueryResultRow>(text: string, values: readonly unknown[] = []): Promise<R[]> {
    return (await this.#pool.query<R>(text, [...values])).rows;
  }

  /** One fenced transaction, counted as one outside effect. @throws FencedError when another process has claimed the cell since. */
  async write<T>(effect: string, change: (client: pg.ClientBase) => Promise<T>): Promise<T> {
    return this.#options.effects.perform(`postgres: ${effect}`, () =>
      this.connected(async (client) => {
        try {
          await client.query(`begin; ${epochSql(this.epoch)}`).catch((error: unknown) => {
            throw fencedOr(error);
          });
          const result = await change(client);
          await client.query('commit');
          return result;
        } catch (error) {
          // The first failure is the one to tell; a rollback on a broken connection fails too.
          await client.query('rollback').catch(() => {});
          throw error;
        }
      }),
    );
  }

  /** For callers that manage their own transactions (the migrator). */
  async connected<T>(use: (client: pg.PoolClient) => Promise<T>): Promise<T> {
    const client = await this.#pool.connect();
    try {
      const result = await use(client);
      client.release();
      return result;
    } catch (error) {
      // Nothing is known about its transaction state: end it rather than hand it on.
      client.release(true);
      throw error;
    }
  }

  async close(): Promise<void> {
    await this.#pool.end();
  }
}

/** A name inside SQL text. */
export function quoted(name: string): string {
  return pg.escapeIdentifier(name);
}

/** A value inside SQL text, for statements that take no parameters. */
export function literal(text: string): string {
  return pg.escapeLiteral(text);
}
