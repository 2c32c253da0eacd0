import { GROUP, tenantNames, VERSION } from '@tenantry/contracts';
import { eventually } from '@tenantry/stack/testing/eventually.ts';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { type OperatorProcess, startOperator } from '../../testing/operator-process.ts';
import { type PrivateCluster, privateCluster } from '../../testing/private-cluster.ts';
import { conditionOf, type TestCluster, testCluster } from '../../testing/test-cluster.ts';
import { type TestPlatform, testPlatform } from '../../testing/test-platform.ts';
import { TENANT_BACKUPS, TENANT_RESTORES, type TenantBackupObject, type TenantRestoreObject } from '../kubernetes/resources.ts';
import { type Bucket, backupPrefix } from '../s3/port.ts';

const PATIENCE = { limitMs: 120_000, everyMs: 100 };

let platform: TestPlatform;
let server: PrivateCluster;
let cluster: TestCluster;
let bucket: Bucket;
let operator: OperatorProcess | undefined;
let slug: string;
let tenantId: string;

beforeAll(async () => {
  platform = await testPlatform({ claim: false, bucket: true });
  server = await privateCluster();
  cluster = await testCluster(server.adminKubeconfig, `bak-${platform.cell.name}`);
  if (platform.ports.bucket === undefined) throw new Error('the test platform has no bucket');
  bucket = platform.ports.bucket;
  slug = platform.slug();
  await started();
  await open();
  tenantId = (await cluster.tenant(slug))?.status?.tenantId ?? '';
}, 240_000);
afterAll(async () => {
  await operator?.stop();
  if (tenantId !== undefined) await bucket.removeUnder(backupPrefix(tenantId));
  await cluster?.[Symbol.asyncDispose]();
  await server?.[Symbol.asyncDispose]();
  await platform?.[Symbol.asyncDispose]();
});
beforeEach(async () => {
  await platform.admin.query(`truncate ${schema()}.customers cascade`);
});
afterEach(async () => {
  for (const kind of [TENANT_BACKUPS, TENANT_RESTORES])
    for (const { metadata } of (await cluster.api.list(kind as typeof TENANT_BACKUPS, {})).items)
      await cluster.api.delete(kind as typeof TENANT_BACKUPS, metadata);
});

const schema = () => tenantNames(slug, platform.cell.name).schema;

function environment(more: Readonly<Record<string, string>> = {}): Record<string, string> {
  return platform.environment({
    OPERATOR_NAME: cluster.name,
    KUBECONFIG_FILE: server.operatorKubeconfig,
    SERVICE_IMAGE: 'localhost/none',
    METRICS_PORT: '0',
    ...more,
  });
}

async function started(): Promise<void> {
  operator = await startOperator(environment());
}

async function stopped(): Promise<void> {
  await operator?.stop();
  operator = undefined;
  await cluster.freeLease();
}

async function becomes(condition: string): Promise<void> {
  await eventually(
    async () => expect(conditionOf(await cluster.tenant(slug), 'Ready'), operator?.output().slice(-3000)).toBe(condition),
    PATIENCE,
  );
}

async function open(): Promise<void> {
  await cluster.apply(slug);
  await becomes('True/Ready');
}

async function suspended(): Promise<void> {
  await cluster.apply(slug, { lifecycle: { state: 'Suspended', reason: 'Data is being restored' } });
  await becomes('True/Suspended');
}

async function askForBackup(name: string, tenant = slug): Promise<void> {
  const object = { apiVersion: `${GROUP}/${VERSION}`, kind: 'TenantBackup', metadata: { name }, spec: { tenantRef: { name: tenant } } };
  await cluster.api.create(TENANT_BACKUPS, object);
}

async function askForRestore(name: string, location: string): Promise<void> {
  const spec = { tenantRef: { name: slug }, location };
  const object = { apiVersion: `${GROUP}/${VERSION}`, kind: 'TenantRestore', metadata: { name }, spec };
  await cluster.api.create(TENANT_RESTORES, object);
}

const backup = (name: string) => cluster.api.get(TENANT_BACKUPS, { name });
const restore = (name: string) => cluster.api.get(TENANT_RESTORES, { name });

function said(object: TenantBackupObject | TenantRestoreObject | undefined): string {
  const ready = object?.status?.conditions?.find(({ type }) => type === 'Ready');
  return `${ready?.status}/${ready?.reason}: ${ready?.message}`;
}

