import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import type { ClientBase } from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { quoted } from '../postgres/fenced-pool.ts';
import { BackupDamaged, type BackupManifest, type BackupTable } from './backup-manifest.ts';
import { ObjectMeter } from './object-meter.ts';
import { columnList, contentsOf, PLAIN_TEXT_SETTINGS } from './schema-contents.ts';

/** A schema of the backup's version that only the caller knows of, its owner, and where tables come from. */
export interface LoadWish {
  readonly schema: string;
  readonly ownerRole: string;
  readonly manifest: BackupManifest;
  readonly read: (table: BackupTable) => Promise<Readable>;
  readonly signal: AbortSignal;
}

/**
 * Fills a schema from a backup, one transaction a table, and then looks whether it holds what the manifest says: bytes and SHA-256 as
 * stored, rows and contents as restored. What the schema held before is gone. Holds a few megabytes.
 * @throws BackupDamaged naming every table that differs.
 */
export async function loadTables(client: ClientBase, wish: LoadWish): Promise<void> {
  const { schema, ownerRole, manifest } = wish;
  const names = manifest.tables.map(({ name }) => `${quoted(schema)}.${quoted(name)}`);
  if (names.length === 0) return;
  // A migration may have brought rows; the backup has them too.
  await inTransaction(client, ownerRole, () => client.query(`truncate ${names.join(', ')}`));
  for (const table of manifest.tables) {
    wish.signal.throwIfAborted();
    await inTransaction(client, ownerRole, () => loadTable(client, wish, table));
  }
  const wrong = await inTransaction(client, ownerRole, async () => {
    const differing: string[] = [];
    for (const table of manifest.tables) {
      const { rows, contents } = await contentsOf(client, schema, table);
      if (rows !== table.rows || contents !== table.contents) differing.push(`${table.name} (${rows} rows of ${table.rows})`);
    }
    return differing;
  });
  if (wrong.length > 0) throw new BackupDamaged(`restored, these tables are not what was backed up: ${wrong.join(', ')}`);
}

async function loadTable(client: ClientBase, { schema, read, signal }: LoadWish, table: BackupTable): Promise<void> {
  const content = await read(table);
  const meter = new ObjectMeter();
  const copy = client.query(copyFrom(`copy ${quoted(schema)}.${quoted(table.name)} (${columnList(table.columns)}) from stdin`));
  try {
    await pipeline(content, meter, createGunzip(), copy, { signal });
  } catch (error) {
    if (signal.aborted || !isUnreadable(error)) throw error;
    throw new BackupDamaged(`the object of table ${table.name} cannot be read: its bytes are not those that were stored`, { cause: error });
  }
  if (meter.bytes !== table.bytes || meter.sha256 !== table.sha256)
    throw new BackupDamaged(`the object of table ${table.name} has SHA-256 ${meter.sha256}; the manifest says ${table.sha256}`);
}

/** zlib's codes (no gzip, or not all of one) and SQLSTATE class 22 (unpacked, but no rows of this table). */
function isUnreadable(error: unknown): boolean {
  return /^(Z_|22)/.test((error as { readonly code?: string }).code ?? '');
}

async function inTransaction<T>(client: ClientBase, ownerRole: string, work: () => Promise<T>): Promise<T> {
  await client.query(`begin;
set local statement_timeout = 0;
set local idle_in_transaction_session_timeout = '10min';
${PLAIN_TEXT_SETTINGS}
set local role ${quoted(ownerRole)}`);
  try {
    const result = await work();
    await client.query('commit');
    return result;
  } catch (error) {
    await client.query('rollback').catch(() => {});
    throw error;
  }
}
