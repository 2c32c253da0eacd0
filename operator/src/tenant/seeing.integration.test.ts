import { ANNOTATIONS, tenantNames } from '@tenantry/contracts';
import { eventually } from '@tenantry/stack/testing/eventually.ts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type OperatorProcess, startOperator } from '../../testing/operator-process.ts';
import { type PrivateCluster, privateCluster } from '../../testing/private-cluster.ts';
import { conditionOf, type TenantWish, type TestCluster, testCluster } from '../../testing/test-cluster.ts';
import { type TestPlatform, testPlatform } from '../../testing/test-platform.ts';
import { CHILDREN, TENANTS, type TenantObject } from '../kubernetes/resources.ts';

let platform: TestPlatform;
let home: PrivateCluster;
let cluster: TestCluster;
let operator: OperatorProcess;

const PATIENCE = { limitMs: 30_000, everyMs: 100 };

beforeAll(async () => {
  [platform, home] = await Promise.all([testPlatform({ claim: false }), privateCluster()]);
  cluster = await testCluster(home.adminKubeconfig, `see-${platform.cell.name}`);
  operator = await start();
});
afterAll(async () => {
  await operator?.stop();
  await cluster?.[Symbol.asyncDispose]();
  await home?.[Symbol.asyncDispose]();
  await platform?.[Symbol.asyncDispose]();
});

function start(driftCheckInterval = '500ms'): Promise<OperatorProcess> {
  return startOperator(
    platform.environment({
      KUBECONFIG_FILE: home.operatorKubeconfig,
      OPERATOR_NAME: cluster.name,
      SERVICE_IMAGE: 'localhost/tenantry-no-such-image:1',
      METRICS_PORT: '0',
      METRICS_HOST: '127.0.0.1',
      DRIFT_CHECK_INTERVAL: driftCheckInterval,
    }),
  );
}

async function stopped(): Promise<void> {
  await operator.stop();
  await cluster.freeLease();
}

async function becomes(slug: string, type: string, condition: string): Promise<void> {
  await eventually(
    async () => expect(conditionOf(await cluster.tenant(slug), type), operator.output().slice(-3000)).toBe(condition),
    PATIENCE,
  );
}

async function readyTenant(spec: TenantWish = {}) {
  const slug = platform.slug();
  await cluster.apply(slug, spec);
  await becomes(slug, 'Ready', 'True/Ready');
  return { slug, names: tenantNames(slug, platform.cell.name) };
}

const retention = async (topic: string) => (await platform.ports.kafka.topics([topic])).get(topic)?.configs['retention.ms'];

