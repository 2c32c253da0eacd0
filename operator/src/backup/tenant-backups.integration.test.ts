import { randomUUID } from 'node:crypto';
import { buffer, text } from 'node:stream/consumers';
import { gunzipSync } from 'node:zlib';
import { cellLogins, type TenantNames } from '@tenantry/contracts';
import { eventually } from '@tenantry/stack/testing/eventually.ts';
import { provisionTenantDatabase } from '@tenantry/tenant-schema/testing/provision-tenant-database.ts';
import type pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type TestPlatform, testPlatform } from '../../testing/test-platform.ts';
import { Effects } from '../effects.ts';
import { FencedPool } from '../postgres/fenced-pool.ts';
import { PgBackupRecords } from '../postgres/pg-backup-records.ts';
import { type Bucket, backupPrefix } from '../s3/port.ts';
import { S3Bucket } from '../s3/s3-bucket.ts';
import { BackupDamaged, parseManifest } from './backup-manifest.ts';
import type { BackupRecord } from './port.ts';
import { type BackupSubject, TenantBackups } from './tenant-backups.ts';

let platform: TestPlatform;
let bucket: Bucket;
let operator: pg.Client;
const made: string[] = [];
const never = new AbortController().signal;

beforeAll(async () => {
  platform = await testPlatform({ bucket: true });
  if (platform.ports.bucket === undefined) throw new Error('the test platform has no bucket');
  bucket = platform.ports.bucket;
  operator = await platform.database.connect({ user: cellLogins(platform.cell.name).operator, password: platform.operatorPassword });
});
afterAll(async () => {
  for (const tenantId of made) await bucket.removeUnder(backupPrefix(tenantId));
  await platform?.[Symbol.asyncDispose]();
});

/** A tenant with rows of every awkward kind, and what a backup of it is asked with. */
async function tenantWithRows(): Promise<{ names: TenantNames; subject: BackupSubject }> {
  const names = await provisionTenantDatabase(operator, { slug: `b-${randomUUID().slice(0, 8)}`, cell: platform.cell.name });
  made.push(names.tenantId);
  await platform.admin.query(`set search_path = ${names.schema}, pg_catalog, extensions;
    insert into customers (id, name, email, status, tags, attributes, version, created_at, updated_at)
      select gen_random_uuid(), 'Zoë ' || i || E'\\t"tab"\\n\\\\end', 'c' || i || '@example.org', 'active', array['a,b', '{x}', null], '{"€": [1, null, "\\\\N"]}',
             1, now(), now() from generate_series(1, 50) i;
    insert into accounts (id, customer_id, number, type, currency, status, overdraft_limit_minor, balance_minor, version, settings_version, created_at, updated_at)
      select gen_random_uuid(), id, 'N' || row_number() over (), 'current', 'EUR', 'active', 0, 999999999999999999, 1, 1, now(), now() from customers;
    insert into transactions (id, account_id, account_version, kind, amount_minor, currency, balance_after_minor, booked_at, created_at, reverses_id)
      select id, id_of, 1, kind, 5, 'EUR', 5, now(), now(), reverses from (
        select '00000000-0000-7000-8000-000000000002'::uuid as id, (select id from accounts limit 1) as id_of, 'reversal' as kind, '00000000-0000-7000-8000-000000000001'::uuid as reverses
        union all select '00000000-0000-7000-8000-000000000001', (select id from accounts limit 1), 'deposit', null) as rows;
    insert into attribute_schemas (version, schema, created_at, created_by) values (2, '{"b" : 1,  "a":2}', now(), 'me');
    reset search_path`);
  const { tenantId, schema, ownerRole, organizationAlias: slug } = names;
  return { names, subject: { tenantId, slug, schema, ownerRole, purpose: 'Final', cause: randomUUID() } };
}

/** 50 customers with an account each, two transactions, a schema of attributes, the end of the event log, and the watermark of its figures. */
const ROWS = 50 + 50 + 2 + 1 + 1 + 1;

const backups = (effects: Effects = platform.effects, through: Bucket = bucket): TenantBackups =>
  new TenantBackups({
    cell: platform.cell.name,
    bucket: through,
    records: new PgBackupRecords(platform.pool),
    pool: platform.pool,
    effects,
  });

const bucketThatPuts = (put: Bucket['put']): Bucket => ({
  url: (key) => bucket.url(key),
  get: (key) => bucket.get(key),
  list: (prefix) => bucket.list(prefix),
  removeUnder: (prefix) => bucket.removeUnder(prefix),
  close: () => bucket.close(),
  put,
});

const keysOf = async ({ tenantId }: BackupSubject): Promise<string[]> =>
  (await bucket.list(backupPrefix(tenantId))).map(({ key }) => key.slice(backupPrefix(tenantId).length)).sort();