async function says(look: () => Promise<TenantBackupObject | TenantRestoreObject | undefined>, text: string): Promise<void> {
  await eventually(async () => expect(said(await look()), operator?.output().slice(-3000)).toContain(text), PATIENCE);
}

/** A backup of what the tenant has now. Returns its location. */
async function backedUp(name: string): Promise<string> {
  await askForBackup(name);
  await says(() => backup(name), 'True/BackedUp');
  return (await backup(name))?.status?.location ?? '';
}

async function addCustomer(name: string): Promise<void> {
  await platform.admin.query(
    `insert into ${schema()}.customers (id, name, status, version, created_at, updated_at) values (gen_random_uuid(), $1, 'active', 1, now(), now())`,
    [name],
  );
}

async function customers(where = schema()): Promise<string[]> {
  return (await platform.admin.query(`select name from ${where}.customers order by name`)).rows.map(({ name }) => name);
}

async function schemasLike(prefix: string): Promise<string[]> {
  const { rows } = await platform.admin.query(`select nspname as name from pg_namespace where nspname like $1`, [`${prefix}%`]);
  return rows.map(({ name }) => name);
}

async function records(): Promise<{ state: string; location: string; cause: string }[]> {
  return (await platform.admin.query(`select state, location, cause from tenantry.backups where tenant_id = $1`, [tenantId])).rows;
}

it('backs a tenant up that is asked for, says where it is and how large, and keeps it when the request is deleted', async () => {
  await addCustomer('Kept');
  await askForBackup('before-the-import');
  await says(() => backup('before-the-import'), `True/BackedUp: 3 rows of ${slug} are in the bucket, and were proven by restoring them.`);
  const { status, metadata } = (await backup('before-the-import')) ?? {};
  expect(status).toMatchObject({ rows: 3, bytes: expect.any(Number), finishedAt: expect.any(String) });
  expect(await records()).toContainEqual({ state: 'Verified', location: status?.location, cause: metadata?.uid });
  const note = `BackedUp: Backup before-the-import, proven by restoring it: ${status?.location} (3 rows`;
  await eventually(async () => expect((await cluster.events(slug)).join('\n')).toContain(note), PATIENCE);
  await cluster.api.delete(TENANT_BACKUPS, { name: 'before-the-import' });
  await expect(bucket.get(`${status?.location?.slice(bucket.url('').length)}manifest.json`)).resolves.toBeDefined();
  expect(await schemasLike('scratch')).toEqual([]);
});

it('waits for a tenant that is not there, and lets other operators’ tenants be', async () => {
  const later = platform.slug();
  await askForBackup('early', later);
  // No operator of another name says that there is no such tenant: it may be somebody else's.
  await backedUp('meanwhile');
  expect((await backup('early'))?.status).toBeUndefined();
  await cluster.apply(later);
  await says(() => backup('early'), 'True/BackedUp');
  expect((await backup('early'))?.status?.location).toContain((await cluster.tenant(later))?.status?.tenantId);
  await bucket.removeUnder(backupPrefix((await cluster.tenant(later))?.status?.tenantId ?? 'none'));
});

it('puts a backup in the place of a suspended tenant’s data, and keeps what was there', async () => {
  await addCustomer('Of the backup');
  const location = await backedUp('good');
  await platform.admin.query(`update ${schema()}.customers set name = 'Spoilt'`);
  await suspended();
  await askForRestore('back', location);
  await says(() => restore('back'), `True/Restored: ${slug} has the backup’s data.`);
  expect(await customers()).toEqual(['Of the backup']);
  const { replacedSchema = '', finishedAt } = (await restore('back'))?.status ?? {};
  expect(finishedAt).toBeDefined();
  expect(await customers(replacedSchema)).toEqual(['Spoilt']);
  expect((await cluster.events(slug)).join('\n')).toContain(`What it had before is in schema ${replacedSchema}.`);
  await open();
  const { rows } = await platform.admin.query(
    `select has_schema_privilege(app_role, $2, 'usage') as ok from tenantry.tenants where tenant_id = $1`,
    [tenantId, schema()],
  );
  expect(rows).toEqual([{ ok: true }]);
});

