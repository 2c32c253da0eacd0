import { GROUP, LABELS, TENANTS_NAMESPACE, tenantNames, VERSION } from '@tenantry/contracts';
import { eventually } from '@tenantry/stack/testing/eventually.ts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type KeptOperator, keepOperator } from '../../testing/kept-operator.ts';
import { type PrivateCluster, privateCluster } from '../../testing/private-cluster.ts';
import { tracesOf } from '../../testing/tenant-traces.ts';
import { conditionOf, type TestCluster, testCluster } from '../../testing/test-cluster.ts';
import { type TestPlatform, testPlatform } from '../../testing/test-platform.ts';
import { isKubeError } from '../control/kube-error.ts';
import { CHILDREN, TENANT_CLASSES, TENANTS } from '../kubernetes/resources.ts';

const PATIENCE = { limitMs: 50_000, everyMs: 100 };
const API_VERSION = `${GROUP}/${VERSION}`;

let platform: TestPlatform;
let home: PrivateCluster;
let cluster: TestCluster;
let operator: KeptOperator;

beforeAll(async () => {
  [platform, home] = await Promise.all([testPlatform({ claim: false }), privateCluster()]);
  cluster = await testCluster(home.adminKubeconfig, 'hostile');
  await cluster.makeClass({ workload: { mode: 'Pooled', allowedModes: ['Pooled', 'Dedicated'], maxReplicas: 3 } });
  operator = await keepOperator(
    platform.environment({
      OPERATOR_NAME: cluster.name,
      SERVICE_IMAGE: 'localhost/none',
      METRICS_PORT: '0',
      KUBECONFIG_FILE: home.operatorKubeconfig,
    }),
  );
  const first = platform.slug();
  await cluster.apply(first);
  await becomes(first, 'Ready', 'True/Ready');
});
afterAll(async () => {
  expect(operator.restarts(), 'nothing anybody wrote ended the operator').toBe(0);
  await operator?.stop();
  await cluster?.[Symbol.asyncDispose]();
  await home?.[Symbol.asyncDispose]();
  await platform?.[Symbol.asyncDispose]();
});

/** By plain POST, which is more lenient than kubectl: what is stored after it is what anybody can store. */
async function create(name: string, spec: object, metadata: object = {}): Promise<object | string> {
  const labels = { [LABELS.operator]: cluster.name };
  const object = { apiVersion: API_VERSION, kind: 'Tenant', metadata: { name, labels, ...metadata }, spec };
  try {
    return await cluster.api.create(TENANTS, object as never);
  } catch (error) {
    if (isKubeError(error)) return `${error.status}`;
    throw error;
  }
}

const plain = () => ({ classRef: { name: cluster.name } });

async function becomes(slug: string, type: string, condition: string): Promise<void> {
  await eventually(
    async () => expect(conditionOf(await cluster.tenant(slug), type), operator.output().slice(-2000)).toBe(condition),
    PATIENCE,
  );
}

describe('a name', () => {
  it.each([
    'a"; drop schema b; --',
    'pg_toast',
    't_a.b',
    'Acme',
    'acme_inc',
    'acme.inc',
    'a--',
    '-ab',
    '1ab',
    'ab',
    '😀acme',
    'müller',
    '..',
    'a/b',
    'a%2fb',
    'a\u0000b',
    '\u202eacme',
    'x'.repeat(41),
    'x'.repeat(64),
    'x'.repeat(300),
  ])('%j is refused, and nothing is made for it', async (name) => {
    expect(await create(name, plain())).toMatch(/^4(00|04|22)$/);
    const { rows } = await platform.admin.query('select 1 from tenantry.tenants where slug = $1', [name.replaceAll('\u0000', '')]);
    expect(rows).toEqual([]);
  });

  it('that means something to PostgreSQL becomes a schema of the tenant’s own', async () => {
    for (const name of ['public', 'information-schema', 'pg-catalog', 'tenantry', 'postgres']) {
      expect(tenantNames(name, platform.cell.name).schema).toBe(`t_${name.replaceAll('-', '_')}`);
    }
  });

  it('at its longest keeps its last character everywhere: two that differ only there share nothing', async () => {
    const twins = ['a', 'b'].map((last) => `${platform.slug()}-${'x'.repeat(60)}`.slice(0, 39) + last);
    const [one, other] = twins.map((slug) => {
      const names = tenantNames(slug, 'twelve-chars');
      return [names.schema, names.ownerRole, names.appRole, names.readOnlyRole, names.login(1), names.login(2), names.eventsTopic];
    }) as [string[], string[]];
    for (const name of [...one, ...other]) expect(Buffer.byteLength(name)).toBeLessThanOrEqual(63);
    // PostgreSQL cuts at 63 bytes without a word.
    expect(new Set([...one, ...other].map((name) => name.slice(0, 63))).size).toBe(one.length + other.length);
  });
});

