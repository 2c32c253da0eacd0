import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AttachRolePolicyCommand, CreatePolicyCommand, IAMClient, PutRolePolicyCommand } from '@aws-sdk/client-iam';
import { OPERATOR_SECRET, tenantKeys } from '@tenantry/contracts';
import { eventually } from '@tenantry/stack/testing/eventually.ts';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type OperatorProcess, startOperator } from '../../testing/operator-process.ts';
import { type PrivateCluster, privateCluster } from '../../testing/private-cluster.ts';
import { conditionOf, type TenantWish, type TestCluster, testCluster } from '../../testing/test-cluster.ts';
import { type TestPlatform, testPlatform } from '../../testing/test-platform.ts';
import { FILE_POLICY, type FileAccess } from '../iam/port.ts';
import { CHILDREN } from '../kubernetes/resources.ts';
import { archivePrefix, type Bucket, tenantPrefix } from '../s3/port.ts';

let platform: TestPlatform;
let home: PrivateCluster;
let cluster: TestCluster;
let operator: OperatorProcess;
let files: FileAccess;
let bucket: Bucket;
let iam: IAMClient;
/** Of the tests that leave it as they found it. */
let acme: { readonly slug: string; readonly tenantId: string; readonly role: string };

const PATIENCE = { limitMs: 60_000, everyMs: 100 };

beforeAll(async () => {
  [platform, home] = await Promise.all([testPlatform({ claim: false, roles: true }), privateCluster()]);
  const { ports, cell } = platform;
  if (ports.files === undefined || ports.bucket === undefined || cell.s3 === undefined) throw new Error('no files');
  files = ports.files;
  bucket = ports.bucket;
  const secret = (name: string) => readFile(join(platform.environment({}).SECRETS_DIR ?? '', name), 'utf8');
  const [accessKeyId, secretAccessKey] = await Promise.all([secret(OPERATOR_SECRET.s3AccessKey), secret(OPERATOR_SECRET.s3SecretKey)]);
  iam = new IAMClient({ endpoint: cell.s3.endpoint, region: cell.s3.region, credentials: { accessKeyId, secretAccessKey } });
  cluster = await testCluster(home.adminKubeconfig, `files-${cell.name}`);
  await cluster.makeClass({ workload: { mode: 'Dedicated', allowedModes: ['Dedicated', 'Pooled'] } });
  operator = await startOperator(
    platform.environment({
      KUBECONFIG_FILE: home.operatorKubeconfig,
      OPERATOR_NAME: cluster.name,
      SERVICE_IMAGE: 'localhost/tenantry-no-such-image:1',
      METRICS_PORT: '0',
      METRICS_HOST: '127.0.0.1',
      DRIFT_CHECK_INTERVAL: '500ms',
    }),
  );
  acme = await readyTenant();
});
afterAll(async () => {
  await operator?.stop();
  iam?.destroy();
  await cluster?.[Symbol.asyncDispose]();
  await home?.[Symbol.asyncDispose]();
  await platform?.[Symbol.asyncDispose]();
});

async function becomes(slug: string, type: string, condition: string): Promise<void> {
  await eventually(async () => {
    const tenant = await cluster.tenant(slug);
    const unfinished = tenant?.status?.conditions?.filter(({ status }) => status !== 'True');
    expect(conditionOf(tenant, type), `${JSON.stringify(unfinished)}\n${operator.output().slice(-2000)}`).toBe(condition);
  }, PATIENCE);
}

async function readyTenant(spec: TenantWish = {}) {
  const slug = platform.slug();
  await cluster.apply(slug, spec);
  await becomes(slug, 'Ready', 'True/Ready');
  const tenantId = (await cluster.tenant(slug))?.status?.tenantId ?? '';
  return { slug, tenantId, role: tenantKeys(tenantId).fileRole };
}

async function policyOf(role: string): Promise<string> {
  return JSON.stringify((await files.role(role))?.policies.get(FILE_POLICY));
}

