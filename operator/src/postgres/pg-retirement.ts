import { dropTables } from './drop-tables.ts';
import { type FencedPool, quoted } from './fenced-pool.ts';
import { SELECT_TOMBSTONE, type TombstoneRow, tombstoneOf } from './pg-registry.ts';
import type { Retirement, Tombstone } from './port.ts';
import { renameSchema } from './rename-schema.ts';

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
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
         on conflict (tenant_id) do update set policy = excluded.policy, confirmed_by = excluded.confirmed_by, backup = excluded.backup,
           topics = excluded.topics, requested_at = excluded.requested_at, purge_after = excluded.purge_after`,
        [
          tombstone.tenantId,
          tombstone.slug,
          tombstone.schemaName,
          tombstone.policy,
          tombstone.confirmedBy ?? null,
          tombstone.backup,
          [...tombstone.topics],
          tombstone.organizationId ?? null,
          tombstone.client ?? null,
          tombstone.requestedAt,
          tombstone.purgeAfter ?? null,
        ],
      );
    });
  }

  async adopt(tombstone: Tombstone, to: { readonly schema: string; readonly ownerRole: string; readonly uid: string }): Promise<boolean> {
    return this.#pool.write(`adopt ${to.schema}`, async (client) => {
      // Whoever comes first, this or the beginning of the purge, decides; the other finds the row gone or marked.
      const still = await client.query(
        'select 1 from tenantry.tombstones where tenant_id = $1 and purged_at is null and purging_since is null for update',
        [tombstone.tenantId],
      );
      if (still.rows.length === 0) return false;
      await renameSchema(client, tombstone.schemaName, to.schema, to.ownerRole);
      await client.query(
        `update tenantry.tenants set uid = $2, state = 'Provisioning', closed_reason = null, updated_at = now() where tenant_id = $1`,
        [tombstone.tenantId, to.uid],
      );
      await client.query('delete from tenantry.tombstones where tenant_id = $1 and purged_at is null', [tombstone.tenantId]);
      return true;
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

  async purgeHasBegun(tenantId: string): Promise<boolean> {
    const [begun] = await this.#pool.rows(
      'select 1 from tenantry.tombstones where tenant_id = $1 and purged_at is null and purging_since is not null',
      [tenantId],
    );
    return begun !== undefined;
  }

  async beginPurge(tenantId: string): Promise<boolean> {
    return this.#pool.write('begin purge', async (client) => {
      const { rowCount } = await client.query(
        'update tenantry.tombstones set purging_since = now() where tenant_id = $1 and purged_at is null and purge_after <= now()',
        [tenantId],
      );
      return rowCount === 1;
    });
  }

  async dropSchema({ tenantId, schemaName: schema }: Pick<Tombstone, 'tenantId' | 'schemaName'>, ownerRole: string): Promise<void> {
    await dropTables(this.#pool, schema, ownerRole, async (client, dropped) => {
      const at = new Date().toISOString();
      await client.query(
        `update tenantry.tombstones set receipt = coalesce(receipt, '{}') || jsonb_build_object('tables', coalesce(receipt -> 'tables', '[]') || $2::jsonb)
          where tenant_id = $1 and purged_at is null`,
        [tenantId, JSON.stringify(dropped.map((table) => ({ ...table, at })))],
      );
    });
    const [left] = await this.#pool.rows(
      `select 1 from pg_catalog.pg_namespace where nspname = $1
        union all select 1 from tenantry.schema_versions where schema_name = $1`,
      [schema],
    );
    if (left !== undefined)
      await this.#pool.write(`drop schema ${schema}`, async (client) => {
        // Default privileges hang on the owner, not on the schema, and would keep the role from being dropped.
        await client.query(
          `set local role ${quoted(ownerRole)}; drop schema if exists ${quoted(schema)} cascade; drop owned by current_user; reset role`,
        );
        // What restores had replaced was the owner's too.
        await client.query(
          `delete from tenantry.schema_versions where schema_name = $1
            or starts_with(schema_name::text, 'replaced_') and not exists (select from pg_catalog.pg_namespace where nspname = schema_name)`,
          [schema],
        );
      });
  }

  async finish(tenantId: string, receipt: Readonly<Record<string, unknown>>): Promise<void> {
    await this.#pool.write('purge receipt', async (client) => {
      // The role's name is free for another tenant from here on.
      const ofTenant = 'where writer = (select app_role from tenantry.tenants where tenant_id = $1)';
      await client.query(`delete from tenantry.identity_work ${ofTenant}`, [tenantId]);
      await client.query(`delete from tenantry.revoked_tokens ${ofTenant}`, [tenantId]);
      await client.query(`delete from tenantry.webhook_due ${ofTenant}`, [tenantId]);
      await client.query(`delete from tenantry.outbox ${ofTenant}`, [tenantId]);
      await client.query('delete from tenantry.tenants where tenant_id = $1', [tenantId]);
      // The tables' lines are there already.
      await client.query(
        `update tenantry.tombstones set purged_at = now(), receipt = coalesce(receipt, '{}') || $2::jsonb where tenant_id = $1 and purged_at is null`,
        [tenantId, JSON.stringify(receipt)],
      );
    });
  }
}
