import { readFile, writeFile } from 'node:fs/promises';
import { tenantNames } from '@tenantry/contracts';
import { eventually } from '@tenantry/stack/testing/eventually.ts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type OperatorProcess, startOperator } from '../../testing/operator-process.ts';
import { type PrivateCluster, privateCluster } from '../../testing/private-cluster.ts';
import { conditionOf, type TenantWish, type TestCluster, testCluster } from '../../testing/test-cluster.ts';
import { type TestPlatform, testPlatform } from '../../testing/test-platform.ts';
import { readBackup } from '../backup/read-backup.ts';
import { archivePrefix, type Bucket, backupPrefix, tenantPrefix } from '../s3/port.ts';

const PATIENCE = { limitMs: 60_000, everyMs: 100 };
const SNAPSHOT = { deletionPolicy: 'Snapshot', deletionProtection: false } as const;

let platform: TestPlatform;
let server: PrivateCluster;
let cluster: TestCluster;
let bucket: Bucket;
const tenantIds: string[] = [];

beforeAll(async () => {
  platform = await testPlatform({ claim: false, bucket: true });
  server = await privateCluster();
  cluster = await testCluster(server.adminKubeconfig, `snap-${platform.cell.name}`);
  if (platform.ports.bucket === undefined) throw new Error('the test platform has no bucket');
  bucket = platform.ports.bucket;
});
afterAll(async () => {
  for (const tenantId of tenantIds)
    for (const prefix of [backupPrefix(tenantId), archivePrefix(tenantId)]) await bucket.removeUnder(prefix);
  await cluster?.[Symbol.asyncDispose]();
  await server?.[Symbol.asyncDispose]();
  await platform?.[Symbol.asyncDispose]();
});

function start(more: Readonly<Record<string, string>> = {}): Promise<OperatorProcess> {
  return startOperator(
    platform.environment({
      KUBECONFIG_FILE: server.operatorKubeconfig,
      OPERATOR_NAME: cluster.name,
      SERVICE_IMAGE: 'localhost/none',
      METRICS_PORT: '0',
      ...more,
    }),
  );
}

/** A Ready tenant with a customer and a file of its own. */
async function readyTenant(operator: OperatorProcess, spec: TenantWish) {
  const slug = platform.slug();
  const names = tenantNames(slug, platform.cell.name);
  await cluster.apply(slug, spec);
  await becomes(operator, slug, 'Ready', 'True/Ready');
  const tenantId = (await cluster.tenant(slug))?.status?.tenantId ?? '';
  tenantIds.push(tenantId);
  await addCustomer(names.schema, 'Kept');
  await bucket.put(`${tenantPrefix(tenantId)}exports/one.csv`, Buffer.from('id\n'), { contentType: 'text/csv' });
  await bucket.put(`${archivePrefix(tenantId)}history/one.ndjson.gz`, Buffer.from('old'), { contentType: 'application/gzip' });
  return { slug, names, tenantId };
}

async function becomes(operator: OperatorProcess, slug: string, type: string, condition: string): Promise<void> {
  await eventually(
    async () => expect(conditionOf(await cluster.tenant(slug), type), operator.output().slice(-3000)).toBe(condition),
    PATIENCE,
  );
}

async function becomesWhileDeleted(operator: OperatorProcess, slug: string, reason: string): Promise<void> {
  await eventually(async () => {
    const conditions = (await cluster.tenant(slug))?.status?.conditions ?? [];
    for (const [type, status] of [
      ['Ready', 'False'],
      ['Stalled', 'True'],
      ['BackedUp', 'False'],
    ])
      expect(
        conditions.find((each) => each.type === type),
        operator.output().slice(-3000),
      ).toMatchObject({ status, reason });
  }, PATIENCE);
}

async function addCustomer(schema: string, name: string): Promise<void> {
  await platform.admin.query(
    `insert into ${schema}.customers (id, name, status, version, created_at, updated_at) values (gen_random_uuid(), $1, 'active', 1, now(), now())`,
    [name],
  );
}

async function stoneOf(tenantId: string) {
  const { rows } = await platform.admin.query(
    'select policy, backup, purge_after, purging_since, purged_at, receipt from tenantry.tombstones where tenant_id = $1',
    [tenantId],
  );
  return rows[0];
}

