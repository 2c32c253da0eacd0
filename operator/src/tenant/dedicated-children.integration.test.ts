import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type TenantNames, tenantNames } from '@tenantry/contracts';
import { eventually } from '@tenantry/stack/testing/eventually.ts';
import { freePort } from '@tenantry/stack/testing/free-port.ts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type OperatorProcess, startOperator } from '../../testing/operator-process.ts';
import { type PrivateCluster, privateCluster } from '../../testing/private-cluster.ts';
import { aDedicatedInput } from '../../testing/tenant-fixtures.ts';
import { conditionOf, type TenantWish, type TestCluster, testCluster } from '../../testing/test-cluster.ts';
import { type TestPlatform, testPlatform } from '../../testing/test-platform.ts';
import type { ChildKind, ChildObject } from '../kubernetes/port.ts';
import { CHILDREN } from '../kubernetes/resources.ts';
import { WORKLOAD_KINDS, workloadObjects } from './desired/workload-objects.ts';

const NAMESPACE = 'tenantry-tenants';
const MONITOR_KIND = fileURLToPath(new URL('../../testing/service-monitor-kind.yaml', import.meta.url));
const METRICS_PORT = await freePort();
/** Several waits in one test, each with the patience of one. */
const LONG_MS = 180_000;
const PATIENCE = { limitMs: 30_000, everyMs: 100 };

let server: PrivateCluster;
let platform: TestPlatform;
let cluster: TestCluster;
let operator: OperatorProcess;

/** The operator as its own service account, on an API server of its own; replicas are a stand-in's, everything else is real. */
beforeAll(async () => {
  [server, platform] = await Promise.all([privateCluster(), testPlatform({ claim: false })]);
  cluster = await testCluster(server.adminKubeconfig, `own-${platform.cell.name}`);
  const workload = { mode: 'Dedicated', allowedModes: ['Dedicated', 'Pooled'], maxReplicas: 8 };
  await cluster.makeClass({ workload });
  operator = await startOperator(
    platform.environment({
      OPERATOR_NAME: cluster.name,
      KUBECONFIG_FILE: server.operatorKubeconfig,
      SERVICE_IMAGE: 'localhost/tenantry-service:1',
      INGRESS_DOMAIN: 'tenants.example.com',
      SERVICE_MONITOR_LABELS: 'release=prometheus',
      METRICS_PORT: String(METRICS_PORT),
      METRICS_HOST: '127.0.0.1',
      DRIFT_CHECK_INTERVAL: '500ms',
    }),
  );
});
afterAll(async () => {
  await operator?.stop();
  await cluster?.[Symbol.asyncDispose]();
  await platform?.[Symbol.asyncDispose]();
  await server?.[Symbol.asyncDispose]();
});

async function becomes(slug: string, type: string, condition: string): Promise<void> {
  await eventually(
    async () => expect(conditionOf(await cluster.tenant(slug), type), operator.output().slice(-3000)).toBe(condition),
    PATIENCE,
  );
}

async function readyTenant(workload: TenantWish['workload'] = {}): Promise<{ slug: string; names: TenantNames }> {
  const slug = platform.slug();
  await cluster.apply(slug, { workload });
  await becomes(slug, 'Ready', 'True/Ready');
  return { slug, names: tenantNames(slug, platform.cell.name) };
}

const child = (kind: ChildKind, names: TenantNames): Promise<ChildObject | undefined> =>
  cluster.api.get(CHILDREN[kind], { namespace: NAMESPACE, name: names.workload });

async function patch(kind: ChildKind, names: TenantNames, change: object): Promise<void> {
  await cluster.api.patch(CHILDREN[kind], { namespace: NAMESPACE, name: names.workload }, change, { fieldManager: 'kubectl-edit' });
}

/** Kinds the tenant has now. */
async function kindsOf(names: TenantNames): Promise<ChildKind[]> {
  const found: ChildKind[] = [];
  for (const kind of WORKLOAD_KINDS.filter((each) => each !== 'ServiceMonitor')) if (await child(kind, names)) found.push(kind);
  return found;
}

async function effectsSoFar(): Promise<number> {
  const text = await (await fetch(`http://127.0.0.1:${METRICS_PORT}/metrics`)).text();
  return [...text.matchAll(/^tenantry_operator_effects_total\{[^}]*\} (\d+)$/gm)].reduce((sum, [, count]) => sum + Number(count), 0);
}

