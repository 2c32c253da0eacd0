import type pg from 'pg';
import { quoted } from './fenced-pool.ts';

/**
 * Renames a schema inside the caller's transaction. Renaming wants CREATE on the database and ownership at once; no single role has both
 * (the owner must not create schemas), so the operator inherits the owner for the length of the transaction.
 * A schema that carries the new name already is left as it is: an earlier try committed. The versions go along also when the schema itself is
 * gone: without them nobody would know that it was there.
 */
export async function renameSchema(client: pg.ClientBase, from: string, to: string, ownerRole: string): Promise<void> {
  const { rows } = await client.query('select 1 from pg_catalog.pg_namespace where nspname = $1', [from]);
  const owner = quoted(ownerRole);
  if (rows.length > 0)
    await client.query(
      `grant ${owner} to current_user with inherit true, set true;
       alter schema ${quoted(from)} rename to ${quoted(to)};
       grant ${owner} to current_user with inherit false, set true;`,
    );
  await client.query('update tenantry.schema_versions set schema_name = $2 where schema_name = $1', [from, to]);
}
