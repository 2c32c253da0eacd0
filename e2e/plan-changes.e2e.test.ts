import type { TenantView } from '@tenantry/contracts';
import { eventually } from '@tenantry/stack/testing/eventually.ts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeClass, removeClass } from './support/test-class.ts';
import { freshName, onboard, removeCompletely, type TestTenant } from './support/test-tenant.ts';

const CLASS = freshName('e2e-plan');
const name = freshName('planned');
const quotas = {
  requestsPerMinute: 60_000,
  requestsPerMinutePerUser: 60_000,
  requestsPerDay: 20_000_000,
  customers: 2,
  storageBytes: 53_687_091_200,
};
let tenant: TestTenant;

const view = async (): Promise<TenantView> => (await tenant.api.call<TenantView>('GET', '/v1/tenant')).body;

beforeAll(async () => {
  await makeClass(CLASS, { quotas });
  tenant = await onboard(name, { classRef: { name: CLASS } });
});
afterAll(async () => {
  await removeCompletely(name);
  await removeClass(CLASS);
});

describe('the quotas of a plan', () => {
  it('are what the tenant’s API says and does', async () => {
    expect(await view()).toMatchObject({ name, class: CLASS, state: 'Active', limits: { requestsPerMinute: 60_000 } });
    for (const customer of ['Ada', 'Bea']) await tenant.api.create({ name: customer });
    const refused = await tenant.api.call('POST', '/v1/customers', { body: { name: 'Cid' } });
    expect(refused).toMatchObject({ status: 403, body: { code: 'quota-exceeded', quota: 'customers', limit: 2, used: 2 } });
  });

  it('change for a running tenant within two seconds of the class', async () => {
    await makeClass(CLASS, { quotas: { ...quotas, customers: 3, requestsPerMinute: 48_000 } });
    await eventually(async () => expect(await view()).toMatchObject({ limits: { requestsPerMinute: 48_000 } }), {
      limitMs: 2000,
      everyMs: 50,
    });
    await tenant.api.create({ name: 'Cid' });
  });

  it('refuse what comes too fast, whatever address it says it comes from', async () => {
    await makeClass(CLASS, { quotas: { ...quotas, requestsPerMinute: 12 } });
    await eventually(async () => {
      const headers = { 'x-forwarded-for': `203.0.113.${Math.floor(Math.random() * 250)}` };
      const answer = await tenant.api.call('GET', '/v1/customers', { headers });
      expect(answer).toMatchObject({ status: 429, body: { code: 'too-many-requests' } });
      expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0);
    });
    await makeClass(CLASS, { quotas });
    await eventually(async () => expect((await tenant.api.call('GET', '/v1/customers')).status).toBe(200));
  });
});
