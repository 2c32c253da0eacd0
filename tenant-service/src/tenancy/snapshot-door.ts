import pg from 'pg';
import { quoteIdentifier } from '../postgres/identifier.ts';
import { DatabaseAway } from '../postgres/sql-errors.ts';
import type { Tenant } from './tenant.ts';

/** A statement a feature makes for one read; `{schema}` stands for the tenant's schema, values are parameters. */
export interface SnapshotQuery {
  readonly text: string;
  readonly values: readonly unknown[];
}

/** The way to all rows of a tenant at one instant, however many they are. Reads only. */
export interface SnapshotDoor {
  /** Rows in batches, from one snapshot; a slow reader makes the database wait, nothing piles up. @throws DatabaseAway. */
  readonly read: (tenant: Tenant, query: SnapshotQuery) => AsyncGenerator<readonly pg.QueryResultRow[]>;
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
}

/**
 * One connection per read, for as long as it lasts: a repeatable-read transaction as the tenant's role, with a cursor. Beside the two doors of
 * doors.ts, whose flights know no pause between statements.
 */
export function snapshotDoor(config: pg.ClientConfig, options: SnapshotOptions = {}): SnapshotDoor {
  const { dedicatedTenantId, batchTimeoutMs } = options;
  let open = 0;
  async function* read(tenant: Tenant, query: SnapshotQuery): AsyncGenerator<readonly pg.QueryResultRow[]> {
    if (dedicatedTenantId !== undefined && tenant.tenantId !== dedicatedTenantId) {
      throw new DatabaseAway(`this replica serves tenant ${dedicatedTenantId} only`);
    }
    open += 1;
    const client = new pg.Client(config);
    client.on('error', () => {});
    try {
      await client.connect().catch((cause: unknown) => {
        throw new DatabaseAway('PostgreSQL does not take a connection', { cause });
      });
      await client.query(opening(tenant, dedicatedTenantId === undefined, batchTimeoutMs ?? tenant.statementTimeoutMs));
      const text = query.text.replaceAll('{schema}', quoteIdentifier(tenant.schema));
      await client.query(`declare export no scroll cursor for ${text}`, [...query.values]);
      for (;;) {
        const { rows } = await client.query(`fetch forward ${BATCH} from export`);
        if (rows.length > 0) yield rows;
        if (rows.length < BATCH) return;
      }
    } finally {
      open -= 1;
      // Also when the reader went away half way: the transaction ends with its connection.
      await client.end().catch(() => {});
    }
  }
  return { read, open: () => open };
}

/** As the doors open, and fails closed as they do: without the role the cursor's statement is refused. */
function opening(tenant: Tenant, takesRole: boolean, timeoutMs: number): string {
  return [
    'begin isolation level repeatable read read only',
    ...(takesRole ? [`set local role ${quoteIdentifier(tenant.appRole)}`] : []),
    `set local statement_timeout = ${Math.max(1, Math.trunc(timeoutMs))}`,
    `set local idle_in_transaction_session_timeout = ${PAUSE_MS}`,
  ].join('; ');
}