/** Every number of replicas the Deployment is told from now on, each once in a row. */
function replicasToldTo(names: TenantNames): { readonly told: number[]; readonly end: () => void } {
  const stop = new AbortController();
  const told: number[] = [];
  const follow = async (): Promise<void> => {
    const { items, resourceVersion } = await cluster.api.list(CHILDREN.Deployment, { namespace: NAMESPACE });
    const note = (object: ChildObject): void => {
      if (object.metadata.name !== names.workload) return;
      const { replicas = -1 } = object.spec as { replicas?: number };
      if (told.at(-1) !== replicas) told.push(replicas);
    };
    items.forEach(note);
    for await (const { type, object } of cluster.api.watch(CHILDREN.Deployment, {
      namespace: NAMESPACE,
      resourceVersion,
      signal: stop.signal,
    }))
      if (type !== 'BOOKMARK') note(object);
  };
  void follow();
  return { told, end: () => stop.abort() };
}

/** As kube-controller-manager does it for an autoscaler. */
async function autoscale(names: TenantNames, replicas: number): Promise<void> {
  await cluster.api.patch(
    CHILDREN.Deployment,
    { namespace: NAMESPACE, name: names.workload },
    { spec: { replicas } },
    { subresource: 'scale', fieldManager: 'kube-controller-manager' },
  );
}

describe('the API server takes', () => {
  it.each([
    ['every object of a tenant with a number of replicas', { replicas: 2 }, {}],
    ['every object of an autoscaled tenant with a host of its own', { replicas: undefined, autoscaling: { maxReplicas: 4 } }, {}],
    [
      'a network policy to servers by name',
      { replicas: 1 },
      { identityIssuer: 'https://id.example.com/realms/t', egressCidrs: ['10.0.0.0/8'] },
    ],
    ['a network policy to servers by IPv6', { replicas: 1 }, { identityIssuer: 'https://[fd00::1]/realms/t' }],
  ])('%s (dry run)', async (_, workload, place) => {
    const input = aDedicatedInput(workload);
    const ingress = { domain: 'tenants.example.com', className: undefined, tlsSecret: 'wildcard' };
    const objects = Object.values(workloadObjects({ ...input, place: { ...input.place, ingress, ...place } }));
    const items = objects.filter((object) => object !== undefined && object.kind !== 'ServiceMonitor');
    const file = join(platform.environment({}).SECRETS_DIR ?? '', 'dry-run.json');
    await writeFile(file, JSON.stringify({ apiVersion: 'v1', kind: 'List', items }));
    const answer = await server.kubectl('apply', '--server-side', '--dry-run=server', '--validate=strict', '-f', file);
    expect(answer.trim().split('\n')).toHaveLength(items.length);
  });
});

it('makes everything a dedicated tenant has, and then writes nothing', async () => {
  const { slug, names } = await readyTenant({ replicas: 2 });
  const everything = WORKLOAD_KINDS.filter((kind) => kind !== 'ServiceMonitor' && kind !== 'HorizontalPodAutoscaler');
  expect(await kindsOf(names)).toEqual(everything);
  expect((await cluster.tenant(slug))?.status?.url).toBe(`https://${slug}.tenants.example.com`);
  // Two drift rounds to settle, then several to watch.
  await new Promise((resolve) => setTimeout(resolve, 1500));
  const versions = async () => Promise.all(everything.map(async (kind) => (await child(kind, names))?.metadata.resourceVersion));
  const before = { effects: await effectsSoFar(), versions: await versions() };
  await new Promise((resolve) => setTimeout(resolve, 2500));
  expect({ effects: await effectsSoFar(), versions: await versions() }).toEqual(before);
});

describe('puts back by hand changed', () => {
  let slug: string;
  let names: TenantNames;
  beforeAll(async () => {
    ({ slug, names } = await readyTenant({ autoscaling: { minReplicas: 2, maxReplicas: 5, targetCpuPercent: 70 } }));
  });

  it.each([
    ['NetworkPolicy', { spec: { egress: [{}] } }, 'spec.egress'],
    ['NetworkPolicy', { spec: { policyTypes: ['Ingress'] } }, 'spec.policyTypes'],
    ['PodDisruptionBudget', { spec: { maxUnavailable: 2 } }, 'spec.maxUnavailable'],
    ['HorizontalPodAutoscaler', { spec: { maxReplicas: 8 } }, 'spec.maxReplicas'],
    [
      'HorizontalPodAutoscaler',
      { spec: { behavior: { scaleDown: { selectPolicy: 'Disabled' } } } },
      'spec.behavior.scaleDown.selectPolicy',
    ],
    ['Ingress', { spec: { tls: [] } }, 'spec.tls'],
    ['Service', { spec: { type: 'NodePort' } }, 'spec.type'],
  ] as const)('%s %j', async (kind, change, field) => {
    const before = (await child(kind, names))?.spec;
    await patch(kind, names, change);
    await eventually(async () => expect((await child(kind, names))?.spec).toEqual(before), PATIENCE);
    await eventually(
      async () => expect((await cluster.events(slug)).join('\n')).toContain(`${kind} ${names.workload} (${field}`),
      PATIENCE,
    );
  });

  it.each(['NetworkPolicy', 'PodDisruptionBudget', 'HorizontalPodAutoscaler', 'Ingress'] as const)('a deleted %s', async (kind) => {
    const before = (await child(kind, names))?.metadata.uid;
    await cluster.api.delete(CHILDREN[kind], { namespace: NAMESPACE, name: names.workload });
    await eventually(async () => {
      const uid = (await child(kind, names))?.metadata.uid;
      expect(uid).toBeDefined();
      expect(uid).not.toBe(before);
    }, PATIENCE);
  });

  it('an autoscaler stopped by scaling to 0', async () => {
    await autoscale(names, 0);
    await eventually(async () => expect((await child('Deployment', names))?.spec).toMatchObject({ replicas: 2 }), PATIENCE);
  });
});