async function scratchSchemas(): Promise<string[]> {
  const { rows } = await platform.admin.query(`select nspname from pg_namespace where nspname like 'scratch%'
    union select schema_name from tenantry.schema_versions where schema_name like 'scratch%'`);
  return rows.map(({ nspname }) => nspname);
}

const recordsOf = async ({ tenantId }: BackupSubject): Promise<Pick<BackupRecord, 'backupId' | 'state'>[]> =>
  (await new PgBackupRecords(platform.pool).ofTenant(tenantId)).map(({ backupId, state }) => ({ backupId, state }));

it('stores every table as COPY text with a manifest that says what it holds, and leaves no scratch schema', async () => {
  const { names, subject } = await tenantWithRows();
  const record = await backups().make(subject, never);
  expect(record).toMatchObject({ state: 'Verified', rows: ROWS, location: bucket.url(backupPrefix(subject.tenantId, record.backupId)) });
  const prefix = backupPrefix(subject.tenantId, record.backupId);
  const manifest = parseManifest(await text(await bucket.get(`${prefix}manifest.json`)), 'it');
  expect(manifest).toMatchObject({ tenantId: subject.tenantId, slug: subject.slug, cell: platform.cell.name, purpose: 'Final' });
  const { rows } = await platform.admin.query(
    `select max(version)::int as version, (select count(*)::int from pg_tables where schemaname = $1) as tables from tenantry.schema_versions where schema_name = $1`,
    [names.schema],
  );
  expect({ version: manifest.schemaVersion, tables: manifest.tables.length }).toEqual(rows[0]);
  const customers = manifest.tables.find(({ name }) => name === 'customers');
  expect(customers).toMatchObject({ rows: 50, columns: expect.not.arrayContaining(['search_text']) });
  const copied = gunzipSync(await buffer(await bucket.get(`${prefix}customers.copy.gz`))).toString();
  expect(copied.trimEnd().split('\n')).toHaveLength(50);
  expect(await scratchSchemas()).toEqual([]);
});

it('gives the same backup when it is asked again with the same cause, and makes another for another cause', async () => {
  const { subject } = await tenantWithRows();
  const first = await backups().make(subject, never);
  expect((await backups().make(subject, never)).backupId).toBe(first.backupId);
  const second = await backups().make({ ...subject, cause: 'another' }, never);
  expect(second.backupId).not.toBe(first.backupId);
  expect(await recordsOf(subject)).toHaveLength(2);
});

it('is one snapshot: what is written while it reads is in all of it or in nothing', async () => {
  const { names, subject } = await tenantWithRows();
  const during = bucketThatPuts(async (key, content, options) => {
    // Between the first table and the next: a customer with an account, as the API would make them.
    await bucket.put(key, content, options);
    await platform.admin.query(`with c as (insert into ${names.schema}.customers (id, name, status, version, created_at, updated_at)
          values (gen_random_uuid(), 'Late', 'active', 1, now(), now()) returning id)
        insert into ${names.schema}.attribute_schemas (version, schema, created_at, created_by) select 2 + count(*), '{}', now(), 'late' from ${names.schema}.attribute_schemas, c`);
  });
  const record = await backups(platform.effects, during).make({ ...subject, purpose: 'OnDemand' }, never);
  const manifest = parseManifest(await text(await bucket.get(`${backupPrefix(subject.tenantId, record.backupId)}manifest.json`)), 'it');
  const rows = Object.fromEntries(manifest.tables.map((table) => [table.name, table.rows]));
  expect(rows).toMatchObject({ customers: 50, attribute_schemas: 1 });
});

it('waits for a change under way before the last backup reads, and lets none begin', async () => {
  const { names, subject } = await tenantWithRows();
  const writer = await platform.database.connect();
  await writer.query('begin');
  await writer.query(`update ${names.schema}.customers set name = 'Changed in the last moment'`);
  const running = backups().make(subject, never);
  await eventually(async () => {
    const { rows } = await platform.admin.query(
      `select 1 from pg_locks where not granted and mode = 'ShareLock' and relation = $1::regclass`,
      [`${names.schema}.customers`],
    );
    expect(rows).toHaveLength(1);
  });
  await writer.query('commit');
  const record = await running;
  const copied = gunzipSync(
    await buffer(await bucket.get(`${backupPrefix(subject.tenantId, record.backupId)}customers.copy.gz`)),
  ).toString();
  expect(copied.match(/Changed in the last moment/g)).toHaveLength(50);
});

/** Ends the work after its k-th effect, as a process that is killed there would leave things. */
class Killed extends Error {}

