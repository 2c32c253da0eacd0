import { tenantNames } from '@tenantry/contracts';
import { currentTenantVersion, migrateTenant } from '@tenantry/tenant-schema';
import type { ClientBase } from 'pg';
import type { Effects } from '../effects.ts';
import { type FencedPool, quoted } from '../postgres/fenced-pool.ts';
import type { Registration, Registry } from '../postgres/port.ts';
import { renameSchema } from '../postgres/rename-schema.ts';
import type { Bucket } from '../s3/port.ts';
import { type BackupManifest, tableObject } from './backup-manifest.ts';
import { loadTables } from './load-tables.ts';
import type { BackupRecords } from './port.ts';
import { readBackup } from './read-backup.ts';
import { ScratchSchema } from './scratch-schema.ts';

/** Rows that say what another tenant's organization in Keycloak holds: meaningless, and worse, under another tenantId. */
const MEMBERS = ['last_seen', 'machine_credentials', 'machine_clients', 'users'];

/** What a restore is made with. */
export interface RestoreParts {
  readonly cell: string;
  readonly bucket: Bucket;
  readonly registry: Pick<Registry, 'registration' | 'tombstone'>;
  readonly records: Pick<BackupRecords, 'ofTenant'>;
  /** The operator's own; of another process one of another operator name, because a restore must not fence the operator that runs. */
  readonly pool: FencedPool;
  readonly effects: Effects;
  readonly tell: (line: string) => void;
}

/** What to restore, and into whom. */
export interface RestoreWish {
  /** As the event BackedUp names it: `s3://bucket/backups/TENANT_ID/BACKUP_ID/`. */
  readonly location: string;
  readonly slug: string;
  /** Given again with the same id, a restore that was done is not done again. */
  readonly restoreId: string;
  readonly signal: AbortSignal;
}

/** What became of what was there before. */
export interface RestoredTenant {
  /** Its schema now; undefined when the tenant's schema was lost. */
  readonly replaced: string | undefined;
}

/** The restore was not begun, or changed nothing; the message says what to do. */
export class RestoreRefused extends Error {
  override readonly name = 'RestoreRefused';
}

/**
 * Puts a backup in the place of a suspended tenant's data. Everything is loaded and compared in a schema beside; then the two change names in
 * one transaction. What the tenant had before stays under the name this returns; undefined when its schema was lost. Killed before that, the tenant has what it had.
 * @throws RestoreRefused, BackupDamaged, BucketAway: nothing of the tenant was touched.
 */
export async function restoreTenant(parts: RestoreParts, wish: RestoreWish): Promise<RestoredTenant> {
  const { cell, bucket, pool, effects, tell } = parts;
  const names = tenantNames(wish.slug, cell);
  const { restoreId } = wish;
  const aside = `replaced_${restoreId.replaceAll('-', '_')}`;
  const mark = `restore ${restoreId}`;
  const done = await doneBefore(pool, { schema: names.schema, aside, mark });
  if (done !== undefined) return done;
  const registration = await suspended(parts, wish.slug);
  const prefix = prefixOf(wish.location, bucket);
  const known = (await parts.records.ofTenant(prefix.split('/')[1] ?? '')).find(({ location }) => location === wish.location);
  const manifest = await readBackup(bucket, prefix, known?.manifestSha256);
  const version = await pool.connected((client) => currentTenantVersion(client, names.schema));
  if (version < manifest.schemaVersion)
    throw new RestoreRefused(
      `the backup is of schema version ${manifest.schemaVersion}, ${wish.slug} is at ${version}: upgrade the operator first`,
    );
  tell(
    `backup of ${manifest.slug} (${manifest.tenantId}), ${manifest.createdAt}, ${sum(manifest)} rows, schema version ${manifest.schemaVersion}`,
  );

  const beside = new ScratchSchema(restoreId, names.ownerRole, pool, effects);
  let replaced: string | undefined;
  try {
    await beside.make(manifest);
    const read: Parameters<typeof loadTables>[1]['read'] = (table) => bucket.get(`${prefix}${tableObject(table)}`);
    const { ownerRole } = names;
    await pool.connected((client) => loadTables(client, { schema: beside.name, ownerRole, manifest, read, signal: wish.signal }));
    tell('loaded; rows and contents are what was backed up');
    await pool.connected((client) => migrateTenant(client, { schema: beside.name, ownerRole }, { epoch: pool.epoch, until: version }));
    await pool.write(`swap ${names.schema}`, async (client) => {
      await requireStillSuspended(client, registration);
      if (registration.tenantId !== manifest.tenantId) await forgetMembers(client, beside.name, ownerRole);
      const { rows } = await client.query('select 1 from pg_catalog.pg_namespace where nspname = $1', [names.schema]);
      await renameSchema(client, names.schema, aside, ownerRole);
      await renameSchema(client, beside.name, names.schema, ownerRole);
      await client.query(`set local role ${quoted(ownerRole)}; comment on schema ${quoted(names.schema)} is '${mark}'; reset role`);
      if (rows.length === 0) return;
      // Rights followed the old name; the new one gets its own by the operator's next pass.
      const guests = [names.appRole, names.readOnlyRole].map(quoted).join(', ');
      await client.query(`set local role ${quoted(ownerRole)}; revoke all on schema ${quoted(aside)} from ${guests}; reset role`);
      replaced = aside;
    });
  } catch (error) {
    await beside.remove();
    throw error;
  }
  return { replaced };
}