async function backupsOf(tenantId: string): Promise<{ state: string; location: string }[]> {
  return (await platform.admin.query('select state, location from tenantry.backups where tenant_id = $1', [tenantId])).rows;
}

async function gone(operator: OperatorProcess, slug: string): Promise<void> {
  await eventually(async () => expect(await cluster.tenant(slug), operator.output().slice(-3000)).toBeUndefined(), PATIENCE);
}

async function purged(operator: OperatorProcess, tenantId: string): Promise<void> {
  await eventually(async () => expect((await stoneOf(tenantId))?.purged_at, operator.output().slice(-3000)).not.toBeNull(), PATIENCE);
}

const prefixOf = (location: string): string => location.slice(bucket.url('').length);

describe('a Tenant deleted with policy Snapshot', { timeout: 180_000 }, () => {
  let operator: OperatorProcess;
  beforeAll(async () => {
    operator = await start();
  });
  afterAll(async () => {
    expect(await operator.stop()).toBe(0);
  });

  it('is backed up, proven, kept for the grace period, and then leaves nothing but the backup and a receipt', async () => {
    const { slug, names, tenantId } = await readyTenant(operator, { ...SNAPSHOT, deletionGracePeriod: '4s' });
    await cluster.remove(slug);
    await gone(operator, slug);
    const [backup] = await backupsOf(tenantId);
    expect(backup).toEqual({ state: 'Verified', location: expect.stringContaining(bucket.url(backupPrefix(tenantId))) });
    expect(await stoneOf(tenantId)).toMatchObject({ policy: 'Snapshot', backup: backup?.location, purged_at: null });
    await purged(operator, tenantId);
    const said = (await cluster.events(slug)).join('\n');
    // The customer, the end of the event log, and the watermark of its figures.
    expect(said).toContain(`BackedUp: Last backup, proven by restoring it: ${backup?.location} (3 rows`);
    expect(said).toMatch(/Retained: Kept until .* The backup s3:.* stays/);
    const { receipt, purging_since } = await stoneOf(tenantId);
    expect(purging_since).not.toBeNull();
    expect(receipt).toMatchObject({ backup: backup?.location, files: bucket.url(tenantPrefix(tenantId)), finishedAt: expect.any(String) });
    expect(receipt.tables).toContainEqual({ name: 'customers', bytes: expect.any(Number), at: expect.any(String) });

    const left = await platform.admin.query(
      `select nspname from pg_namespace where nspname like 'retired%' or nspname like 'scratch%' or nspname = $1`,
      [names.schema],
    );
    expect(left.rows).toEqual([]);
    expect(await bucket.list(tenantPrefix(tenantId))).toEqual([]);
    // What had left the database before the backup is in no other place.
    expect(await bucket.list(archivePrefix(tenantId))).toHaveLength(1);
    const manifest = await readBackup(bucket, prefixOf(backup?.location ?? ''));
    expect(manifest.tables.find(({ name }) => name === 'customers')?.rows).toBe(1);
    // The name is free, and nothing of the old tenant comes with it.
    await cluster.apply(slug, SNAPSHOT);
    await becomes(operator, slug, 'Ready', 'True/Ready');
    expect((await cluster.tenant(slug))?.status?.tenantId).not.toBe(tenantId);
    expect((await platform.admin.query(`select 1 from ${names.schema}.customers`)).rows).toEqual([]);
  });

  it.each(['Snapshot', 'Delete'] as const)(
    'comes back with its rows when it is adopted before the purge, policy %s too',
    async (deletionPolicy) => {
      const { slug, names, tenantId } = await readyTenant(operator, { ...SNAPSHOT, deletionPolicy, deletionGracePeriod: '1h' });
      await cluster.apply(slug, { ...SNAPSHOT, deletionPolicy, deletionGracePeriod: '1h' }, { 'tenantry.dev/confirm-delete': slug });
      await cluster.remove(slug);
      await gone(operator, slug);
      expect(await stoneOf(tenantId)).toMatchObject({ policy: deletionPolicy, purge_after: expect.any(Date) });
      await cluster.apply(slug);
      await becomes(operator, slug, 'Stalled', 'True/NameRetained');
      await cluster.apply(slug, {}, { 'tenantry.dev/adopt': tenantId });
      await becomes(operator, slug, 'Ready', 'True/Ready');
      expect((await cluster.tenant(slug))?.status?.tenantId).toBe(tenantId);
      expect((await platform.admin.query(`select name from ${names.schema}.customers`)).rows).toEqual([{ name: 'Kept' }]);
      expect(await stoneOf(tenantId)).toBeUndefined();
    },
  );

  it('gets another backup when it is deleted again after an adoption', async () => {
    const { slug, names, tenantId } = await readyTenant(operator, { ...SNAPSHOT, deletionGracePeriod: '1h' });
    await cluster.remove(slug);
    await gone(operator, slug);
    const first = await stoneOf(tenantId);
    await cluster.apply(slug, { ...SNAPSHOT, deletionGracePeriod: '1h' }, { 'tenantry.dev/adopt': tenantId });
    await becomes(operator, slug, 'Ready', 'True/Ready');
    await addCustomer(names.schema, 'Came after the adoption');
    await cluster.remove(slug);
    await gone(operator, slug);
    const second = await stoneOf(tenantId);
    expect(second.backup).not.toBe(first.backup);
    expect((await readBackup(bucket, prefixOf(second.backup))).tables.find(({ name }) => name === 'customers')?.rows).toBe(2);
  });

  it('waits as BackupFailed, keeps everything, and goes on when the cause is gone', async () => {
    const { slug, names, tenantId } = await readyTenant(operator, { ...SNAPSHOT, deletionGracePeriod: '1h' });
    await platform.admin.query(`create sequence ${names.schema}.by_hand`);
    await cluster.remove(slug);
    await eventually(async () => {
      const conditions = (await cluster.tenant(slug))?.status?.conditions ?? [];
      expect(conditions.find(({ type }) => type === 'BackedUp')).toMatchObject({
        status: 'False',
        reason: 'BackupFailed',
        message: expect.stringContaining('by_hand'),
      });
      expect(conditions.find(({ type }) => type === 'Ready')).toMatchObject({ status: 'False', reason: 'BackupFailed' });
    }, PATIENCE);
    expect((await platform.admin.query(`select name from ${names.schema}.customers`)).rows).toEqual([{ name: 'Kept' }]);
    await platform.admin.query(`drop sequence ${names.schema}.by_hand`);
    await gone(operator, slug);
    expect(await backupsOf(tenantId)).toEqual([{ state: 'Verified', location: expect.any(String) }]);
  });

  it('leaves no half backup when it is told to keep the data after all', async () => {
    const { slug, names, tenantId } = await readyTenant(operator, { ...SNAPSHOT, deletionGracePeriod: '1h' });
    // A table that is not the tenant’s: its owner may not lock it, so every try fails.
    await platform.admin.query(`create table ${names.schema}.zz (id int); revoke all on ${names.schema}.zz from "${names.ownerRole}"`);
    await cluster.remove(slug);
    await eventually(async () => expect((await backupsOf(tenantId)).map(({ state }) => state)).toEqual(['Running']), PATIENCE);
    await cluster.apply(slug, { deletionPolicy: 'Retain' });
    await gone(operator, slug);
    expect(await stoneOf(tenantId)).toMatchObject({ policy: 'Retain', backup: 'none' });
    expect([await backupsOf(tenantId), await bucket.list(backupPrefix(tenantId))]).toEqual([[], []]);
  });

  it('is not purged when its backup is not there any more, and others are', async () => {
    const spec = { ...SNAPSHOT, deletionGracePeriod: '6s' } as const;
    const [lost, other] = [await readyTenant(operator, spec), await readyTenant(operator, spec)];
    await cluster.remove(lost.slug);
    await gone(operator, lost.slug);
    await bucket.removeUnder(backupPrefix(lost.tenantId));
    await cluster.remove(other.slug);
    await purged(operator, other.tenantId);
    expect(await stoneOf(lost.tenantId)).toMatchObject({ purging_since: null, purged_at: null });
    const retired = (await platform.admin.query('select schema_name from tenantry.tombstones where tenant_id = $1', [lost.tenantId]))
      .rows[0];
    expect((await platform.admin.query(`select name from ${retired.schema_name}.customers`)).rows).toEqual([{ name: 'Kept' }]);
    await eventually(
      async () => expect((await cluster.events(lost.slug)).join('\n')).toContain('BackupFailed: Nothing is purged'),
      PATIENCE,
    );
  });
});