async function makeAndDieAfter(k: number, subject: BackupSubject): Promise<'made' | 'killed'> {
  const effects = new Effects({
    assertLeading: () => {},
    afterEach: (_effect, count) => {
      if (count === k) throw new Killed();
    },
  });
  const access = await platform.stack.s3();
  const own = new S3Bucket({ place: access, login: access, effects });
  const pool = new FencedPool({
    ...platform.cell.postgres,
    user: cellLogins(platform.cell.name).operator,
    password: platform.operatorPassword,
    ca: platform.stack.ca,
    connections: 3,
    operatorName: 'dying',
    holder: `dying-${k}`,
    effects,
  });
  try {
    await pool.lead(platform.cell.name);
    await new TenantBackups({ cell: platform.cell.name, bucket: own, records: new PgBackupRecords(pool), pool, effects }).make(
      subject,
      never,
    );
    return 'made';
  } catch (error) {
    if (error instanceof Killed) return 'killed';
    throw error;
  } finally {
    await Promise.all([pool.close(), own.close()]);
  }
}

it('killed after any of its effects, the next try leaves one backup, nothing doubled and no scratch schema', async () => {
  const { names, subject } = await tenantWithRows();
  let effects = 0;
  while ((await makeAndDieAfter(effects + 1, subject)) === 'killed') effects += 1;
  // A row, the tables, the manifest, two more rows, a schema with its migrations, the restore, and its removal.
  expect(effects).toBeGreaterThan(20);
  expect(await recordsOf(subject)).toEqual([{ backupId: expect.any(String), state: 'Verified' }]);
  const [record] = await recordsOf(subject);
  const { rowCount: tables } = await platform.admin.query('select from pg_tables where schemaname = $1', [names.schema]);
  expect(await keysOf(subject)).toHaveLength((tables ?? 0) + 1);
  expect((await keysOf(subject)).every((key) => key.startsWith(`${record?.backupId}/`))).toBe(true);
  expect(await scratchSchemas()).toEqual([]);
}, 180_000);

it('does not take objects without a manifest for a backup, and removes them', async () => {
  const { subject } = await tenantWithRows();
  const stray = `${backupPrefix(subject.tenantId, randomUUID())}customers.copy.gz`;
  await bucket.put(stray, Buffer.from('half'), { contentType: 'application/gzip' });
  await backups().make(subject, never);
  expect((await bucket.list(backupPrefix(subject.tenantId))).map(({ key }) => key)).not.toContain(stray);
});

it('refuses a backup whose bytes were changed, names the table, and forgets it', async () => {
  const { subject } = await tenantWithRows();
  const flipping = bucketThatPuts(async (key, content, options) => {
    await bucket.put(key, content, options);
    if (!key.endsWith('customers.copy.gz')) return;
    const bytes = await buffer(await bucket.get(key));
    bytes[bytes.length - 20] = (bytes[bytes.length - 20] ?? 0) ^ 1;
    await bucket.put(key, bytes, options);
  });
  const failing = backups(platform.effects, flipping).make(subject, never);
  await expect(failing).rejects.toThrow(BackupDamaged);
  await expect(failing).rejects.toThrow(/customers/);
  expect(await recordsOf(subject)).toEqual([]);
  expect(await keysOf(subject)).toEqual([]);
  expect(await scratchSchemas()).toEqual([]);
});

it('says that a verified backup is gone when an object was removed or cut, or its manifest replaced', async () => {
  const { subject } = await tenantWithRows();
  const record = await backups().make(subject, never);
  await backups().requireStillThere(record);
  const prefix = backupPrefix(record.tenantId, record.backupId);
  const manifest = await buffer(await bucket.get(`${prefix}manifest.json`));
  await bucket.put(`${prefix}manifest.json`, Buffer.concat([manifest, Buffer.from(' ')]), { contentType: 'application/json' });
  await expect(backups().requireStillThere(record)).rejects.toThrow(/SHA-256/);
  await bucket.put(`${prefix}manifest.json`, manifest, { contentType: 'application/json' });
  await bucket.put(`${prefix}accounts.copy.gz`, Buffer.from('cut'), { contentType: 'application/gzip' });
  await expect(backups().requireStillThere(record)).rejects.toThrow(/missing or cut: accounts/);
  await bucket.removeUnder(prefix);
  await expect(backups().requireStillThere(record)).rejects.toThrow(/no manifest.json/);
});

it('ends when it is told to stop, in the middle of a table', async () => {
  const { subject } = await tenantWithRows();
  const stop = new AbortController();
  const stopping = bucketThatPuts((key, content, options) => {
    stop.abort(new Error('told to stop'));
    return bucket.put(key, content, options);
  });
  await expect(backups(platform.effects, stopping).make(subject, stop.signal)).rejects.toThrow('told to stop');
  await backups().make(subject, never);
  expect(await recordsOf(subject)).toHaveLength(1);
});