describe('what was changed by hand', () => {
  it('is told field by field and left as it is while the policy says Report, also by the next operator', async () => {
    const { slug, names } = await readyTenant({ driftPolicy: 'Report' });
    await platform.ports.kafka.setTopicConfigs(names.eventsTopic, { 'retention.ms': '1000' }, []);
    await platform.admin.query(`alter role "${names.login(1)}" set work_mem = '1GB'`);
    const items = [
      { resource: `postgres/role/${names.login(1)}`, field: 'work_mem', want: 'unset', have: '1GB' },
      { resource: `kafka/topic/${names.eventsTopic}`, field: 'retention.ms', want: '604800000', have: '1000' },
    ];
    const reported = async () => {
      await becomes(slug, 'Ready', 'False/DriftReported');
      await eventually(async () => expect((await cluster.tenant(slug))?.status?.drift).toEqual({ count: 2, items }), PATIENCE);
      expect(conditionOf(await cluster.tenant(slug), 'Stalled')).toMatch(/^False/);
      expect(conditionOf(await cluster.tenant(slug), 'TopicsReady')).toBe('False/DriftReported');
    };
    await reported();
    const version = (await cluster.tenant(slug))?.metadata.resourceVersion;
    await stopped();
    operator = await start();
    await eventually(() => expect(operator.output()).toContain('Reconciling'), PATIENCE);
    // Several drift rounds of the new process, which remembers nothing but what the status says.
    await new Promise((resolve) => setTimeout(resolve, 2500));
    await reported();
    expect((await cluster.tenant(slug))?.metadata.resourceVersion).toBe(version);
    expect(await retention(names.eventsTopic)).toBe('1000');
    expect((await cluster.events(slug)).join('\n')).toMatch(/DriftReported: .*retention\.ms is 1000 instead of 604800000/);

    await cluster.apply(slug, { driftPolicy: 'Repair' });
    await becomes(slug, 'Ready', 'True/Ready');
    expect(await retention(names.eventsTopic)).toBe('604800000');
    expect((await cluster.tenant(slug))?.status).not.toHaveProperty('drift');
    expect((await cluster.events(slug)).join('\n')).toMatch(/DriftRepaired: .*retention\.ms is 1000 instead of 604800000/);
  });

  it('is not what an edit has left that was carried out in part and then taken back: the rest of it is undone under Report as well', async () => {
    const { slug, names } = await readyTenant({ driftPolicy: 'Report', messaging: { topics: [{ name: 'orders' }] } });
    // Topics come before queues, which this cell does not have.
    const topics = [{ name: 'orders', retention: '1h' }];
    await cluster.apply(slug, { driftPolicy: 'Report', messaging: { topics, queues: [{ name: 'tasks' }] } });
    await becomes(slug, 'Stalled', 'True/NotOffered');
    expect(await retention(names.topic('orders'))).toBe('3600000');
    await cluster.apply(slug, { driftPolicy: 'Report', messaging: { topics: [{ name: 'orders' }], queues: [] } });
    await becomes(slug, 'Ready', 'True/Ready');
    expect(await retention(names.topic('orders'))).toBe('604800000');
    // From here on it is.
    await platform.ports.kafka.setTopicConfigs(names.topic('orders'), { 'retention.ms': '1000' }, []);
    await becomes(slug, 'Ready', 'False/DriftReported');
  });

  it('is told for every step while paused, and an edit of the spec as well', async () => {
    const { slug, names } = await readyTenant({ messaging: { topics: [{ name: 'orders' }] } });
    await cluster.apply(slug, { paused: true, messaging: { topics: [{ name: 'orders', partitions: 4 }] } });
    await becomes(slug, 'Ready', 'False/Paused');
    await platform.admin.query(`revoke insert on ${names.schema}.customers from "${names.appRole}"`);
    await platform.ports.kafka.setLogin(names.kafkaUser, { password: 'not-the-one', fingerprint: '000000000000' });
    await cluster.api.delete(CHILDREN.Secret, { namespace: 'tenantry-tenants', name: names.credentialsSecret });
    await eventually(async () => {
      const { drift } = (await cluster.tenant(slug))?.status ?? {};
      const brief = drift?.items.map(({ resource, field, want, have }) => `${resource} ${field}: ${want} ← ${have}`) ?? [];
      expect(brief).toContain(`postgres/table/${names.schema} INSERT on customers to ${names.appRole}: granted ← missing`);
      expect(brief).toContain(`kafka/topic/${names.topic('orders')} partitions: 4 ← 3`);
      expect(brief).toContain(`kafka/user/${names.kafkaUser} password: (secret) ← (secret)`);
      expect(brief.join('\n')).toContain(`${names.credentialsSecret} exists: yes ← no`);
      expect(JSON.stringify(drift)).not.toContain('not-the-one');
    }, PATIENCE);
    expect(conditionOf(await cluster.tenant(slug), 'Ready')).toBe('False/Paused');
    expect((await platform.ports.kafka.topics([names.topic('orders')])).get(names.topic('orders'))?.partitions).toBe(3);
    await cluster.apply(slug, { paused: false, messaging: { topics: [{ name: 'orders', partitions: 4 }] } });
    await becomes(slug, 'Ready', 'True/Ready');
    expect((await cluster.tenant(slug))?.status).not.toHaveProperty('drift');
  });

  it('is told as long as putting it back is refused, with tries, next try and error', async () => {
    const { slug, names } = await readyTenant();
    // Only a superuser can take away what only a superuser can give.
    await platform.admin.query(`alter role "${names.login(1)}" superuser`);
    await becomes(slug, 'Ready', 'False/ApplyFailed');
    await eventually(async () => {
      const { status } = (await cluster.tenant(slug)) ?? {};
      expect(status?.drift?.items).toEqual([
        { resource: `postgres/role/${names.login(1)}`, field: 'attributes', want: 'none', have: 'superuser' },
      ]);
      const step = status?.steps?.find(({ name }) => name === 'roles');
      expect(step?.attempts).toBeGreaterThan(1);
      expect(Date.parse(step?.retryAt ?? '')).toBeGreaterThan(Date.now() - 5000);
      expect(step?.lastError).toMatch(/superuser|permission/i);
    }, PATIENCE);
    await platform.admin.query(`alter role "${names.login(1)}" nosuperuser`);
    await becomes(slug, 'Ready', 'True/Ready');
    const { status } = (await cluster.tenant(slug)) ?? {};
    expect(status).not.toHaveProperty('drift');
    expect(status?.steps?.every((step) => !('attempts' in step) && !('retryAt' in step) && !('lastError' in step))).toBe(true);
  });
});