it('gives the replicas of a dedicated tenant a role for its own files, and the bucket its rules once', async () => {
  const { slug, tenantId, role } = acme;
  expect(conditionOf(await cluster.tenant(slug), 'FilesReady')).toBe('True/Done');
  expect(await policyOf(role)).toContain(`/t/${tenantId}/*`);
  expect(JSON.stringify((await files.role(role))?.trust)).toContain(`system:serviceaccount:tenantry-tenants:${slug}-api`);
  expect(await files.hasRules()).toBe(true);
  const deployment = await cluster.api.get(CHILDREN.Deployment, { namespace: 'tenantry-tenants', name: `${slug}-api` });
  expect(JSON.stringify(deployment?.spec)).toContain(`:role/tenantry/${platform.cell.name}/${role}`);
  expect(JSON.stringify(deployment?.spec)).toContain('"audience":"sts.amazonaws.com"');
});

it('puts a widened, a narrowed and a missing role back', async () => {
  const { slug, role } = acme;
  const before = await policyOf(role);
  const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: 's3:*', Resource: '*' }] });
  await iam.send(new PutRolePolicyCommand({ RoleName: role, PolicyName: FILE_POLICY, PolicyDocument }));
  const { Policy } = await iam.send(new CreatePolicyCommand({ PolicyName: `wide-${role}`, PolicyDocument }));
  await iam.send(new AttachRolePolicyCommand({ RoleName: role, PolicyArn: Policy?.Arn }));
  await eventually(async () => {
    expect(await policyOf(role)).toBe(before);
    expect((await files.role(role))?.attached).toEqual([]);
  }, PATIENCE);
  await files.deleteRole(role);
  await eventually(async () => expect(await policyOf(role)).toBe(before), PATIENCE);
  await becomes(slug, 'FilesReady', 'True/Done');
});

it('lets a read-only tenant read, and a suspended one do nothing', async () => {
  const { slug, role } = acme;
  await cluster.apply(slug, { lifecycle: { state: 'ReadOnly' } });
  await eventually(async () => expect(await policyOf(role)).not.toContain('PutObject'), PATIENCE);
  expect(await policyOf(role)).toContain('GetObject');
  await cluster.apply(slug, { lifecycle: { state: 'Suspended', reason: 'unpaid' } });
  await eventually(async () => expect(await policyOf(role)).toContain('"Effect":"Deny","Action":"*","Resource":"*"'), PATIENCE);
  expect(await policyOf(role)).not.toContain('Allow');
  await cluster.apply(slug, { lifecycle: { state: 'Active' } });
  await eventually(async () => expect(await policyOf(role)).toContain('PutObject'), PATIENCE);
});

it('takes the role from a tenant that becomes pooled, and with a purged one its files', async () => {
  const { slug, role } = acme;
  await becomes(slug, 'Ready', 'True/Ready');
  await cluster.apply(slug, { workload: { mode: 'Pooled' } });
  await eventually(async () => expect(conditionOf(await cluster.tenant(slug), 'FilesReady')).toBe('True/NotNeeded'), PATIENCE);
  expect(await files.role(role)).toBeUndefined();
  const other = await readyTenant();
  const deletion: TenantWish = { deletionPolicy: 'Delete', deletionProtection: false, deletionGracePeriod: '0s' };
  await cluster.apply(other.slug, deletion, { 'tenantry.dev/confirm-delete': other.slug });
  for (const prefix of [tenantPrefix(other.tenantId), archivePrefix(other.tenantId)])
    await bucket.put(`${prefix}a`, Buffer.from('x'), { contentType: 'text/plain' });
  await cluster.remove(other.slug);
  await eventually(async () => expect(await cluster.tenant(other.slug)).toBeUndefined(), PATIENCE);
  expect(await files.role(other.role)).toBeUndefined();
  for (const prefix of [tenantPrefix(other.tenantId), archivePrefix(other.tenantId)])
    await eventually(async () => expect(await bucket.list(prefix)).toEqual([]), PATIENCE);
});
