import { afterAll, beforeAll, expect, it } from 'vitest';
import { type KeptOperator, keepOperator } from '../../testing/kept-operator.ts';
import { type PrivateCluster, privateCluster } from '../../testing/private-cluster.ts';
import { walkSpecs } from '../../testing/spec-walk.ts';
import { type TestCluster, testCluster } from '../../testing/test-cluster.ts';
import { type TestPlatform, testPlatform } from '../../testing/test-platform.ts';

let platform: TestPlatform;
let home: PrivateCluster;
let cluster: TestCluster;
let operator: KeptOperator;

beforeAll(async () => {
  [platform, home] = await Promise.all([testPlatform({ claim: false }), privateCluster()]);
  cluster = await testCluster(home.adminKubeconfig, 'walk');
  operator = await keepOperator(
    platform.environment({
      OPERATOR_NAME: cluster.name,
      SERVICE_IMAGE: 'localhost/none',
      METRICS_PORT: '0',
      KUBECONFIG_FILE: home.operatorKubeconfig,
    }),
  );
});
afterAll(async () => {
  await operator?.stop();
  await cluster?.[Symbol.asyncDispose]();
  await home?.[Symbol.asyncDispose]();
  await platform?.[Symbol.asyncDispose]();
});

// Hundreds of edits: npm run prove -- spec-walk.
it('is Ready, or Stalled with a reason, or was refused after each of 45 edits, and Ready again with the last good spec', async () => {
  const walks = [1, 2, 3].map((seed) => walkSpecs(cluster, platform.slug(), { transitions: 15, seed }));
  const counts = await Promise.all(walks);
  const sum = (pick: keyof (typeof counts)[number]) => counts.reduce((total, each) => total + each[pick], 0);
  expect(sum('transitions')).toBe(45);
  expect(Math.min(sum('ready'), sum('refused'))).toBeGreaterThan(3);
  // Each walk ends with its last good spec, wherever it is.
  expect(sum('rolledBack')).toBeGreaterThanOrEqual(walks.length);
  expect(operator.restarts()).toBe(0);
}, 200_000);
