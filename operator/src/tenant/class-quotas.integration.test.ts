import { eventually } from '@tenantry/stack/testing/eventually.ts';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type OperatorProcess, startOperator } from '../../testing/operator-process.ts';
import { conditionOf, type TestCluster, testCluster } from '../../testing/test-cluster.ts';
import { type TestPlatform, testPlatform } from '../../testing/test-platform.ts';

let platform: TestPlatform;
let cluster: TestCluster;
let operator: OperatorProcess;

const PATIENCE = { limitMs: 60_000, everyMs: 100 };

beforeAll(async () => {
  platform = await testPlatform({ claim: false });
  cluster = await testCluster(platform.stack.kubeconfigFile, `quo-${platform.cell.name}`);
  operator = await startOperator(
    platform.environment({
      OPERATOR_NAME: cluster.name,
      SERVICE_IMAGE: 'localhost/tenantry-no-such-image:1',
      METRICS_PORT: '0',
      METRICS_HOST: '127.0.0.1',
      DRIFT_CHECK_INTERVAL: '500ms',
    }),
  );
});
afterAll(async () => {
  await operator?.stop();
  await cluster?.[Symbol.asyncDispose]();
  await platform?.[Symbol.asyncDispose]();
});

async function readyTenant(spec: object = {}): Promise<string> {
  const slug = platform.slug();
  await cluster.apply(slug, spec);
  await eventually(
    async () => expect(conditionOf(await cluster.tenant(slug), 'Ready'), operator.output().slice(-3000)).toBe('True/Ready'),
    PATIENCE,
  );
  return slug;
}

async function quotasOf(slugs: readonly string[]): Promise<unknown[]> {
  const { rows } = await platform.admin.query<{ slug: string; quotas: object }>(
    'select slug, quotas from tenantry.tenants where slug = any($1)',
    [slugs],
  );
  return slugs.map((slug) => rows.find((row) => row.slug === slug)?.quotas);
}

it('a class says what its tenants may use: the registry has it, a change within two seconds, and a change by hand is put back', async () => {
  const slugs = [await readyTenant(), await readyTenant(), await readyTenant()];
  const byDefault = expect.objectContaining({ requestsPerMinute: 60_000, customers: 1_000_000 });
  expect(await quotasOf(slugs)).toEqual([byDefault, byDefault, byDefault]);

  await cluster.makeClass({ quotas: { requestsPerMinute: 120, customers: 7 } });
  const wanted = expect.objectContaining({ requestsPerMinute: 120, customers: 7, requestsPerDay: 20_000_000 });
  await eventually(async () => expect(await quotasOf(slugs)).toEqual([wanted, wanted, wanted]), { limitMs: 2000, everyMs: 20 });

  const [first = ''] = slugs;
  await platform.admin.query(`update tenantry.tenants set quotas = '{"customers": 1000000}' where slug = $1`, [first]);
  await eventually(async () => expect(await quotasOf([first])).toEqual([wanted]), PATIENCE);
});

it('a paused tenant keeps the quotas it has', async () => {
  await cluster.makeClass({ quotas: { customers: 10 } });
  const slug = await readyTenant();
  await cluster.apply(slug, { paused: true });
  const moving = await readyTenant();
  await cluster.makeClass({ quotas: { customers: 20 } });
  await eventually(async () => expect(await quotasOf([moving])).toEqual([expect.objectContaining({ customers: 20 })]), PATIENCE);
  expect(await quotasOf([slug])).toEqual([expect.objectContaining({ customers: 10 })]);
});
