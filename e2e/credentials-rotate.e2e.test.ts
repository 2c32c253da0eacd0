import { afterAll, beforeAll, expect, it } from 'vitest';
import { rotateUnderLoad } from './faults/rotation.ts';
import { makeClass, removeClass } from './support/test-class.ts';
import { freshName, onboard, removeCompletely, type TestTenant } from './support/test-tenant.ts';
import { verify } from './support/verify.ts';

const CLASS = freshName('e2e-class');
const name = freshName('rotating');
let tenant: TestTenant;

beforeAll(async () => {
  await makeClass(CLASS);
  tenant = await onboard(name, {
    classRef: { name: CLASS },
    workload: { mode: 'Dedicated' },
    messaging: { topics: [{ name: 'orders', partitions: 1 }] },
  });
});
afterAll(async () => {
  await removeCompletely(name);
  await removeClass(CLASS);
});

it('rotates the credentials of a dedicated tenant twice under load without a failed request; old ones work until the overlap ends', async () => {
  const { counts, tenant: rotated } = await rotateUnderLoad(tenant, { rotations: 2, ratePerSecond: 30 });
  expect(counts.requests).toBeGreaterThan(200);
  expect([counts.openedDuringOverlap, counts.refusedAfterOverlap]).toEqual([6, 6]);
  await verify(rotated);
}, 300_000);
