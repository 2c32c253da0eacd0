import { GROUP, LABELS, VERSION } from '@tenantry/contracts';
import { eventually } from '@tenantry/stack/testing/eventually.ts';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type OperatorProcess, startOperator } from '../../testing/operator-process.ts';
import { type PrivateCluster, privateCluster } from '../../testing/private-cluster.ts';
import { conditionOf, type TestCluster, testCluster } from '../../testing/test-cluster.ts';
import { type TestPlatform, testPlatform } from '../../testing/test-platform.ts';
import { TENANT_CLASSES, TENANTS, type TenantClassObject } from '../kubernetes/resources.ts';

let platform: TestPlatform;
let home: PrivateCluster;
let cluster: TestCluster;
let operator: OperatorProcess;

const PATIENCE = { limitMs: 60_000, everyMs: 100 };
const TENANTS_OF_CLASS = 5;

beforeAll(async () => {
  [platform, home] = await Promise.all([testPlatform({ claim: false }), privateCluster()]);
  cluster = await testCluster(home.adminKubeconfig, `roll-${platform.cell.name}`);
  operator = await start();
});
afterAll(async () => {
  await operator?.stop();
  await cluster?.[Symbol.asyncDispose]();
  await home?.[Symbol.asyncDispose]();
  await platform?.[Symbol.asyncDispose]();
});

function start(): Promise<OperatorProcess> {
  return startOperator(
    platform.environment({
      KUBECONFIG_FILE: home.operatorKubeconfig,
      OPERATOR_NAME: cluster.name,
      SERVICE_IMAGE: 'localhost/tenantry-no-such-image:1',
      METRICS_PORT: '0',
      METRICS_HOST: '127.0.0.1',
    }),
  );
}

async function applyClass(spec: object): Promise<void> {
  const metadata = { name: cluster.name, labels: { [LABELS.operator]: cluster.name } };
  const object = { apiVersion: `${GROUP}/${VERSION}`, kind: 'TenantClass', metadata, spec };
  await cluster.api.apply(TENANT_CLASSES, object as unknown as TenantClassObject, { fieldManager: 'test', force: true });
}

async function classSays(expected: string): Promise<void> {
  await eventually(async () => {
    const { metadata, status } = (await cluster.api.get(TENANT_CLASSES, { name: cluster.name })) ?? {};
    const ready = status?.conditions?.find(({ type }) => type === 'Ready');
    expect(`${status?.progress} ${ready?.reason}`, operator.output().slice(-2000)).toBe(expected);
    expect([status?.observedGeneration, ready?.observedGeneration]).toEqual([metadata?.generation, metadata?.generation]);
  }, PATIENCE);
}

async function timeouts(slugs: readonly string[]): Promise<string[]> {
  const { rows } = await platform.admin.query('select slug, statement_timeout_ms from tenantry.tenants where slug = any ($1)', [slugs]);
  return slugs.map((slug) => String(rows.find((row) => row.slug === slug)?.statement_timeout_ms));
}

it('brings an edit of a class to one tenant after another, holds it when they fail, and goes on after a restart', async () => {
  const slugs = Array.from({ length: TENANTS_OF_CLASS }, () => platform.slug()).sort();
  await applyClass({ rollout: { maxConcurrent: 1 } });
  // The second one has what the coming edit forbids.
  const [first = '', second = '', ...rest] = slugs;
  for (const slug of slugs) await cluster.apply(slug, slug === second ? { messaging: { topics: [{ name: 'orders' }] } } : {});
  for (const slug of slugs)
    await eventually(
      async () => expect(conditionOf(await cluster.tenant(slug), 'Ready'), operator.output().slice(-2000)).toBe('True/Ready'),
      PATIENCE,
    );
  await classSays(`${TENANTS_OF_CLASS}/${TENANTS_OF_CLASS} RolledOut`);

  // One at a time, as every state of every tenant shows; the second fails and nobody after it is touched.
  const most = await mostUnderWay(async () => {
    await applyClass({
      rollout: { maxConcurrent: 1 },
      database: { statementTimeout: '7s' },
      messaging: { maxTopics: 0 },
      quotas: { customers: 9 },
    });
    await classSays(`2/${TENANTS_OF_CLASS} RolloutHeld`);
  });
  expect(most).toBe(1);
  expect(conditionOf(await cluster.tenant(second), 'Stalled')).toBe('True/ClassCeiling');
  expect(await timeouts([first, ...rest])).toEqual(['7000', ...rest.map(() => '5000')]);
  const { status } = (await cluster.api.get(TENANT_CLASSES, { name: cluster.name })) ?? {};
  expect(status?.failed).toEqual([second]);
  expect(status?.conditions?.find(({ type }) => type === 'Stalled')?.status).toBe('True');
  // Quotas did not wait.
  const { rows } = await platform.admin.query(
    `select count(*)::int as reached from tenantry.tenants where quotas->>'customers' = '9' and slug = any ($1)`,
    [slugs],
  );
  expect(rows[0].reached).toBe(TENANTS_OF_CLASS);

  // A tenant that waits is still the operator's: an edit of its own is carried out, with the class as it was given.
  const [third = ''] = rest;
  await cluster.apply(third, { displayName: 'Third' });
  await eventually(async () => expect(conditionOf(await cluster.tenant(third), 'Ready')).toBe('True/Ready'), PATIENCE);
  expect(await timeouts([third])).toEqual(['5000']);

  await operator.stop();
  await cluster.freeLease();
  operator = await start();
  await applyClass({ rollout: { maxConcurrent: 2 }, database: { statementTimeout: '7s' }, quotas: { customers: 9 } });
  await classSays(`${TENANTS_OF_CLASS}/${TENANTS_OF_CLASS} RolledOut`);
  expect(await timeouts(slugs)).toEqual(slugs.map(() => '7000'));
  expect((await cluster.api.get(TENANT_CLASSES, { name: cluster.name }))?.status).not.toHaveProperty('failed');
  const column = await home.kubectl('get', 'tenantclasses.tenantry.dev', cluster.name, '--no-headers');
  expect(column).toMatch(new RegExp(`${TENANTS_OF_CLASS}/${TENANTS_OF_CLASS} +RolledOut`));
}, 240_000);

/** The most tenants that were not Ready by the edit at the same time, failed ones left out. */
async function mostUnderWay(what: () => Promise<void>): Promise<number> {
  const { resourceVersion, items } = await cluster.api.list(TENANTS);
  const states = new Map(items.map((tenant) => [tenant.metadata.name, tenant]));
  const stop = new AbortController();
  let most = 0;
  const watching = (async () => {
    for await (const { type, object } of cluster.api.watch(TENANTS, { resourceVersion, signal: stop.signal })) {
      if (type !== 'MODIFIED') continue;
      states.set(object.metadata.name, object);
      const isTrue = (tenant: typeof object, condition: string) =>
        tenant.status?.conditions?.find((each) => each.type === condition)?.status === 'True';
      most = Math.max(most, [...states.values()].filter((each) => !isTrue(each, 'Ready') && !isTrue(each, 'Stalled')).length);
    }
  })().catch(() => undefined);
  await what();
  stop.abort();
  await watching;
  return most;
}
