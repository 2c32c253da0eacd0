import { randomUUID } from 'node:crypto';
import type { Account, TenantView } from '@tenantry/contracts';
import { eventually } from '@tenantry/stack/testing/eventually.ts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { asOwner, rowsOf } from './support/cell-eye.ts';
import { platformSources, startJobWorker } from './support/platform-process.ts';
import { makeClass, removeClass } from './support/test-class.ts';
import { freshName, onboard, removeCompletely, type TestTenant } from './support/test-tenant.ts';
import { verify } from './support/verify.ts';

const CLASS = freshName('e2e-plan');
const name = freshName('planned');
const quotas = {
  requestsPerMinute: 60_000,
  requestsPerMinutePerUser: 60_000,
  requestsPerDay: 20_000_000,
  customers: 2,
  storageBytes: 53_687_091_200,
  webhookDeliveryDays: 30,
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

  it('move what is older than it keeps into whole files, killed half-way or not, and everything adds up as before', async () => {
    const made = async <Body>(path: string, body: object): Promise<Body> => {
      const answer = await tenant.api.call<Body>('POST', path, { body, headers: { 'idempotency-key': randomUUID() } });
      expect(answer.status, answer.text).toBe(201);
      return answer.body;
    };
    const [customer] = await tenant.api.list();
    if (customer === undefined) throw new Error('there is no customer');
    await tenant.api.update(await tenant.api.update(customer, { segment: 'first' }), { segment: 'second' });
    const account = await made<Account>(`/v1/customers/${customer.id}/accounts`, { type: 'current', currency: 'EUR' });
    const post = (amountMinor: string) => made(`/v1/accounts/${account.id}/transactions`, { kind: 'adjustment', amountMinor });
    for (const amount of ['1000', '-250', '-50']) await post(amount);
    await verify(tenant);
    await asOwner(name, async (client, schema) => {
      await client.query(`update ${schema}.history set changed_at = changed_at - interval '40 days'`);
      await client.query(
        `update ${schema}.transactions set booked_at = booked_at - interval '40 days', created_at = created_at - interval '40 days'`,
      );
    });
    await post('7');

    await makeClass(CLASS, { quotas: { ...quotas, historyDays: 10, transactionDays: 31 } });
    const sources = await platformSources();
    const archived = `select kind, sum(row_count)::int as rows from {schema}.archives where state = 'removed' group by kind order by kind`;
    const moved = eventually(
      async () =>
        expect(await rowsOf(name, archived)).toEqual([
          { kind: 'history', rows: 3 },
          { kind: 'transactions', rows: 3 },
        ]),
      { limitMs: 90_000, everyMs: 250 },
    );
    const doomed = startJobWorker(sources, { crashAfter: 'archive.stored:1' });
    // The deployed one looks every quarter of an hour: should that be now, nothing is left for this one to die of.
    await Promise.race([doomed.exit, moved]);
    await doomed.stop();
    const worker = startJobWorker(sources);
    await moved.finally(() => worker.stop());
    await verify(tenant);
  });
});
