import { tenantNames } from '@tenantry/contracts';
import { eventually } from '@tenantry/stack/testing/eventually.ts';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startOperator } from '../../testing/operator-process.ts';
import { conditionOf, type TestCluster, testCluster } from '../../testing/test-cluster.ts';
import { type TestPlatform, testPlatform } from '../../testing/test-platform.ts';

let platform: TestPlatform;
let cluster: TestCluster;

beforeAll(async () => {
  platform = await testPlatform({ claim: false });
  cluster = await testCluster(platform.stack.kubeconfigFile, `claimed-${platform.cell.name}`);
});
afterAll(async () => {
  await cluster?.[Symbol.asyncDispose]();
  await platform?.[Symbol.asyncDispose]();
});

it('ends itself when another process has claimed the cell, and writes nothing more', async () => {
  const slug = platform.slug();
  const names = tenantNames(slug, platform.cell.name);
  await cluster.freeLease();
  const operator = await startOperator(
    platform.environment({
      OPERATOR_NAME: cluster.name,
      SERVICE_IMAGE: 'localhost/none',
      METRICS_PORT: '0',
      DRIFT_CHECK_INTERVAL: '300ms',
    }),
  );
  await cluster.apply(slug);
  await eventually(async () => expect(conditionOf(await cluster.tenant(slug), 'Ready'), operator.output()).toBe('True/Ready'), {
    limitMs: 30_000,
  });
  await platform.admin.query('update tenantry.operator_epoch set epoch = epoch + 1 where operator = $1', [cluster.name]);
  await platform.admin.query(`revoke insert on ${names.schema}.customers from "${names.appRole}"`);
  expect(await operator.exit(20_000), operator.output()).toBe(1);
  const { rows } = await platform.admin.query(`select has_table_privilege($1, $2, 'insert') as repaired`, [
    names.appRole,
    `${names.schema}.customers`,
  ]);
  expect(rows).toEqual([{ repaired: false }]);
}, 60_000);