it.each([
  ['of a tenant that is served', 'served', () => backedUp('whole'), 'is Active; nobody may use a tenant while its data is replaced'],
  [
    'of another tenant',
    'other',
    async () => bucket.url(backupPrefix('0190a1b2-0000-7000-8000-000000000001', '0190a1b2-0000-7000-8000-000000000002')),
    `is no backup of`,
  ],
])('refuses a restore %s once and for all, and changes nothing', async (_, name, locationOf, why) => {
  await addCustomer('Untouched');
  const location = await locationOf();
  await askForRestore(name, location);
  await says(() => restore(name), 'False/RestoreRefused: Nothing was changed: ');
  expect(said(await restore(name))).toContain(why);
  expect((await restore(name))?.status?.finishedAt).toBeDefined();
  expect((await cluster.events(slug)).join('\n')).toContain(
    `RestoreRefused: ${said(await restore(name))
      .split(': ')
      .slice(1)
      .join(': ')
      .slice(0, 60)}`,
  );
  await suspended();
  await stopped();
  await started();
  await open();
  expect(said(await restore(name))).toContain('False/RestoreRefused');
  expect(await customers()).toEqual(['Untouched']);
});

it('refuses a backup that is not whole, and leaves the tenant as it is', async () => {
  await addCustomer('Untouched');
  const location = await backedUp('cut');
  await bucket.removeUnder(`${location.slice(bucket.url('').length)}customers.copy.gz`);
  await suspended();
  await askForRestore('damaged', location);
  await says(() => restore('damaged'), 'the objects of these tables are missing or cut: customers');
  expect(await customers()).toEqual(['Untouched']);
  expect(await schemasLike('scratch')).toEqual([]);
  await open();
});

it('backs up and restores once when the operator is killed after each thing it does', async () => {
  await addCustomer('Of the backup');
  await stopped();
  await askForBackup('killed');
  const isMade = async (): Promise<boolean> => said(await backup('killed')).startsWith('True');
  // Two of three deaths are left out: a backup begins anew after each, and takes its time.
  for (let effects = 1; !(await isMade()); effects += 3) await diesAfter(effects, isMade);
  const { location = '' } = (await backup('killed'))?.status ?? {};
  expect((await records()).filter(({ location: each }) => each === location)).toHaveLength(1);
  expect((await records()).every(({ state }) => state === 'Verified')).toBe(true);

  await started();
  await platform.admin.query(`update ${schema()}.customers set name = 'Spoilt'`);
  await suspended();
  await stopped();
  const before = await schemasLike('replaced');
  await askForRestore('killed', location);
  const isRestored = async (): Promise<boolean> => said(await restore('killed')).startsWith('True');
  for (let effects = 1; !(await isRestored()); effects += 1) await diesAfter(effects, isRestored);
  expect(await customers()).toEqual(['Of the backup']);
  expect((await schemasLike('replaced')).filter((name) => !before.includes(name))).toEqual([
    (await restore('killed'))?.status?.replacedSchema,
  ]);
  expect(await schemasLike('scratch')).toEqual([]);
  await started();
  await open();
}, 400_000);

it('removes what was being made for a request that was deleted while no operator ran', async () => {
  await addCustomer('Somebody');
  await stopped();
  await askForBackup('given-up');
  await diesAfter(3, async () => said(await backup('given-up')).startsWith('True'));
  expect((await records()).filter(({ state }) => state !== 'Verified')).toHaveLength(1);
  await cluster.api.delete(TENANT_BACKUPS, { name: 'given-up' });
  await started();
  await eventually(async () => expect((await records()).filter(({ state }) => state !== 'Verified')).toEqual([]), PATIENCE);
  const kept = (await records()).map(({ location }) => location.slice(bucket.url('').length));
  const there = (await bucket.list(backupPrefix(tenantId))).map(({ key }) => key);
  expect(there.filter((key) => !kept.some((prefix) => key.startsWith(prefix)))).toEqual([]);
});

/** An operator that is killed after so many things it did, unless it is done before. */
async function diesAfter(effects: number, done: () => Promise<boolean>): Promise<void> {
  const short = await startOperator(environment({ CRASH_AFTER: String(effects) }));
  for (let code: number | undefined; code === undefined; ) {
    code = await short.exit(100);
    if (code !== undefined) expect(code, short.output()).toBe(137);
    else if (await done()) {
      await short.stop();
      break;
    }
  }
  await cluster.freeLease();
}