describe('a Tenant', () => {
  it.each<[string, object, object]>([
    ['an image of its own', { image: 'evil/x:1', workload: { mode: 'Dedicated', image: 'evil/x:1' } }, {}],
    [
      'a way onto the node',
      { workload: { mode: 'Dedicated', hostPath: '/', privileged: true, securityContext: { privileged: true } } },
      {},
    ],
    [
      'another namespace’s Secret',
      { workload: { mode: 'Dedicated', envFrom: [{ secretRef: { name: 'tenantry-operator', namespace: 'tenantry-system' } }] } },
      {},
    ],
    ['a namespace', { namespace: 'kube-system' }, {}],
    ['another tenant’s schema and role', { database: { schema: 't_other', owner: 'postgres' } }, {}],
  ])('that asks for %s gets nothing of the kind', async (_, spec, metadata) => {
    const slug = platform.slug();
    const stored = await create(slug, { ...plain(), ...spec }, metadata);
    expect(JSON.stringify(stored)).not.toMatch(/evil|hostPath|rivileged|tenantry-operator"|kube-system|t_other|owner":"postgres/);
    await becomes(slug, 'Ready', 'True/Ready');
    const children = await cluster.api.list(CHILDREN.Deployment, {
      namespace: TENANTS_NAMESPACE,
      labelSelector: `${LABELS.tenant}=${slug}`,
    });
    expect(JSON.stringify(children.items)).not.toMatch(/evil|hostPath|"privileged":true|envFrom/);
    for (const { name } of children.items.map(({ metadata: { name } }) => ({ name }))) expect(name).toBe(`${slug}-api`);
  });

  it('with a namespace in its metadata, a status made up by hand, or ten megabytes of spec is refused or cut to what it may say', async () => {
    expect(await create(platform.slug(), plain(), { namespace: 'kube-system' })).not.toHaveProperty('metadata.namespace');
    expect(await create(platform.slug(), { ...plain(), displayName: 'x'.repeat(10_000_000) })).toMatch(/^4(00|13|22)$/);
    const slug = platform.slug();
    const victim = platform.slug();
    await cluster.apply(victim);
    await becomes(victim, 'Ready', 'True/Ready');
    const tenantId = (await cluster.tenant(victim))?.status?.tenantId;
    await cluster.api.create(TENANTS, {
      apiVersion: API_VERSION,
      kind: 'Tenant',
      metadata: { name: slug, labels: { [LABELS.operator]: cluster.name } },
      spec: plain(),
      status: { tenantId },
    } as never);
    await becomes(slug, 'Ready', 'True/Ready');
    expect((await cluster.tenant(slug))?.status?.tenantId).not.toBe(tenantId);
  });

  it('that wants to adopt a living neighbour’s data by its tenantId gets its own and no more', async () => {
    const [victim, thief] = [platform.slug(), platform.slug()];
    await cluster.apply(victim);
    await becomes(victim, 'Ready', 'True/Ready');
    const tenantId = (await cluster.tenant(victim))?.status?.tenantId ?? '';
    const before = await tracesOf({ platform, cluster }, victim);
    await cluster.apply(thief, {}, { [`${GROUP}/adopt`]: tenantId });
    await becomes(thief, 'Ready', 'True/Ready');
    expect((await cluster.tenant(thief))?.status?.tenantId).not.toBe(tenantId);
    expect(await tracesOf({ platform, cluster }, victim)).toEqual(before);
  });
});

it.each([
  ['quotas', { quotas: { requestsPerMinute: -1 } }],
  ['quotas beyond counting', { quotas: { customers: 1e308 } }],
  ['replicas beyond counting', { workload: { maxReplicas: 2 ** 53 } }],
  ['a timeout of no time', { database: { statementTimeout: '0s' } }],
])('a class with %s is refused', async (_, spec) => {
  const object = { apiVersion: API_VERSION, kind: 'TenantClass', metadata: { name: `bad-${cluster.name}` }, spec };
  await expect(cluster.api.create(TENANT_CLASSES, object as never)).rejects.toMatchObject({ reason: 'Invalid' });
});

it('takes over no object that is there already under a child’s name, whatever its labels say', async () => {
  const slug = platform.slug();
  const { workload } = tenantNames(slug, platform.cell.name);
  const foreign = {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: workload, namespace: TENANTS_NAMESPACE, labels: { [LABELS.tenant]: slug, owner: 'somebody' } },
    spec: { ports: [{ port: 1234 }], selector: { app: 'theirs' } },
  };
  const stored = await cluster.api.create(CHILDREN.Service, foreign as never);
  await cluster.apply(slug, { workload: { mode: 'Dedicated', replicas: 1 } });
  await becomes(slug, 'Stalled', 'True/Conflict');
  expect(await cluster.api.get(CHILDREN.Service, { namespace: TENANTS_NAMESPACE, name: workload })).toEqual(stored);
  // Gone, it no longer stands in the way.
  await cluster.api.delete(CHILDREN.Service, { namespace: TENANTS_NAMESPACE, name: workload });
  await cluster.apply(slug, { workload: { mode: 'Dedicated', replicas: 2 } });
  await becomes(slug, 'Ready', 'True/Ready');
});

it('finds a child again whose labels were forged, and tells of one that was given another owner', async () => {
  const slug = platform.slug();
  const { credentialsSecret } = tenantNames(slug, platform.cell.name);
  await cluster.apply(slug);
  await becomes(slug, 'Ready', 'True/Ready');
  const secret = { namespace: TENANTS_NAMESPACE, name: credentialsSecret };
  const before = await cluster.api.get(CHILDREN.Secret, secret);
  const forge = (metadata: object) => cluster.api.patch(CHILDREN.Secret, secret, { metadata }, { fieldManager: 'somebody' });

  await forge({ labels: { [LABELS.tenant]: 'other', [LABELS.tenantId]: null } });
  await cluster.apply(slug, { displayName: 'Touched' });
  await eventually(async () => {
    expect((await cluster.api.get(CHILDREN.Secret, secret))?.metadata.labels).toEqual(before?.metadata.labels);
  }, PATIENCE);

  const owner = { apiVersion: API_VERSION, kind: 'Tenant', name: 'other', uid: 'made-up', controller: true };
  await forge({ ownerReferences: [owner] });
  await cluster.apply(slug, { displayName: 'Touched again' });
  await eventually(
    async () => expect(conditionOf(await cluster.tenant(slug), 'SecretReady')).toMatch(/^False\/(Conflict|ApplyFailed)$/),
    PATIENCE,
  );
  expect((await cluster.api.get(CHILDREN.Secret, secret))?.metadata.ownerReferences).toEqual([owner]);
});