/** Whether the swap of this very restore was committed: what it put aside is there, or what it put in place says so. */
async function doneBefore(
  pool: FencedPool,
  { schema, aside, mark }: { readonly schema: string; readonly aside: string; readonly mark: string },
): Promise<RestoredTenant | undefined> {
  const rows = await pool.rows<{ name: string; mark: string | null }>(
    `select nspname as name, obj_description(oid, 'pg_namespace') as mark from pg_catalog.pg_namespace where nspname in ($1, $2)`,
    [schema, aside],
  );
  if (rows.some(({ name }) => name === aside)) return { replaced: aside };
  return rows.some((row) => row.name === schema && row.mark === mark) ? { replaced: undefined } : undefined;
}

async function suspended({ registry }: RestoreParts, slug: string): Promise<Registration> {
  const [registration, tombstone] = await Promise.all([registry.registration(slug), registry.tombstone(slug)]);
  if (registration === undefined) throw new RestoreRefused(`there is no tenant ${slug} in this cell: make the Tenant first`);
  if (tombstone !== undefined)
    throw new RestoreRefused(`the data of ${slug} is kept: adopt it with tenantry.dev/adopt=${tombstone.tenantId}`);
  if (registration.state !== 'Suspended')
    throw new RestoreRefused(
      `${slug} is ${registration.state}; nobody may use a tenant while its data is replaced: set spec.lifecycle.state to Suspended and wait for Ready`,
    );
  return registration;
}

async function requireStillSuspended(client: ClientBase, { tenantId, slug }: Registration): Promise<void> {
  const { rows } = await client.query<{ state: string }>('select state from tenantry.tenants where tenant_id = $1 for update', [tenantId]);
  if (rows[0]?.state !== 'Suspended') throw new RestoreRefused(`${slug} was resumed in the meantime; nothing was changed`);
}

async function forgetMembers(client: ClientBase, schema: string, ownerRole: string): Promise<void> {
  const { rows } = await client.query<{ name: string }>(
    'select tablename as name from pg_catalog.pg_tables where schemaname = $1 and tablename = any ($2)',
    [schema, MEMBERS],
  );
  const list = rows.map(({ name }) => `${quoted(schema)}.${quoted(name)}`).join(', ');
  if (list !== '') await client.query(`set local role ${quoted(ownerRole)}; truncate ${list}; reset role`);
}

/** @throws RestoreRefused for a place outside this cell's backups. */
function prefixOf(location: string, bucket: Bucket): string {
  const root = bucket.url('');
  const prefix = location.startsWith(root) ? location.slice(root.length) : '';
  if (!/^backups\/[0-9a-f-]{36}\/[0-9a-f-]{36}\/$/.test(prefix))
    throw new RestoreRefused(
      `${location} is no place of a backup in this cell’s bucket: one looks like ${root}backups/TENANT_ID/BACKUP_ID/`,
    );
  return prefix;
}

function sum({ tables }: BackupManifest): number {
  return tables.reduce((total, { rows }) => total + rows, 0);
}
