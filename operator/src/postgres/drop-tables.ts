import type pg from 'pg';
import { type FencedPool, quoted } from './fenced-pool.ts';

/** Tables dropped per transaction: a schema of thousands of partitions would otherwise need more locks than the server has. */
const TABLES_PER_BATCH = 50;
/** Of one transaction. Large tables go alone, so that none makes the others wait for its files. */
const BYTES_PER_BATCH = 1024 ** 3;

/** A table that was dropped, and how large it was with its indexes. */
export interface DroppedTable {
  readonly name: string;
  readonly bytes: number;
}

/** Drops all tables of a schema in batches, each one fenced transaction in which `record` may write what went. Killed anywhere, it goes on. */
export async function dropTables(
  pool: FencedPool,
  schema: string,
  ownerRole: string,
  record: (client: pg.ClientBase, dropped: readonly DroppedTable[]) => Promise<void> = async () => {},
): Promise<void> {
  for (;;) {
    const found = await pool.rows<{ name: string; bytes: string }>(
      `select c.relname as name, pg_catalog.pg_total_relation_size(c.oid)::text as bytes
         from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
        where n.nspname = $1 and c.relkind in ('r', 'p') and not c.relispartition order by c.relname limit ${TABLES_PER_BATCH}`,
      [schema],
    );
    const batch = oneBatch(found.map(({ name, bytes }) => ({ name, bytes: Number(bytes) })));
    if (batch.length === 0) return;
    const list = batch.map(({ name }) => `${quoted(schema)}.${quoted(name)}`).join(', ');
    await pool.write(`drop ${batch.length} tables of ${schema}`, async (client) => {
      await client.query(
        `set local lock_timeout = '10s'; set local role ${quoted(ownerRole)}; drop table if exists ${list} cascade; reset role`,
      );
      await record(client, batch);
    });
  }
}

/** As many from the front as one transaction should drop, at least one. Pure. */
export function oneBatch(tables: readonly DroppedTable[]): readonly DroppedTable[] {
  let bytes = 0;
  const end = tables.findIndex((table, index) => {
    bytes += table.bytes;
    return index > 0 && bytes > BYTES_PER_BATCH;
  });
  return end === -1 ? tables : tables.slice(0, end);
}