it(
  'hands the replicas to an autoscaler and takes them back without a jump',
  async () => {
    const { slug, names } = await readyTenant({ replicas: 3 });
    const { told, end } = replicasToldTo(names);
    await eventually(() => expect(told).toEqual([3]), PATIENCE);

    await cluster.apply(slug, { workload: { autoscaling: { minReplicas: 2, maxReplicas: 6, targetCpuPercent: 60 } } });
    await becomes(slug, 'Ready', 'True/Ready');
    expect((await child('HorizontalPodAutoscaler', names))?.spec).toMatchObject({ minReplicas: 2, maxReplicas: 6 });
    await autoscale(names, 5);
    await eventually(async () => expect((await cluster.tenant(slug))?.status?.workload).toMatchObject({ replicas: 5 }), PATIENCE);
    await becomes(slug, 'Ready', 'True/Ready');
    expect(told).toEqual([3, 5]);

    // The spec names no number: what autoscaling left stays.
    await cluster.apply(slug, { workload: {} });
    await eventually(async () => expect(await child('HorizontalPodAutoscaler', names)).toBeUndefined(), PATIENCE);
    await becomes(slug, 'Ready', 'True/Ready');
    expect((await child('Deployment', names))?.spec).toMatchObject({ replicas: 5 });
    await patch('Deployment', names, { spec: { replicas: 7 } });
    await eventually(() => expect(told).toEqual([3, 5, 7, 5]), PATIENCE);

    await server.kubectl('scale', `tenants.tenantry.dev/${slug}`, '--replicas=2');
    await becomes(slug, 'Ready', 'True/Ready');
    expect((await child('Deployment', names))?.metadata.annotations).not.toHaveProperty('tenantry.dev/kept-replicas');
    expect(told).toEqual([3, 5, 7, 5, 2]);
    end();
  },
  LONG_MS,
);

it(
  'is scaled by kubectl when it has a number of replicas, and says what to do when it has an autoscaler',
  async () => {
    const { slug, names } = await readyTenant();
    await server.kubectl('scale', `tenants.tenantry.dev/${slug}`, '--replicas=4');
    await eventually(async () => expect((await child('Deployment', names))?.spec).toMatchObject({ replicas: 4 }), PATIENCE);
    await becomes(slug, 'Ready', 'True/Ready');
    const scale = JSON.parse(await server.kubectl('get', '--raw', `/apis/tenantry.dev/v1alpha1/tenants/${slug}/scale`));
    expect(scale).toMatchObject({ spec: { replicas: 4 }, status: { replicas: 4 } });

    const autoscaled = await readyTenant({ autoscaling: { minReplicas: 1, maxReplicas: 3, targetCpuPercent: 70 } });
    await expect(server.kubectl('scale', `tenants.tenantry.dev/${autoscaled.slug}`, '--replicas=2')).rejects.toThrow(
      'spec.workload.replicas has no meaning while spec.workload.autoscaling decides',
    );
  },
  LONG_MS,
);

it(
  'suspends an autoscaled tenant to no replicas and no autoscaler, and begins with the fewest afterwards',
  async () => {
    const autoscaling = { minReplicas: 2, maxReplicas: 6, targetCpuPercent: 70 };
    const { slug, names } = await readyTenant({ autoscaling });
    await autoscale(names, 4);
    await cluster.apply(slug, { workload: { autoscaling }, lifecycle: { state: 'Suspended', reason: 'unpaid' } });
    await becomes(slug, 'Ready', 'True/Suspended');
    expect(await child('HorizontalPodAutoscaler', names)).toBeUndefined();
    expect((await child('Deployment', names))?.spec).toMatchObject({ replicas: 0 });
    const { told, end } = replicasToldTo(names);
    await cluster.apply(slug, { workload: { autoscaling }, lifecycle: { state: 'Active' } });
    await becomes(slug, 'Ready', 'True/Ready');
    expect(await child('HorizontalPodAutoscaler', names)).toBeDefined();
    end();
    expect(told).toEqual([0, 2]);
  },
  LONG_MS,
);

