import { randomUUID } from 'node:crypto';
import { runningStack } from '@tenantry/stack/testing/running-stack.ts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunningApi, type ServiceWorld, serviceWorld, type TestTenant } from '../../testing/service-world.ts';

let world: ServiceWorld;
let acme: TestTenant;
let globex: TestTenant;
let api: RunningApi;

beforeAll(async () => {
  const stack = await runningStack('postgres', 'pgbouncer');
  world = await serviceWorld();
  acme = await world.addTenant('acme');
  globex = await world.addTenant('globex');
  const rows = { ...world.apiConfig().rows, ...stack.pgbouncer };
  // The registry listens for notifications: that needs a connection of its own.
  api = await world.startApi({ rows, namedStatements: false });
});
afterAll(() => world?.[Symbol.asyncDispose]());

const clientOf = async (tenant: TestTenant) => api.client(await world.token(tenant));

describe('behind a pooler in transaction mode, without named statements', () => {
  it('the api creates, reads, changes, lists, searches, deletes and remembers', async () => {
    const client = await clientOf(acme);
    const created = await client.createCustomer({ body: { name: 'Grace Hopper' }, idempotencyKey: randomUUID() });
    const { id } = created.data;
    const changed = await client.updateCustomer({ params: { id }, ifMatch: '"1"', body: { segment: 'navy' } });
    expect((await client.getCustomer({ params: { id } })).data).toEqual(changed.data);
    expect((await client.listCustomers({ query: { search: 'grace' } })).data.items.map((item) => item.id)).toEqual([id]);
    await client.deleteCustomer({ params: { id }, ifMatch: '"2"' });
    const history = (await client.customerHistory({ params: { id } })).data.items;
    expect(history.map(({ change }) => change)).toEqual(['deleted', 'updated', 'created']);
  });

  it('money moves and the audit knows', async () => {
    const client = await clientOf(acme);
    const customer = (await client.createCustomer({ body: { name: 'Ledger' } })).data;
    const account = (await client.createAccount({ params: { id: customer.id }, body: { type: 'current', currency: 'EUR' } })).data;
    await Promise.all(
      Array.from({ length: 20 }, () =>
        client.postTransaction({ params: { id: account.id }, body: { kind: 'deposit', amountMinor: '100' } }),
      ),
    );
    expect((await client.getAccount({ params: { id: account.id } })).data.balanceMinor).toBe('2000');
    const { items } = (await client.listAudit({ query: { limit: 5 } })).data;
    expect(items.length).toBeGreaterThan(0);
  });

  it('two tenants share its few connections and never see each other', async () => {
    const clients = { acme: await clientOf(acme), globex: await clientOf(globex) };
    await Promise.all(
      Array.from({ length: 200 }, async (_, number) => {
        const who = number % 2 === 0 ? 'acme' : 'globex';
        const { id } = (await clients[who].createCustomer({ body: { name: `${who} ${number}`, segment: who } })).data;
        expect((await clients[who].getCustomer({ params: { id } })).data.segment).toBe(who);
      }),
    );
    for (const who of ['acme', 'globex'] as const) {
      const { items } = (await clients[who].listCustomers({ query: { limit: 200 } })).data;
      const segments = new Set(items.map((item) => item.segment).filter((segment) => segment !== null));
      expect([...segments]).toEqual([who]);
      expect(items.filter((item) => item.segment === who)).toHaveLength(100);
    }
  });
});
