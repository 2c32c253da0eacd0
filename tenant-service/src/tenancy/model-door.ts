import pg from 'pg';
import { ConnectionError, DatabaseError, Sequelize, Transaction, UniqueConstraintError } from 'sequelize';
import { defineTenantModels, type TenantModels } from '../models/tenant-models.ts';
import { clientConfig } from '../postgres/connection.ts';
import type { Row } from '../postgres/flight.ts';
import { quoteIdentifier } from '../postgres/identifier.ts';
import { DatabaseAway, DoorClosed, sqlState } from '../postgres/sql-errors.ts';
import type { TenantStatement } from '../postgres/statement.ts';
import type { PostgresLogin } from '../role-config.ts';
import type { ChangedCustomers, RowChanges } from './row-changes.ts';
import type { Tenant } from './tenant.ts';
import { TenantPlaces } from './tenant-places.ts';

/**
 * The right to a tenant's rows through models, for one interactive transaction. Only the door of this file makes one, and without one no
 * query leaves: pass it as `transaction` to everything a model does.
 */
class ModelTransaction extends Transaction {
  readonly tenant: Tenant;
  readonly #client: pg.Client;
  #changed: Set<string> | undefined;
  /** Read by Sequelize, which refuses a query of a finished transaction. */
  finished: string | undefined;
  /** Read by Sequelize, which sends every query of this transaction there. */
  readonly connection: pg.Client;

  constructor(sequelize: Sequelize, tenant: Tenant, client: pg.Client) {
    super(sequelize, {});
    this.tenant = tenant;
    this.#client = client;
    this.connection = client;
  }

