import type { Customer, ProblemError, TenantryClient } from '@tenantry/contracts';
import { runningStack } from '@tenantry/stack/testing/running-stack.ts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ServiceWorld, serviceWorld, type TestTenant } from '../../../../testing/service-world.ts';

let world: ServiceWorld;
let acme: TestTenant;
let client: TenantryClient;

beforeAll(async () => {
  world = await serviceWorld();
  acme = await world.addTenant('acme');
  client = (await world.startApi()).client(await world.token(acme));
});
afterAll(() => world?.[Symbol.asyncDispose]());

const codeOf = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => 'answered',
    (error: unknown) => (error as ProblemError).problem.code,
  );
const make = async (through: TenantryClient, body: Parameters<TenantryClient['createCustomer']>[0]['body']): Promise<Customer> =>
  (await through.createCustomer({ body })).data;
const merge = async (through: TenantryClient, into: Customer, from: Customer) =>
  (
    await through.mergeCustomer({
      params: { id: into.id },
      ifMatch: `"${into.version}"`,
      body: { from: from.id, fromVersion: from.version },
    })
  ).data;
const get = async (through: TenantryClient, { id }: Customer): Promise<Customer> => (await through.getCustomer({ params: { id } })).data;

describe('merging and undoing', () => {
  it.each(['a dedicated replica', 'a pooler that knows no prepared statements'])('works through %s', async (way) => {
    let tenant = acme;
    let through: TenantryClient;
    if (way === 'a dedicated replica') {
      tenant = await world.addTenant('globex', { dedicated: true });
      const login = world.login(tenant.login?.user ?? '', tenant.login?.password ?? '');
      through = (await world.startApi({ tenantId: tenant.tenantId, rows: login, registry: login })).client(await world.token(tenant));
    } else {
      const { pgbouncer } = await runningStack('postgres', 'pgbouncer');
      const { host, port } = pgbouncer as { host: string; port: number };
      const rows = { ...world.login(world.cell.logins.api, world.cell.passwords.api), host, port };
      through = (await world.startApi({ rows, namedStatements: false })).client(await world.token(tenant));
    }
    const into = await make(through, { name: 'Ada Lovelace', email: 'ada@example.org' });
    const from = await make(through, { name: 'Ada Lovelace', email: 'ada+x@example.org', phone: '+4930123456' });
    const pairs = (await through.listDuplicates({ query: { by: 'email' } })).data.items;
    expect(pairs.map(({ customers }) => customers.map(({ id }) => id))).toEqual([[from.id, into.id]]);
    const merged = await merge(through, into, from);
    expect((await get(through, into)).phone).toBe('+4930123456');
    await through.undoMerge({ params: { id: merged.id } });
    expect([(await get(through, into)).phone, (await get(through, from)).phone]).toEqual([null, '+4930123456']);
    const audit = (await through.listAudit({ query: { limit: 4 } })).data.items;
    expect(audit.map(({ change }) => change)).toEqual(['unmerged', 'unmerged', 'merged', 'merged']);
  });

  it('of one into another into a third is undone from the end, and every account finds back', async () => {
    const [a, b, c] = [await make(client, { name: 'A' }), await make(client, { name: 'B' }), await make(client, { name: 'C' })];
    for (const { id } of [a, b, c]) await client.createAccount({ params: { id }, body: { type: 'current', currency: 'EUR' } });
    const accounts = async () =>
      (await world.admin.query(`select customer_id, count(*)::int as n from ${acme.schema}.accounts group by 1 order by 1`)).rows;
    const before = await accounts();
    const first = await merge(client, b, a);
    const second = await merge(client, c, await get(client, b));
    expect(await accounts()).toEqual([{ customer_id: c.id, n: 3 }]);
    expect(await codeOf(client.undoMerge({ params: { id: first.id } }))).toBe('merge-conflict');
    await client.undoMerge({ params: { id: second.id } });
    await client.undoMerge({ params: { id: first.id } });
    expect(await accounts()).toEqual(before);
    for (const one of [a, b, c]) expect(await get(client, one)).toMatchObject({ name: one.name });
  });

  it('keeps the tenant’s schema of attributes, and their index', async () => {
    const initech = await world.addTenant('initech');
    const through = (await world.startApi()).client(await world.token(initech));
    await through.putCustomerAttributesSchema({
      ifMatch: '"1"',
      query: {},
      body: { schema: { type: 'object', maxProperties: 2, properties: { code: { type: 'string', 'x-indexable': true } } } },
    });
    const into = await make(through, { name: 'Into', attributes: { a: 1 } });
    const from = await make(through, { name: 'From', attributes: { code: 'x-7' } });
    const third = await make(through, { name: 'Third', attributes: { b: 1, c: 1 } });
    expect(await codeOf(merge(through, into, third))).toBe('invalid-request');
    const indexed = async () =>
      (await world.admin.query(`select name, indexed from ${initech.schema}.customers where deleted_at is null order by id`)).rows;
    const merged = await merge(through, into, from);
    expect((await indexed())[0]).toEqual({ name: 'Into', indexed: { code: 'x-7' } });
    await through.undoMerge({ params: { id: merged.id } });
    expect((await indexed()).slice(0, 2)).toEqual([
      { name: 'Into', indexed: {} },
      { name: 'From', indexed: { code: 'x-7' } },
    ]);
  });
});
