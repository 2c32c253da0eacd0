import type { Socket } from 'node:net';
import pg from 'pg';
import { to as copyTo } from 'pg-copy-streams';
import { quoteIdentifier } from '../postgres/identifier.ts';
import { DatabaseAway, sqlState } from '../postgres/sql-errors.ts';
import type { Freshness } from './read-replica.ts';
import type { Tenant } from './tenant.ts';

/** A statement a feature makes for one read; `{schema}` stands for the tenant's schema, values are parameters. */
export interface SnapshotQuery {
  readonly text: string;
  readonly values: readonly unknown[];
}

/** The way to all rows of a tenant at one instant, however many they are. Reads only. */
export interface SnapshotDoor {
  /**
   * Rows in batches, from one snapshot; a slow reader makes the database wait, nothing piles up. `freshness`: what a replica has to prove first.
   * @throws DatabaseAway, what `freshness` throws.
   */
  readonly read: (tenant: Tenant, query: SnapshotQuery, freshness?: Freshness) => AsyncGenerator<readonly pg.QueryResultRow[]>;
  /**
   * The same rows as bytes of COPY's text format, which costs this process next to nothing. One statement, so one snapshot. `signal` cuts the
   * connection, and the server stops. @throws as `read`.
   */
  readonly copy: (tenant: Tenant, query: SnapshotQuery, signal: AbortSignal, freshness?: Freshness) => AsyncGenerator<Buffer>;
  /** Reads under way. */
  readonly open: () => number;
}

/** A reader that takes nothing for this long loses its transaction: it holds back the clean-up of the whole database. */
const PAUSE_MS = 60_000;
const BATCH = 500;

interface SnapshotOptions {
  /** The login is this tenant's own and has its role already. */
  readonly dedicatedTenantId?: string | undefined;
  /** For the next few hundred rows; the tenant's statement timeout when absent. A filter that finds little reads much for them. */
  readonly batchTimeoutMs?: number;
  /** For all rows of a copy, its reader's time included. */
  readonly copyTimeoutMs?: number;
}

/**
 * One connection per read, for as long as it lasts: a repeatable-read transaction as the tenant's role, with a cursor. Beside the two doors of
 * doors.ts, whose flights know no pause between statements.
 */
export function snapshotDoor(config: pg.ClientConfig, options: SnapshotOptions = {}): SnapshotDoor {
  const { dedicatedTenantId, batchTimeoutMs, copyTimeoutMs } = options;
  let open = 0;

  /** A connection in a transaction as the tenant, for `work` and no longer. */
  async function* entered<T>(
    tenant: Tenant,
    limitMs: number | undefined,
    freshness: Freshness | undefined,
    work: (client: pg.Client, ask: Ask) => AsyncGenerator<T>,
  ): AsyncGenerator<T> {
    if (dedicatedTenantId !== undefined && tenant.tenantId !== dedicatedTenantId) {
      throw new DatabaseAway(`this replica serves tenant ${dedicatedTenantId} only`);
    }
    open += 1;
    const client = new pg.Client(config);
    client.on('error', () => {});
    const ask: Ask = (text, values) => client.query(text, values && [...values]).catch(broken);
    try {
      await client.connect().catch((cause: unknown) => {
        throw new DatabaseAway('PostgreSQL does not take a connection', { cause });
      });
      const isolation = freshness === undefined ? 'repeatable read' : 'read committed';
      await ask(opening(tenant, dedicatedTenantId === undefined, limitMs ?? tenant.statementTimeoutMs, isolation));
      if (freshness !== undefined) freshness.check((await ask(freshness.statement.of(tenant.schema).text)).rows);
      yield* work(client, ask);
    } finally {
      open -= 1;
      // Also when the reader went away half way: the transaction ends with its connection.
      await client.end().catch(() => {});
    }
  }

  return {
    read: (tenant, query, freshness) =>
      entered(tenant, batchTimeoutMs, freshness, async function* (_client, ask) {
        await ask(`declare export no scroll cursor for ${textFor(tenant, query)}`, query.values);
        for (;;) {
          const { rows } = await ask(`fetch forward ${BATCH} from export`);
          if (rows.length > 0) yield rows;
          if (rows.length < BATCH) return;
        }
      }),
    copy: (tenant, query, signal, freshness) =>
      entered(tenant, copyTimeoutMs, freshness, async function* (client) {
        const rows = client.query(copyTo(`copy (${withLiterals(textFor(tenant, query), query.values)}) to stdout`));
        const cut = () => rows.destroy(new DatabaseAway('the read was broken off'));
        signal.addEventListener('abort', cut, { once: true });
        try {
          signal.throwIfAborted();
          for await (const bytes of rows) yield bytes as Buffer;
        } catch (error) {
          broken(error);
        } finally {
          signal.removeEventListener('abort', cut);
          // A statement under way hears no farewell, but it looks now and then whether anybody still listens.
          if (!rows.readableEnded) (client as unknown as { connection: { stream: Socket } }).connection.stream.destroy();
        }
      }),
    open: () => open,
  };
}

type Ask = (text: string, values?: readonly unknown[]) => Promise<pg.QueryResult>;

function broken(error: unknown): never {
  throw sqlState(error) === undefined ? new DatabaseAway('the connection broke in a read', { cause: error }) : error;
}

const textFor = ({ schema }: Tenant, { text }: SnapshotQuery): string => text.replaceAll('{schema}', quoteIdentifier(schema));

/** COPY takes no parameters: each becomes a literal, quoted by the driver. What is no text is written as text, which the statement casts. */
function withLiterals(text: string, values: readonly unknown[]): string {
  return text.replaceAll(/\$(\d+)/g, (_, place: string) => {
    const value = values[Number(place) - 1];
    return value === null || value === undefined ? 'null' : pg.escapeLiteral(String(value));
  });
}

/**
 * As the doors open, and fails closed as they do: without the role the cursor's statement is refused. A cursor keeps the snapshot it began with at
 * any level; repeatable read would take it before the replica's proof.
 */
function opening(tenant: Tenant, takesRole: boolean, timeoutMs: number, isolation: string): string {
  return [
    `begin isolation level ${isolation} read only`,
    ...(takesRole ? [`set local role ${quoteIdentifier(tenant.appRole)}`] : []),
    `set local statement_timeout = ${Math.max(1, Math.trunc(timeoutMs))}`,
    `set local idle_in_transaction_session_timeout = ${PAUSE_MS}`,
    "set local client_connection_check_interval = '2s'",
  ].join('; ');
}
