import { afterAll, beforeAll, expect, it } from 'vitest';
import { CrashSweep } from '../../testing/crash-sweep.ts';
import { type PrivateCluster, privateCluster } from '../../testing/private-cluster.ts';
import { type TestPlatform, testPlatform } from '../../testing/test-platform.ts';

let platform: TestPlatform;
let home: PrivateCluster;

beforeAll(async () => {
  [platform, home] = await Promise.all([testPlatform({ claim: false }), privateCluster()]);
});
afterAll(async () => {
  await home?.[Symbol.asyncDispose]();
  await platform?.[Symbol.asyncDispose]();
});

// Every point of every phase: npm run prove -- crash-sweep.
it('ends every phase of a tenant’s life as if nothing had happened when it is killed after the second effect of each', async () => {
  const sweep = await CrashSweep.begin(platform, home, 'sweep');
  const phases = [...sweep.effects().values()];
  const { deaths, mostExtraEffects, mostExtraWrites } = await sweep.round(2);
  await sweep.end();
  expect(deaths).toBe(phases.filter((effects) => effects >= 2).length);
  expect(Math.max(mostExtraEffects, mostExtraWrites)).toBeLessThanOrEqual(1);
}, 300_000);