it('says when an autoscaler does not act, and stays Ready', async () => {
  const { slug, names } = await readyTenant({ autoscaling: { minReplicas: 1, maxReplicas: 3, targetCpuPercent: 70 } });
  const conditions = [
    {
      type: 'ScalingActive',
      status: 'False',
      reason: 'FailedGetResourceMetric',
      message: 'no metrics',
      lastTransitionTime: '2026-01-01T00:00:00Z',
    },
  ];
  const status = { currentReplicas: 1, desiredReplicas: 1, conditions };
  await cluster.api.patch(
    CHILDREN.HorizontalPodAutoscaler,
    { namespace: NAMESPACE, name: names.workload },
    { status },
    { subresource: 'status' },
  );
  await eventually(async () => {
    const condition = (await cluster.tenant(slug))?.status?.conditions?.find(({ type }) => type === 'WorkloadReady');
    expect(condition).toMatchObject({ status: 'True', message: expect.stringContaining('FailedGetResourceMetric') });
  }, PATIENCE);
});

it(
  'tells Prometheus as soon as its operator is there, forgets it when it goes, and fails at neither',
  async () => {
    const { slug, names } = await readyTenant();
    // A kind that comes is nobody's drift: also a tenant whose drift is only reported gets its own.
    const reporting = platform.slug();
    await cluster.apply(reporting, { driftPolicy: 'Report' });
    await becomes(reporting, 'Ready', 'True/Ready');
    const failures = () => operator.output().split('"Reconcile failed"').length;
    const before = failures();
    await server.kubectl('apply', '-f', MONITOR_KIND);
    await eventually(async () => {
      const monitor = await child('ServiceMonitor', names);
      expect(monitor?.metadata.labels).toMatchObject({ release: 'prometheus' });
      expect(monitor?.spec).toMatchObject({ endpoints: [{ port: 'metrics', path: '/metrics' }] });
    }, PATIENCE);
    await eventually(async () => expect(await child('ServiceMonitor', tenantNames(reporting, platform.cell.name))).toBeDefined(), PATIENCE);
    await becomes(reporting, 'Ready', 'True/Ready');
    await cluster.api.delete(CHILDREN.ServiceMonitor, { namespace: NAMESPACE, name: names.workload });
    await eventually(async () => expect(await child('ServiceMonitor', names)).toBeDefined(), PATIENCE);
    await server.kubectl('delete', '-f', MONITOR_KIND);
    await eventually(() => expect(operator.output()).toContain('Kind is no longer served'), PATIENCE);
    for (const each of [slug, reporting]) await becomes(each, 'Ready', 'True/Ready');
    expect(failures()).toBe(before);
  },
  LONG_MS,
);

it(
  'leaves alone what has its name and is not its own, and goes on by itself when that is gone',
  async () => {
    const slug = platform.slug();
    const names = tenantNames(slug, platform.cell.name);
    const metadata = { name: names.workload, namespace: NAMESPACE };
    const foreign = {
      apiVersion: 'policy/v1',
      kind: 'PodDisruptionBudget',
      metadata,
      spec: { minAvailable: 1, selector: { matchLabels: { a: 'b' } } },
    };
    await cluster.api.create(CHILDREN.PodDisruptionBudget, foreign as ChildObject);
    await cluster.apply(slug);
    await becomes(slug, 'WorkloadReady', 'False/Conflict');
    expect((await child('PodDisruptionBudget', names))?.spec).toMatchObject({ minAvailable: 1 });
    await cluster.api.delete(CHILDREN.PodDisruptionBudget, { namespace: NAMESPACE, name: names.workload });
    await becomes(slug, 'Ready', 'True/Ready');
  },
  LONG_MS,
);

it(
  'leaves nothing of it when a tenant becomes pooled, and nothing when it is deleted',
  async () => {
    const { slug, names } = await readyTenant({ autoscaling: { minReplicas: 1, maxReplicas: 3, targetCpuPercent: 70 } });
    await cluster.apply(slug, { workload: { mode: 'Pooled' } });
    await becomes(slug, 'Ready', 'True/Ready');
    expect(await kindsOf(names)).toEqual([]);
    await cluster.apply(slug, {});
    await becomes(slug, 'Ready', 'True/Ready');
    expect(await kindsOf(names)).not.toEqual([]);
    await cluster.remove(slug);
    await eventually(async () => expect(await cluster.tenant(slug)).toBeUndefined(), PATIENCE);
    expect(await kindsOf(names)).toEqual([]);
  },
  LONG_MS,
);
