import { randomUUID } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import { cellLogins, type TenantNames } from '@tenantry/contracts';
import { provisionTenantDatabase } from '@tenantry/tenant-schema/testing/provision-tenant-database.ts';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startOperator } from '../../testing/operator-process.ts';
import { type TestPlatform, testPlatform } from '../../testing/test-platform.ts';
import { PgBackupRecords } from '../postgres/pg-backup-records.ts';
import { type Bucket, backupPrefix } from '../s3/port.ts';
import { TenantBackups } from './tenant-backups.ts';

let here: TestPlatform;
let elsewhere: TestPlatform;
let bucket: Bucket;
let source: TenantNames & { readonly tenantId: string };
let location: string;

beforeAll(async () => {
  [here, elsewhere] = await Promise.all([testPlatform({ bucket: true }), testPlatform({ bucket: true })]);
  if (here.ports.bucket === undefined) throw new Error('the test platform has no bucket');
  bucket = here.ports.bucket;
  source = await tenantIn(here);
  await here.admin.query(`insert into ${source.schema}.customers (id, name, status, version, created_at, updated_at)
      select gen_random_uuid(), 'Customer ' || i, 'active', 1, now(), now() from generate_series(1, 20) i;
    insert into ${source.schema}.users (id, role, version, applied_version, created_at, updated_at) values (gen_random_uuid(), 'admin', 1, 1, now(), now())`);
  const { cell, pool, effects } = here;
  const backups = new TenantBackups({ cell: cell.name, bucket, records: new PgBackupRecords(pool), pool, effects });
  const { tenantId, schema, ownerRole, organizationAlias: slug } = source;
  ({ location } = await backups.make(
    { tenantId, slug, schema, ownerRole, purpose: 'OnDemand', cause: 'test' },
    new AbortController().signal,
  ));
});
afterAll(async () => {
  if (source !== undefined) await bucket.removeUnder(backupPrefix(source.tenantId));
  await Promise.all([here?.[Symbol.asyncDispose](), elsewhere?.[Symbol.asyncDispose]()]);
});

async function tenantIn(platform: TestPlatform, state: 'Active' | 'Suspended' = 'Active') {
  const login = { user: cellLogins(platform.cell.name).operator, password: platform.operatorPassword };
  const operator = await platform.database.connect(login);
  return provisionTenantDatabase(operator, { slug: `r-${randomUUID().slice(0, 8)}`, cell: platform.cell.name, state });
}

/** The command as people run it in the operator's pod. */
async function restore(
  platform: TestPlatform,
  ...words: string[]
): Promise<{ readonly code: number | undefined; readonly output: string }> {
  const command = await startOperator(platform.environment({ SERVICE_IMAGE: 'localhost/none' }), ['restore', ...words]);
  const code = await command.exit(40_000);
  return { code, output: command.output() };
}

async function rowsIn(platform: TestPlatform, schema: string, table: string): Promise<number> {
  return (await platform.admin.query(`select count(*)::int as rows from ${schema}.${table}`)).rows[0].rows;
}

async function schemasBeside(platform: TestPlatform): Promise<string[]> {
  const { rows } = await platform.admin.query(
    `select nspname as name from pg_namespace where nspname like 'scratch%' or nspname like 'replaced%'`,
  );
  return rows.map(({ name }) => name);
}

it('restores into a tenant whose schema was dropped', async () => {
  const target = await tenantIn(elsewhere, 'Suspended');
  await elsewhere.admin.query(`drop schema ${target.schema} cascade`);
  const { code, output } = await restore(elsewhere, location, '--into', target.organizationAlias);
  expect(code, output).toBe(0);
  expect(output).toContain('It had no schema any more.');
  expect(await rowsIn(elsewhere, target.schema, 'customers')).toBe(20);
  expect(await schemasBeside(elsewhere)).toEqual([]);
});