  /** SQL beside the models, in the same transaction. @throws the database's error; DatabaseAway when the connection broke. */
  async run(statement: TenantStatement, values: unknown[]): Promise<Row[]> {
    if (this.finished !== undefined) throw new Error('the transaction is over: await everything inside of it');
    return (await send<Row>(this.#client, { text: statement.of(this.tenant.schema).text, values })).rows;
  }

  /**
   * Runs something that may take too long without losing the transaction by it: undefined when the server stopped it at the time limit; what
   * it wrote is taken back.
   */
  async withinLimit<T>(work: () => Promise<T>): Promise<T | undefined> {
    await send(this.#client, { text: 'savepoint attempt' });
    try {
      const result = await work();
      await send(this.#client, { text: 'release savepoint attempt' });
      return result;
    } catch (error) {
      if (sqlState(plainError(error)) !== '57014') throw error;
      await send(this.#client, { text: 'rollback to savepoint attempt; release savepoint attempt' });
      return undefined;
    }
  }

  /** As of the other door: which customers' documents may change. Saying nothing is always right, and empties more of the cache. */
  changes(ids: Iterable<string>): void {
    this.#changed ??= new Set();
    for (const id of ids) this.#changed.add(id);
  }

  /** For the door. */
  get changed(): ChangedCustomers {
    return this.#changed ?? 'any';
  }

  /** Not for those who work inside: returning commits, throwing rolls back. */
  override commit(): Promise<void> {
    throw new Error('the model door commits when the work returns');
  }

  override rollback(): Promise<void> {
    throw new Error('the model door rolls back when the work throws');
  }
}

export type { ModelTransaction };

type Work<T> = (models: TenantModels, transaction: ModelTransaction) => Promise<T>;

/** The way to tenants' rows for management paths: several statements that wait for each other, in one transaction. What comes back is committed. */
export interface ModelDoor {
  /** @throws DoorClosed, DatabaseAway, Problem `unavailable` when there is no room in time, what `work` throws, or the database's own error. */
  readonly read: <T>(tenant: Tenant, work: Work<T>) => Promise<T>;
  readonly write: <T>(tenant: Tenant, work: Work<T>) => Promise<T>;
  readonly close: () => Promise<void>;
}

interface ModelDoorOptions {
  readonly login: PostgresLogin;
  readonly applicationName: string;
  /** Opened when needed, closed when idle. */
  readonly connections: number;
  readonly connectionsPerTenant: number;
  /** The one tenant a dedicated replica serves; its login is the tenant's own. */
  readonly tenantId?: string | undefined;
  readonly onTransaction?: (kind: 'read' | 'write', seconds: number) => void;
  /** Hears of every write. */
  readonly changes?: RowChanges | undefined;
}

/** For a connection and for a place of one's tenant: beyond it the caller had better come again. */
const MAX_WAIT_MS = 2000;
/** A process that stops between two statements holds its locks no longer than this. */
const IDLE_MS = 10_000;
/** The server stops statements at the class's limit, which is below; silence beyond it is the network's fault. */
const SILENCE_MS = 60_000;

/** Role, search path and limits are the transaction's own: nothing is left on the connection, so a pooler in transaction mode may sit between. */
export function modelDoor(options: ModelDoorOptions): ModelDoor {
  const sequelize = new GuardedSequelize(options);
  const models = defineTenantModels(sequelize);
  const places = new TenantPlaces({ places: options.connectionsPerTenant, maxWaiting: 64, maxWaitMs: MAX_WAIT_MS });

  const enter = async <T>(kind: 'read' | 'write', tenant: Tenant, work: Work<T>): Promise<T> => {
    const opening = openingOf(kind, tenant, options.tenantId);
    const leave = await places.enter(tenant.tenantId);
    const started = performance.now();
    const ticket = kind === 'write' ? (options.changes?.begin(tenant) ?? 0) : 0;
    let transaction: ModelTransaction | undefined;
    const inside = () =>
      sequelize.inside(tenant, opening, (begun) => {
        transaction = begun;
        return work(models, begun);
      });
    try {
      // Nothing ran, and the connection that refused is gone: another backend reads anew what its login may become (Connection says why).
      return await inside().catch((error: unknown) =>
        isRefusedRole(error) && transaction === undefined ? inside() : Promise.reject(error),
      );
    } catch (error) {
      throw plainError(error);
    } finally {
      leave();
      options.onTransaction?.(kind, (performance.now() - started) / 1000);
      // Also when it failed: a connection that broke may have committed.
      if (kind === 'write' && transaction !== undefined) await options.changes?.ended(tenant, ticket, transaction.changed);
    }
  };
  return {
    read: (tenant, work) => enter('read', tenant, work),
    write: (tenant, work) => enter('write', tenant, work),
    close: () => sequelize.close(),
  };
}

/** One write, one round trip. pg_temp last, or a temporary table could stand in front of the tenant's. */
function openingOf(kind: 'read' | 'write', tenant: Tenant, servedTenant: string | undefined): string {
  if (servedTenant !== undefined && servedTenant !== tenant.tenantId)
    throw new DoorClosed(`this replica serves tenant ${servedTenant} only`);
  const limit = Math.trunc(tenant.statementTimeoutMs);
  // 0 would mean no limit at all.
  if (!(limit >= 1)) throw new RangeError('a statement timeout is at least 1 ms');
  return [
    kind === 'read' ? 'begin read only' : 'begin',
    ...(servedTenant === undefined ? [`set local role ${quoteIdentifier(tenant.appRole)}`] : []),
    `set local statement_timeout = ${limit}`,
    `set local idle_in_transaction_session_timeout = ${IDLE_MS}`,
    `set local search_path = ${quoteIdentifier(tenant.schema)}, pg_temp`,
  ].join('; ');
}

/** Refuses every query that is not inside a transaction of the door: a forgotten `transaction` option reaches no database at all. */
class GuardedSequelize extends Sequelize {
  constructor(options: ModelDoorOptions) {
    super(sequelizeOptions(options));
  }

  /** Runs `work` in a transaction begun by `opening`. */
  async inside<T>(tenant: Tenant, opening: string, work: (transaction: ModelTransaction) => Promise<T>): Promise<T> {
    const client = (await this.connectionManager.getConnection({ type: 'write' })) as pg.Client;
    const transaction = new ModelTransaction(this, tenant, client);
    let usable = false;
    try {
      await begin(client, opening);
      const result = await work(transaction);
      transaction.finished = 'commit';
      const { command } = await send(client, { text: 'commit' });
      usable = true;
      // A statement failed and its error was swallowed: `commit` then answers ROLLBACK instead of an error.
      if (command !== 'COMMIT') throw new DoorClosed(`the transaction ended with ${command} instead of COMMIT`);
      return result;
    } catch (error) {
      transaction.finished ??= 'rollback';
      if (!usable) usable = !isRefusedRole(error) && (await rollback(client, error));
      throw error;
    } finally {
      if (usable) this.connectionManager.releaseConnection(client);
      else this.connectionManager.destroyConnection(client).catch(() => {});
    }
  }

  // biome-ignore lint/suspicious/noExplicitAny: the base method has a dozen overloads, and all of them end here.
  override query(...[sql, options]: any[]): Promise<any> {
    if (options?.transaction instanceof ModelTransaction) return super.query(sql, options);
    return Promise.reject(new DoorClosed('a query was made outside of a transaction of the model door: pass { transaction }'));
  }
}

function sequelizeOptions({ login, applicationName, connections }: ModelDoorOptions) {
  const { ssl, keepAlive, connectionTimeoutMillis } = clientConfig(login, applicationName);
  return {
    dialect: 'postgres' as const,
    dialectModule: pg,
    host: login.host,
    port: login.port,
    database: login.database,
    username: login.user,
    password: login.password,
    dialectOptions: {
      ssl,
      keepAlive,
      connectionTimeoutMillis,
      application_name: applicationName,
      query_timeout: SILENCE_MS,
      clientMinMessages: 'ignore',
    },
    // Each of these two would otherwise be a session SET or a query of Sequelize's own on a new connection.
    keepDefaultTimezone: true,
    databaseVersion: '18.0.0',
    logging: false as const,
    pool: { max: connections, min: 0, acquire: MAX_WAIT_MS, idle: 10_000 },
  };
}

async function begin(client: pg.Client, opening: string): Promise<void> {
  try {
    await send(client, { text: opening });
  } catch (error) {
    const state = sqlState(error);
    if (state === undefined) throw error;
    throw new DoorClosed(`the transaction could not begin as the tenant (SQLSTATE ${state})`, { cause: error });
  }
}

function isRefusedRole(error: unknown): boolean {
  return error instanceof DoorClosed && sqlState(error.cause) === '42501';
}

/** False when the connection must not be used again. After an error that is not the server's word nobody knows what state it is in. */
async function rollback(client: pg.Client, reason: unknown): Promise<boolean> {
  if (plainError(reason) instanceof DatabaseAway) return false;
  return client.query('rollback').then(
    () => true,
    () => false,
  );
}

/** Sends one query of ours. @throws the database's error; DatabaseAway for anything that is not the server's word. */
async function send<R extends pg.QueryResultRow>(client: pg.Client, query: pg.QueryConfig): Promise<pg.QueryResult<R>> {
  try {
    return await client.query<R>(query);
  } catch (error) {
    if (sqlState(error) !== undefined) throw error;
    throw new DatabaseAway('the connection broke in a transaction', { cause: error });
  }
}

/** Sequelize wraps the database's errors; everything else of ours knows them unwrapped (sql-errors.ts). */
function plainError(error: unknown): unknown {
  if (error instanceof ConnectionError) return new DatabaseAway('PostgreSQL does not take a connection', { cause: error });
  if (!(error instanceof DatabaseError || error instanceof UniqueConstraintError)) return error;
  if (sqlState(error.original) !== undefined) return error.original;
  return new DatabaseAway('the connection broke in a transaction', { cause: error });
}