describe('the operator of a tenant with policy Snapshot', { timeout: 180_000 }, () => {
  it('does not go on without a bucket, says what to do, and goes on when there is one or the data is to be kept', async () => {
    await cluster.freeLease();
    const file = platform.environment({}).CELLS_FILE ?? '';
    const cells = JSON.parse(await readFile(file, 'utf8'));
    delete cells.cells[0].s3;
    await writeFile(`${file}.without`, JSON.stringify(cells));
    const without = await start({ CELLS_FILE: `${file}.without` });
    const [kept, waits] = [await readyTenant(without, SNAPSHOT), await readyTenant(without, { ...SNAPSHOT, deletionGracePeriod: '1h' })];
    for (const { slug, names } of [kept, waits]) {
      await cluster.remove(slug);
      await becomesWhileDeleted(without, slug, 'BackupStoreMissing');
      expect((await platform.admin.query(`select name from ${names.schema}.customers`)).rows).toEqual([{ name: 'Kept' }]);
    }
    expect((await cluster.events(waits.slug)).join('\n')).toMatch(
      /BackupStoreMissing: .* has no bucket: set s3 in cells\.json .* or set spec\.deletionPolicy .* to Retain/,
    );
    await cluster.apply(kept.slug, { deletionPolicy: 'Retain' });
    await gone(without, kept.slug);
    expect(await stoneOf(kept.tenantId)).toMatchObject({ policy: 'Retain', backup: 'none', purge_after: null });
    await without.stop();
    const operator = await start();
    await gone(operator, waits.slug);
    expect(await stoneOf(waits.tenantId)).toMatchObject({ policy: 'Snapshot', backup: expect.stringContaining('s3://') });
    await operator.stop();
  });

  it('killed after k effects, for a k that grows until it is enough, leaves one backup and nothing else', async () => {
    await cluster.freeLease();
    const first = await start();
    const { slug, names, tenantId } = await readyTenant(first, {
      ...SNAPSHOT,
      deletionGracePeriod: '0s',
      messaging: { topics: [{ name: 'orders' }] },
    });
    await first.stop();
    await cluster.remove(slug);
    let deaths = 0;
    // Every third: tenant-backups.integration.test.ts has every effect of the backup itself.
    for (let k = 1; ; k += 3) {
      const operator = await start({ CRASH_AFTER: String(k), LOG_LEVEL: 'debug' });
      let code: number | undefined;
      for (let looks = 0; code === undefined; looks += 1) {
        code = await operator.exit(100);
        if (code === undefined && (await stoneOf(tenantId))?.purged_at != null && (await cluster.tenant(slug)) === undefined) break;
        if (looks > 400) throw new Error(`neither dead nor done:\n${operator.output().slice(-3000)}`);
      }
      await cluster.freeLease();
      if (code === undefined) {
        await operator.stop();
        break;
      }
      expect(code, operator.output()).toBe(137);
      deaths += 1;
      expect(deaths).toBeLessThan(80);
    }
    expect(deaths).toBeGreaterThan(5);
    const [backup, ...more] = await backupsOf(tenantId);
    expect([backup?.state, more]).toEqual(['Verified', []]);
    const keys = (await bucket.list(backupPrefix(tenantId))).map(({ key }) => key);
    const manifest = await readBackup(bucket, prefixOf(backup?.location ?? ''));
    expect(keys).toHaveLength(manifest.tables.length + 1);
    expect(keys.every((key) => key.startsWith(prefixOf(backup?.location ?? 'none')))).toBe(true);
    expect(manifest.tables.find(({ name }) => name === 'customers')?.rows).toBe(1);
    const left = await platform.admin.query(
      `select nspname from pg_namespace where nspname like 'scratch%' or nspname like $1 or nspname = $2
       union all select rolname from pg_roles where rolname like $3 || '%'`,
      [`retired_${tenantId.replaceAll('-', '_')}`, names.schema, names.schema],
    );
    expect(left.rows).toEqual([]);
    const { receipt } = await stoneOf(tenantId);
    // Each table once, however often the purge was killed.
    expect(receipt.tables.map(({ name }: { name: string }) => name).sort()).toEqual(manifest.tables.map(({ name }) => name).sort());
  }, 600_000);
});
