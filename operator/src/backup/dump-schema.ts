import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import type { ClientBase } from 'pg';
import { to as copyTo } from 'pg-copy-streams';
import { quoted } from '../postgres/fenced-pool.ts';
import type { BackupManifest, BackupTable } from './backup-manifest.ts';
import { endNow } from './end-now.ts';
import { ObjectMeter } from './object-meter.ts';
import { columnList, contentsOf, PLAIN_TEXT_SETTINGS, type TableShape, tablesOf } from './schema-contents.ts';

/** A middle way: three times the speed of the default for a tenth more bytes. */
const GZIP_LEVEL = 3;

/** Which schema, and how. */
export interface DumpWish {
  readonly schema: string;
  readonly ownerRole: string;
  /** Waits for changes under way and lets nobody change anything while it reads: for the last backup there is. */
  readonly quiesce: boolean;
  readonly signal: AbortSignal;
}

/** Stores one table; resolves when it is stored. */
export type StoreTable = (table: TableShape, content: Readable) => Promise<void>;

export type DumpedSchema = Pick<BackupManifest, 'serverVersion' | 'schemaVersion' | 'migrations' | 'tables'>;

/**
 * Reads a whole schema in one snapshot, table after table, as compressed COPY text. Holds a few megabytes, however large the tables: the
 * server sends as fast as `store` takes. Uses up `client`: after an error the connection is ended.
 */
export async function dumpSchema(client: ClientBase, wish: DumpWish, store: StoreTable): Promise<DumpedSchema> {
  const end = (): void => endNow(client);
  wish.signal.addEventListener('abort', end, { once: true });
  try {
    wish.signal.throwIfAborted();
    await beginSnapshot(client, wish);
    const tables: BackupTable[] = [];
    for (const table of await tablesOf(client, wish.schema)) tables.push(await dumpTable(client, wish.schema, table, store));
    const dumped = { ...(await madeBy(client, wish.schema)), tables };
    await client.query('commit');
    return dumped;
  } catch (error) {
    end();
    throw wish.signal.aborted ? wish.signal.reason : error;
  } finally {
    wish.signal.removeEventListener('abort', end);
  }
}

/** The first query that reads takes the snapshot, so locks come before it. */
async function beginSnapshot(client: ClientBase, { schema, ownerRole, quiesce }: DumpWish): Promise<void> {
  const names = (await tablesOf(client, schema)).map(({ name }) => `${quoted(schema)}.${quoted(name)}`);
  const lock = quiesce && names.length > 0 ? `set local lock_timeout = '20s'; lock table ${names.join(', ')} in share mode;` : '';
  await client.query(`begin isolation level repeatable read;
set local statement_timeout = 0;
set local idle_in_transaction_session_timeout = '10min';
${PLAIN_TEXT_SETTINGS}
set local role ${quoted(ownerRole)};
${lock}`);
}

async function dumpTable(client: ClientBase, schema: string, table: TableShape, store: StoreTable): Promise<BackupTable> {
  const { name, columns } = table;
  const copy = client.query(copyTo(`copy (select ${columnList(columns)} from ${quoted(schema)}.${quoted(name)}) to stdout`));
  const meter = new ObjectMeter();
  // Each waits for the other; the first to fail ends both.
  const stored = store(table, meter);
  await Promise.all([pipeline(copy, createGzip({ level: GZIP_LEVEL }), meter), stored]).catch(async (error: unknown) => {
    meter.destroy(error as Error);
    await stored.catch(() => {});
    throw error;
  });
  const { rows, contents } = await contentsOf(client, schema, table);
  return { name, columns: [...columns], rows, bytes: meter.bytes, sha256: meter.sha256, contents };
}

async function madeBy(client: ClientBase, schema: string): Promise<Pick<DumpedSchema, 'serverVersion' | 'schemaVersion' | 'migrations'>> {
  await client.query('reset role');
  const migrations = await client.query<{ version: number; name: string; checksum: string }>(
    'select version, name, checksum from tenantry.schema_versions where schema_name = $1 order by version',
    [schema],
  );
  const server = await client.query<{ server_version: string }>('show server_version');
  return {
    serverVersion: server.rows[0]?.server_version ?? '',
    schemaVersion: migrations.rows.at(-1)?.version ?? 0,
    migrations: migrations.rows,
  };
}