it('restores into a suspended tenant of another cell, leaves the other tenant’s members out, and keeps what was there under another name', async () => {
  const target = await tenantIn(elsewhere, 'Suspended');
  await elsewhere.admin.query(
    `insert into ${target.schema}.customers (id, name, status, version, created_at, updated_at) values (gen_random_uuid(), 'Was here before', 'active', 1, now(), now())`,
  );
  const { code, output } = await restore(elsewhere, location, '--into', target.organizationAlias);
  expect(code, output).toBe(0);
  expect(await rowsIn(elsewhere, target.schema, 'customers')).toBe(20);
  expect(await rowsIn(elsewhere, target.schema, 'users')).toBe(0);
  const [replaced, ...more] = await schemasBeside(elsewhere);
  expect(more).toEqual([]);
  expect(output).toContain(replaced);
  expect(await rowsIn(elsewhere, replaced ?? '', 'customers')).toBe(1);
  // The operator finds the schema as its migrations and its owner should be; rights are its next pass's.
  const { version, owner } = (await elsewhere.ports.database.schemas([target])).get(target.schema) ?? {};
  expect({ version, owner }).toEqual({ version: elsewhere.ports.database.latestVersion, owner: target.ownerRole });
  const { rows } = await elsewhere.admin.query(`select has_schema_privilege($1, $2, 'usage') as reads`, [target.appRole, replaced]);
  expect(rows).toEqual([{ reads: false }]);
});

it('restores into the tenant itself with its members', async () => {
  await here.admin.query(`update tenantry.tenants set state = 'Suspended' where tenant_id = $1`, [source.tenantId]);
  await here.admin.query(`delete from ${source.schema}.customers`);
  const { code, output } = await restore(here, location, '--into', source.organizationAlias);
  expect(code, output).toBe(0);
  expect([await rowsIn(here, source.schema, 'customers'), await rowsIn(here, source.schema, 'users')]).toEqual([20, 1]);
});

it.each([
  ['a tenant that is in use', 'Active', () => location, /is Active; nobody may use a tenant while its data is replaced/],
  ['a place that is no backup', 'Suspended', () => bucket.url(backupPrefix(source.tenantId, randomUUID())), /has no manifest\.json/],
  ['another bucket', 'Suspended', () => location.replace('s3://', 's3://x'), /no place of a backup in this cell’s bucket/],
] as const)('refuses %s, says why, and changes nothing', async (_, state, from, why) => {
  const target = await tenantIn(here, state);
  const before = await schemasBeside(here);
  const { code, output } = await restore(here, from(), '--into', target.organizationAlias);
  expect(output).toMatch(why);
  expect(code).toBe(1);
  expect(await schemasBeside(here)).toEqual(before);
});

it('refuses a tenant that does not exist, and explains itself when it is asked wrongly', async () => {
  expect(await restore(here, location, '--into', 'nobody')).toMatchObject({
    code: 1,
    output: expect.stringContaining('there is no tenant nobody'),
  });
  expect(await restore(here, '--to', 'nobody')).toMatchObject({ code: 2, output: expect.stringContaining('--into TENANT') });
});

it('refuses a backup of which one byte is wrong, and changes nothing', async () => {
  const target = await tenantIn(here, 'Suspended');
  const before = await schemasBeside(here);
  const key = `${location.slice(bucket.url('').length)}customers.copy.gz`;
  const good = await buffer(await bucket.get(key));
  const bad = Buffer.from(good);
  // The time stamp in gzip's head: it unpacks as before, so only the checksum can tell.
  bad[5] = (bad[5] ?? 0) ^ 1;
  await bucket.put(key, bad, { contentType: 'application/gzip' });
  const { code, output } = await restore(here, location, '--into', target.organizationAlias);
  await bucket.put(key, good, { contentType: 'application/gzip' });
  expect(output).toMatch(/customers has SHA-256 [0-9a-f]{64}; the manifest says/);
  expect(code).toBe(1);
  expect(await schemasBeside(here)).toEqual(before);
  expect(await rowsIn(here, target.schema, 'customers')).toBe(0);
});
