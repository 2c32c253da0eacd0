import { tenantNames } from '@tenantry/contracts';
import { eventually } from '@tenantry/stack/testing/eventually.ts';
import { claimEpoch } from '@tenantry/tenant-schema';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { type OperatorProcess, startOperator } from '../../testing/operator-process.ts';
import { type PrivateCluster, privateCluster } from '../../testing/private-cluster.ts';
import { conditionOf, type TenantWish, type TestCluster, testCluster } from '../../testing/test-cluster.ts';
import { type TestPlatform, testPlatform } from '../../testing/test-platform.ts';

const PATIENCE = { limitMs: 45_000, everyMs: 100 };

let platform: TestPlatform;
let home: PrivateCluster;
let cluster: TestCluster;
const operators: OperatorProcess[] = [];

beforeAll(async () => {
  [platform, home] = await Promise.all([testPlatform({ claim: false }), privateCluster()]);
  cluster = await testCluster(home.adminKubeconfig, 'paused');
});
beforeEach(() => cluster.freeLease());
afterAll(async () => {
  for (const operator of operators) await operator.kill();
  await cluster?.[Symbol.asyncDispose]();
  await home?.[Symbol.asyncDispose]();
  await platform?.[Symbol.asyncDispose]();
});

async function anOperator(): Promise<OperatorProcess> {
  const operator = await startOperator(
    platform.environment({
      OPERATOR_NAME: cluster.name,
      SERVICE_IMAGE: 'localhost/none',
      METRICS_PORT: '0',
      LOG_LEVEL: 'debug',
      KUBECONFIG_FILE: home.operatorKubeconfig,
    }),
  );
  operators.push(operator);
  return operator;
}

async function becomesReady(slug: string, spec: TenantWish = {}): Promise<void> {
  await cluster.apply(slug, spec);
  await eventually(async () => expect(conditionOf(await cluster.tenant(slug), 'Ready')).toBe('True/Ready'), PATIENCE);
}

async function seenInPostgres(slug: string) {
  const names = tenantNames(slug, platform.cell.name);
  const { rows } = await platform.admin.query(
    `select state, has_table_privilege($2, $3, 'insert') as may_write from tenantry.tenants where slug = $1`,
    [slug, names.appRole, `${names.schema}.customers`],
  );
  return rows[0];
}

it('is refused by PostgreSQL when it is paused between its lease check and its write, and another has taken the cell meanwhile', async () => {
  const slug = platform.slug();
  const paused = await anOperator();
  await becomesReady(slug);

  // The successor has begun to claim the cell; the leader's next write waits for the outcome.
  const successor = await platform.database.connect();
  await successor.query('begin');
  await claimEpoch(successor, { operator: cluster.name, holder: 'successor' });
  await cluster.apply(slug, { lifecycle: { state: 'ReadOnly', reason: 'audit' } });
  await eventually(async () => {
    const { rows } = await platform.admin.query(
      `select 1 from pg_stat_activity where application_name = 'tenantry-operator' and datname = current_database() and wait_event_type = 'Lock'`,
    );
    expect(rows).toHaveLength(1);
  }, PATIENCE);
  paused.pause();
  await successor.query('commit');
  await successor.end();
  // So soon that its lease is still its own: only the database knows better.
  paused.resume();

  expect(await paused.exit(20_000), paused.output().slice(-2000)).toBe(1);
  expect(paused.output()).toContain('FencedError');
  expect(await seenInPostgres(slug)).toEqual({ state: 'Active', may_write: true });
}, 90_000);

it('does nothing more when it wakes up after another has led for a while', async () => {
  const slug = platform.slug();
  const sleeper = await anOperator();
  await becomesReady(slug);
  const successor = await anOperator();
  const effects = (operator: OperatorProcess) => operator.output().split('"Changed something outside"').length - 1;
  const before = effects(sleeper);
  sleeper.pause();
  await cluster.apply(slug, { lifecycle: { state: 'ReadOnly', reason: 'audit' } });
  await eventually(async () => {
    expect(conditionOf(await cluster.tenant(slug), 'Ready'), successor.output().slice(-1000)).toBe('True/Ready');
    expect(await seenInPostgres(slug)).toEqual({ state: 'ReadOnly', may_write: false });
  }, PATIENCE);

  const version = (await cluster.tenant(slug))?.metadata.resourceVersion;
  sleeper.resume();
  expect(await sleeper.exit(20_000), sleeper.output().slice(-2000)).toBe(1);
  expect(effects(sleeper)).toBe(before);
  expect((await cluster.tenant(slug))?.metadata.resourceVersion).toBe(version);
  expect(await seenInPostgres(slug)).toEqual({ state: 'ReadOnly', may_write: false });
}, 120_000);
