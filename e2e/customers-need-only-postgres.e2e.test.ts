import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Absence, useCustomersWithout } from './faults/parts-away.ts';
import { freshName, onboard, removeCompletely, type TestTenant } from './support/test-tenant.ts';
import { verify } from './support/verify.ts';

const name = freshName('frugal');
let tenant: TestTenant;

beforeAll(async () => {
  tenant = await onboard(name);
});
afterAll(() => removeCompletely(name));

/** The quick ones; `npm run prove -- api-faults` takes each part away both ways. */
const ABSENCES: readonly Absence[] = [
  { part: 'redis', how: 'frozen' },
  { part: 'redis', how: 'gone' },
  { part: 's3', how: 'gone' },
  { part: 'kafka', how: 'frozen' },
  { part: 'keycloak', how: 'frozen' },
  { part: 'kube-apiserver', how: 'frozen' },
];

it.each(ABSENCES)('customers are created, changed, read, listed and deleted without fail while $part is $how', async (absence) => {
  const counts = await useCustomersWithout(tenant, absence, { ratePerSecond: 40, requests: 120 });
  expect(counts.acknowledgedWrites).toBeGreaterThan(60);
});

it('every change of these times has its history and its event', async () => {
  expect((await verify(tenant)).length).toBe(tenant.api.acknowledged.length);
});
