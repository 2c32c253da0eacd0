import { fileURLToPath } from 'node:url';
import { tenantNames } from '@tenantry/contracts';
import { eventually } from '@tenantry/stack/testing/eventually.ts';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { type OperatorProcess, startOperator } from '../../testing/operator-process.ts';
import { type PrivateCluster, privateCluster } from '../../testing/private-cluster.ts';
import { conditionOf, type TestCluster, testCluster } from '../../testing/test-cluster.ts';
import { type TestPlatform, testPlatform } from '../../testing/test-platform.ts';

const PATIENCE = { limitMs: 60_000, everyMs: 100 };
const CRDS = fileURLToPath(new URL('../../../crds/', import.meta.url));
const CRD = 'customresourcedefinitions.apiextensions.k8s.io/tenants.tenantry.dev';
/** Everything a person can say for the end of a tenant, and no time to change one's mind. */
const DOOMED = { deletionPolicy: 'Delete', deletionProtection: false, deletionGracePeriod: '0s' } as const;

let platform: TestPlatform;
let server: PrivateCluster;
let cluster: TestCluster;
let operator: OperatorProcess;

beforeAll(async () => {
  platform = await testPlatform({ claim: false });
  server = await privateCluster();
  cluster = await testCluster(server.adminKubeconfig, `quar-${platform.cell.name}`);
});
afterEach(async () => {
  await operator?.stop();
});
afterAll(async () => {
  await cluster?.[Symbol.asyncDispose]();
  await server?.[Symbol.asyncDispose]();
  await platform?.[Symbol.asyncDispose]();
});

const startIn = (kubeconfig: string): Promise<OperatorProcess> =>
  startOperator(
    platform.environment({ KUBECONFIG_FILE: kubeconfig, OPERATOR_NAME: cluster.name, SERVICE_IMAGE: 'localhost/none', METRICS_PORT: '0' }),
  );

async function becomes(slug: string, type: string, condition: string, where = cluster): Promise<void> {
  await eventually(
    async () => expect(conditionOf(await where.tenant(slug), type), operator.output().slice(-3000)).toBe(condition),
    PATIENCE,
  );
}

/** A Ready tenant with a customer. */
async function readyTenant(spec: object = {}) {
  const slug = platform.slug();
  const names = tenantNames(slug, platform.cell.name);
  await cluster.apply(slug, spec, { 'tenantry.dev/confirm-delete': slug });
  await becomes(slug, 'Ready', 'True/Ready');
  await platform.admin.query(
    `insert into ${names.schema}.customers (id, name, status, version, created_at, updated_at) values (gen_random_uuid(), 'Kept', 'active', 1, now(), now())`,
  );
  return { slug, names, tenantId: (await cluster.tenant(slug))?.status?.tenantId ?? '' };
}

type Made = Awaited<ReturnType<typeof readyTenant>>;

const customersIn = async (schema: string): Promise<unknown[]> =>
  (await platform.admin.query(`select name from ${schema}.customers`)).rows.map(({ name }) => name);

async function stoneOf({ tenantId }: Made) {
  const query = 'select policy, schema_name, purge_after, purged_at from tenantry.tombstones where tenant_id = $1';
  return (await platform.admin.query(query, [tenantId])).rows[0];
}

/** Closed and renamed, never dropped, and without a date on which it would be. */
async function isQuarantined(made: Made): Promise<void> {
  const stone = await stoneOf(made);
  expect(stone).toMatchObject({ policy: 'Retain', purge_after: null, purged_at: null });
  expect(await customersIn(stone.schema_name)).toEqual(['Kept']);
  expect((await platform.ports.kafka.topics([made.names.eventsTopic])).size).toBe(1);
}

