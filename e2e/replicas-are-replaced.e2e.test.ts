import { afterAll, beforeAll, expect, it } from 'vitest';
import { restartApiUnderLoad } from './faults/rolling-restart.ts';
import { freshName, onboard, removeCompletely, type TestTenant } from './support/test-tenant.ts';
import { verify } from './support/verify.ts';

const name = freshName('rolling');
let tenant: TestTenant;

beforeAll(async () => {
  tenant = await onboard(name);
});
afterAll(() => removeCompletely(name));

it('loses no request while the shared replicas are replaced twice under load', async () => {
  const counts = await restartApiUnderLoad(tenant, { restarts: 2, ratePerSecond: 50 });
  expect(counts.requests).toBeGreaterThan(200);
  await verify(tenant);
});