it('looks at a tenant when asked to, long before the drift watch would: repairs or tells, as the policy says, and says that it was handled', async () => {
  await stopped();
  operator = await start('1h');
  await eventually(() => expect(operator.output()).toContain('Reconciling'), PATIENCE);
  const [repaired, told] = [await readyTenant(), await readyTenant({ driftPolicy: 'Report' })];
  for (const { names } of [repaired, told])
    await platform.admin.query(`revoke insert on ${names.schema}.customers from "${names.appRole}"`);
  const requested = new Date().toISOString();
  const request = { [ANNOTATIONS.reconcileRequestedAt]: requested };
  await cluster.apply(repaired.slug, {}, request);
  await cluster.apply(told.slug, { driftPolicy: 'Report' }, request);
  for (const { slug } of [repaired, told])
    await eventually(async () => expect((await cluster.tenant(slug))?.status?.lastHandledReconcileAt).toBe(requested), PATIENCE);
  const inserts = async ({ names }: typeof told) =>
    (await platform.admin.query(`select has_table_privilege($1, '${names.schema}.customers', 'insert') as may`, [names.appRole])).rows[0]
      .may;
  expect([await inserts(repaired), await inserts(told)]).toEqual([true, false]);
  expect(conditionOf(await cluster.tenant(repaired.slug), 'Ready')).toBe('True/Ready');
  expect(conditionOf(await cluster.tenant(told.slug), 'Ready')).toBe('False/DriftReported');
  await stopped();
  operator = await start();
});

describe('kubectl wait --for=condition=Ready', () => {
  const wait = (slug: string, seconds: number) =>
    home.kubectl('wait', '--for=condition=Ready', `tenants.tenantry.dev/${slug}`, `--timeout=${seconds}s`);

  it('does not return on the old True while nobody has looked at the new spec', async () => {
    const { slug, names } = await readyTenant();
    await wait(slug, 10);
    await stopped();
    await cluster.apply(slug, { messaging: { topics: [{ name: 'late' }] } });
    await expect(wait(slug, 2)).rejects.toThrow(/timed out/);
    operator = await start();
    await wait(slug, 30);
    expect((await platform.ports.kafka.topics([names.topic('late')])).size).toBe(1);
  });

  it('would not return on it either by the rule of a kubectl that reads no generation, once the operator has written at all', async () => {
    const { slug, names } = await readyTenant();
    const seen = await statesDuring(slug, async () => {
      await cluster.apply(slug, { messaging: { topics: [{ name: 'more' }] } });
      await becomes(slug, 'Ready', 'True/Ready');
    });
    const edited = seen.findIndex(({ metadata }) => metadata.generation === 2);
    const ready = seen.slice(edited).map(({ status }) => status?.conditions?.find(({ type }) => type === 'Ready')?.status);
    // The edit itself, the first write of the operator, and the answer.
    expect(ready[0]).toBe('True');
    expect(ready[1]).toBe('Unknown');
    expect(ready.at(-1)).toBe('True');
    expect(seen.every(({ status }) => status?.conditions?.every(({ observedGeneration }) => (observedGeneration ?? 0) > 0))).toBe(true);
    expect((await platform.ports.kafka.topics([names.topic('more')])).size).toBe(1);
  });
});

/** Every state the API server had of the tenant while something went on. */
async function statesDuring(slug: string, what: () => Promise<void>): Promise<TenantObject[]> {
  const before = await cluster.tenant(slug);
  const stop = new AbortController();
  const seen: TenantObject[] = [];
  const watching = (async () => {
    const events = cluster.api.watch(TENANTS, {
      resourceVersion: before?.metadata.resourceVersion ?? '0',
      fieldSelector: `metadata.name=${slug}`,
      signal: stop.signal,
    });
    for await (const { type, object } of events) if (type === 'MODIFIED') seen.push(object);
  })().catch(() => undefined);
  await what();
  const last = (await cluster.tenant(slug))?.metadata.resourceVersion;
  await eventually(() => expect(seen.at(-1)?.metadata.resourceVersion).toBe(last), PATIENCE);
  stop.abort();
  await watching;
  return seen;
}