/** The CRD again, as a chart would bring it, and the tenant by the same file: untouched until it is adopted. */
async function comesBack({ slug, names, tenantId }: Made, where = cluster): Promise<void> {
  await where.apply(slug, {});
  await becomes(slug, 'Stalled', 'True/NameRetained', where);
  expect((await where.tenant(slug))?.status?.conditions?.find(({ type }) => type === 'Ready')?.message).toContain(tenantId);
  await where.apply(slug, {}, { 'tenantry.dev/adopt': tenantId });
  await becomes(slug, 'Ready', 'True/Ready', where);
  expect((await where.tenant(slug))?.status?.tenantId).toBe(tenantId);
  expect(await customersIn(names.schema)).toEqual(['Kept']);
}

async function applyCrds(): Promise<void> {
  await server.kubectl('apply', '-f', `${CRDS}tenantry.dev_tenants.yaml`);
  await server.kubectl('wait', '--for=condition=Established', CRD);
}

it('the CRD is deleted while the operator runs: every tenant is quarantined, whatever its policy, and comes back by adoption', async () => {
  operator = await startIn(server.operatorKubeconfig);
  const tenants = [await readyTenant(), await readyTenant(DOOMED)];
  await server.kubectl('delete', CRD, '--timeout=40s');
  for (const made of tenants) await isQuarantined(made);
  await applyCrds();
  for (const made of tenants) await comesBack(made);
}, 240_000);

it('the CRD is deleted while no operator runs: its objects wait for one, which quarantines them', async () => {
  operator = await startIn(server.operatorKubeconfig);
  const made = await readyTenant(DOOMED);
  await operator.stop();
  await server.kubectl('delete', CRD, '--wait=false');
  await eventually(async () => expect((await cluster.tenant(made.slug))?.metadata.deletionTimestamp).toBeDefined(), PATIENCE);
  expect(await customersIn(made.names.schema)).toEqual(['Kept']);
  operator = await startIn(server.operatorKubeconfig);
  await server.kubectl('wait', '--for=delete', CRD, '--timeout=40s');
  await isQuarantined(made);
  await applyCrds();
  await comesBack(made);
}, 240_000);

it('somebody takes the finalizer off while no operator runs: nothing is touched, and the tenant comes back by adoption', async () => {
  operator = await startIn(server.operatorKubeconfig);
  const made = await readyTenant(DOOMED);
  await operator.stop();
  await server.kubectl('patch', 'tenants.tenantry.dev', made.slug, '--type=merge', '--patch', '{"metadata":{"finalizers":null}}');
  await server.kubectl('delete', 'tenants.tenantry.dev', made.slug);
  operator = await startIn(server.operatorKubeconfig);
  // It has looked at everything there is by the time another tenant is Ready.
  await readyTenant();
  expect(await customersIn(made.names.schema)).toEqual(['Kept']);
  expect(await stoneOf(made)).toBeUndefined();
  await comesBack(made);
}, 240_000);

it('the same files in a new cluster: no status, another uid, and the same tenant once its id is named', async () => {
  operator = await startIn(server.operatorKubeconfig);
  const made = await readyTenant();
  await operator.stop();
  await using elsewhere = await privateCluster();
  await using there = await testCluster(elsewhere.adminKubeconfig, cluster.name);
  operator = await startIn(elsewhere.operatorKubeconfig);
  await comesBack(made, there);
  const { rows } = await platform.admin.query('select uid from tenantry.tenants where tenant_id = $1', [made.tenantId]);
  expect(rows[0].uid).toBe((await there.tenant(made.slug))?.metadata.uid);
  await operator.stop();
  // The old cluster's operator, started again, finds that the name is another's and touches nothing.
  operator = await startIn(server.operatorKubeconfig);
  await becomes(made.slug, 'Stalled', 'True/NameRetained');
  await cluster.remove(made.slug);
  await eventually(async () => expect(await cluster.tenant(made.slug)).toBeUndefined(), PATIENCE);
  expect(await stoneOf(made)).toBeUndefined();
  expect(await customersIn(made.names.schema)).toEqual(['Kept']);
}, 240_000);
