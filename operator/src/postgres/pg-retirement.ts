import type pg from 'pg';
import { type FencedPool, quoted } from './fenced-pool.ts';
import { SELECT_TOMBSTONE, type TombstoneRow, tombstoneOf } from './pg-registry.ts';
import type { Retirement, Tombstone } from './port.ts';

/** Tables dropped per transaction: a schema of thousands of partitions would otherwise need more locks than the server has. */
const TABLES_PER_BATCH = 50;

/** Retiring, adopting and purging a tenant's data in one cell. */
export class PgRetirement implements Retirement {
  readonly #pool: FencedPool;

  constructor(pool: FencedPool) {
    this.#pool = pool;
  }

  async retire(tombstone: Tombstone, from: { readonly schema: string; readonly ownerRole: string }): Promise<void> {
    await this.#pool.write(`retire ${from.schema}`, async (client) => {
      await renameSchema(client, from.schema, tombstone.schemaName, from.ownerRole);
      await client.query(
        `insert into tenantry.tombstones (tenant_id, slug, schema_name, policy, confirmed_by, backup, topics, organization_id, client, requested_at, purge_after)
         values ($1, $2, $3, $4, $5, 'none', $6, $7, $8, $9, $10)
         on conflict (tenant_id) do update set policy = excluded.policy, confirmed_by = excluded.confirmed_by, topics = excluded.topics,
           requested_at = excluded.requested_at, purge_after = excluded.purge_after`,
        [
          tombstone.tenantId,
          tombstone.slug,
          tombstone.schemaName,
          tombstone.policy,
          tombstone.confirmedBy ?? null,
          [...tombstone.topics],
          tombstone.organizationId ?? null,
          tombstone.client ?? null,
          tombstone.requestedAt,
          tombstone.purgeAfter ?? null,
        ],
      );
    });
  }

  async adopt(tombstone: Tombstone, to: { readonly schema: string; readonly ownerRole: string; readonly uid: string }): Promise<void> {
    await this.#pool.write(`adopt ${to.schema}`, async (client) => {
      await renameSchema(client, tombstone.schemaName, to.schema, to.ownerRole);
      await client.query(
        `update tenantry.tenants set uid = $2, state = 'Provisioning', closed_reason = null, updated_at = now() where tenant_id = $1`,
        [tombstone.tenantId, to.uid],
      );
      await client.query('delete from tenantry.tombstones where tenant_id = $1 and purged_at is null', [tombstone.tenantId]);
    });
  }

  async due(now: Date): Promise<readonly Tombstone[]> {
    const rows = await this.#pool.rows<TombstoneRow>(
      `${SELECT_TOMBSTONE} where purged_at is null and purge_after <= $1 order by purge_after`,
      [now],
    );
    return rows.map(tombstoneOf);
  }

  async nextDue(): Promise<Date | undefined> {
    const [row] = await this.#pool.rows<{ next: Date | null }>(
      'select min(purge_after) as next from tenantry.tombstones where purged_at is null',
    );
    return row?.next ?? undefined;
  }

  async purgeAlone(tenantId: string, purge: () => Promise<void>): Promise<boolean> {
    // A session lock: it ends with the connection, so a killed purge leaves none behind.
    const lock = `hashtextextended('tenantry.purge ' || $1, 0)`;
    return this.#pool.connected(async (client) => {
      const { rows } = await client.query<{ locked: boolean }>(`select pg_try_advisory_lock(${lock}) as locked`, [tenantId]);
      if (rows[0]?.locked !== true) return false;
      const due = await client.query('select 1 from tenantry.tombstones where tenant_id = $1 and purged_at is null', [tenantId]);
      if (due.rows.length > 0) await purge();
      await client.query(`select pg_advisory_unlock(${lock})`, [tenantId]);
      return true;
    });
  }

  async dropSchema(schema: string, ownerRole: string): Promise<{ readonly tables: number }> {
    let tables = 0;
    for (;;) {
      const found = await this.#pool.rows<{ name: string }>(
        `select c.relname as name from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
          where n.nspname = $1 and c.relkind in ('r', 'p') and not c.relispartition order by c.relname limit ${TABLES_PER_BATCH}`,
        [schema],
      );
      if (found.length === 0) break;
      tables += found.length;
      const list = found.map(({ name }) => `${quoted(schema)}.${quoted(name)}`).join(', ');
      await this.#pool.write(`drop ${found.length} tables of ${schema}`, (client) =>
        client.query(`set local role ${quoted(ownerRole)}; drop table if exists ${list} cascade`),
      );
    }
    const [left] = await this.#pool.rows('select 1 from pg_catalog.pg_namespace where nspname = $1', [schema]);
    if (left !== undefined)
      await this.#pool.write(`drop schema ${schema}`, async (client) => {
        // Default privileges hang on the owner, not on the schema, and would keep the role from being dropped.
        await client.query(
          `set local role ${quoted(ownerRole)}; drop schema if exists ${quoted(schema)} cascade; drop owned by current_user; reset role`,
        );
        await client.query('delete from tenantry.schema_versions where schema_name = $1', [schema]);
      });
    return { tables };
  }

  async finish(tenantId: string, receipt: Readonly<Record<string, unknown>>): Promise<void> {
    await this.#pool.write('purge receipt', async (client) => {
      // The role's name is free for another tenant from here on.
      const ofTenant = 'where writer = (select app_role from tenantry.tenants where tenant_id = $1)';
      await client.query(`delete from tenantry.identity_work ${ofTenant}`, [tenantId]);
      await client.query(`delete from tenantry.revoked_tokens ${ofTenant}`, [tenantId]);
      await client.query('delete from tenantry.tenants where tenant_id = $1', [tenantId]);
      await client.query('update tenantry.tombstones set purged_at = now(), receipt = $2 where tenant_id = $1 and purged_at is null', [
        tenantId,
        JSON.stringify(receipt),
      ]);
    });
  }
}

/**
 * Renames a schema inside the caller's transaction. Renaming wants CREATE on the database and ownership at once; no single role has both
 * (the owner must not create schemas), so the operator inherits the owner for the length of the transaction.
 * A schema that carries the new name already is left as it is: an earlier try committed.
 */
async function renameSchema(client: pg.ClientBase, from: string, to: string, ownerRole: string): Promise<void> {
  const { rows } = await client.query('select 1 from pg_catalog.pg_namespace where nspname = $1', [from]);
  if (rows.length === 0) return;
  const owner = quoted(ownerRole);
  await client.query(
    `grant ${owner} to current_user with inherit true, set true;
     alter schema ${quoted(from)} rename to ${quoted(to)};
     grant ${owner} to current_user with inherit false, set true;`,
  );
  await client.query('update tenantry.schema_versions set schema_name = $2 where schema_name = $1', [from, to]);
}
