import { afterAll, beforeAll, expect, it } from 'vitest';
import { type PrivateCluster, privateCluster } from '../../testing/private-cluster.ts';
import { type TestPlatform, testPlatform } from '../../testing/test-platform.ts';
import { surviveViewFaults } from '../../testing/view-faults.ts';

let platform: TestPlatform;
let home: PrivateCluster;

beforeAll(async () => {
  [platform, home] = await Promise.all([testPlatform({ claim: false }), privateCluster()]);
});
afterAll(async () => {
  await home?.[Symbol.asyncDispose]();
  await platform?.[Symbol.asyncDispose]();
});

// More seeds: npm run prove -- view-faults.
it('does the right thing in the end, deletes nothing wrongly and doubles nothing, however wrong its view of the cluster was', async () => {
  const { faults } = await surviveViewFaults({ platform, home }, 5);
  // How many a storm meets depends on how fast the operator is; a calm would prove nothing.
  expect([...faults.values()].reduce((sum, count) => sum + count, 0)).toBeGreaterThan(10);
}, 200_000);
