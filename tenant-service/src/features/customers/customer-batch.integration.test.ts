import { randomUUID } from 'node:crypto';
import type { CustomerBatchItem, ProblemError, TenantryClient } from '@tenantry/contracts';
import { eventually } from '@tenantry/stack/testing/eventually.ts';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { problemOf } from '../../../testing/problem-of.ts';
import { type RunningApi, type ServiceWorld, serviceWorld, type TestTenant } from '../../../testing/service-world.ts';

let world: ServiceWorld;
let api: RunningApi;
let acme: TestTenant;
let client: TenantryClient;
let apis: RunningApi[];
let clients: TenantryClient[];
let other: TenantryClient;

beforeAll(async () => {
  world = await serviceWorld();
  acme = await world.addTenant('acme');
  const globex = await world.addTenant('globex');
  api = await world.startApi();
  apis = [api, await world.startApi({}, { hot: false })];
  const token = await world.token(acme);
  client = api.client(token);
  clients = apis.map((each) => each.client(token));
  other = api.client(await world.token(globex));
});
afterAll(() => world?.[Symbol.asyncDispose]());
beforeEach(async () => {
  await world.admin.query(
    `truncate ${acme.schema}.customers, ${acme.schema}.history, ${acme.schema}.idempotency_keys, tenantry.outbox cascade`,
  );
});

const create = (name: string, more: object = {}) => ({ action: 'create' as const, customer: { name, ...more } });
const patch = (id: string, version: number, change: object) => ({ action: 'patch' as const, id, version, patch: change });
const remove = (id: string, version: number) => ({ action: 'delete' as const, id, version });
type Item = Parameters<TenantryClient['batchCustomers']>[0]['body']['items'][number];

const run = async (items: Item[], options: { atomic?: boolean; idempotencyKey?: string; as?: TenantryClient } = {}) => {
  const { as = client, atomic, ...rest } = options;
  return as.batchCustomers({ body: { items, ...(atomic === undefined ? {} : { atomic }) }, ...rest });
};
const codes = (answer: Awaited<ReturnType<typeof run>>) =>
  answer.data.results.map(({ status, problem }) => (problem === undefined ? status : `${status} ${problem.code}`));
const made = async (name: string, more: object = {}) => (await client.createCustomer({ body: { name, ...more } })).data;

/** Changes, history and events agree, whatever was tried. */
async function expectWhole(): Promise<{ customers: number; history: number; keys: number }> {
  const { rows } = await world.admin.query(
    `select (select count(*)::int from ${acme.schema}.customers) as customers, (select coalesce(sum(version), 0)::int from ${acme.schema}.customers) as versions,
      (select count(*)::int from ${acme.schema}.history) as history, (select count(*)::int from tenantry.outbox where writer = '${acme.appRole}') as events,
      (select count(*)::int from ${acme.schema}.idempotency_keys) as keys`,
  );
  expect([rows[0].history, rows[0].events]).toEqual([rows[0].versions, rows[0].versions]);
  return rows[0];
}

describe('a batch', () => {
  it('does what it can and says of each item, in order, what a request of its own would have been told', async () => {
    const [ada, eve, bob] = [
      await made('Ada', { attributes: { a: 1, b: 2 } }),
      await made('Eve', { email: 'eve@example.org' }),
      await made('Bob'),
    ];
    const zoe = await made('Zoe');
    const theirs = (await other.createCustomer({ body: { name: 'Theirs' } })).data;
    const answer = await run([
      create('New', { email: 'new@example.org', tags: ['x'] }),
      patch(ada.id.toUpperCase(), 1, { segment: 'gold', attributes: { a: null, c: 3 } }),
      remove(bob.id, 1),
      create('Taken', { email: 'EVE@example.org' }),
      patch(eve.id, 7, { name: 'Stale' }),
      patch(theirs.id, 1, { name: 'Mine' }),
      { action: 'create', customer: { nme: 'x' } } as never,
      { action: 'explode' } as never,
      patch(ada.id, 2, { name: 'Twice' }),
      patch(zoe.id, 1, { name: 'Zoe' }),
      7 as never,
    ]);
    expect(codes(answer)).toEqual([
      201,
      200,
      204,
      '409 customer-email-taken',
      '412 version-stale',
      '404 not-found',
      '400 invalid-request',
      '400 invalid-request',
      '400 invalid-request',
      200,
      '400 invalid-request',
    ]);
    const { results } = answer.data;
    expect(results[0]).toMatchObject({ etag: '"1"', customer: { name: 'New', email: 'new@example.org', version: 1 } });
    expect(results[1]).toMatchObject({ etag: '"2"', customer: { segment: 'gold', attributes: { b: 2, c: 3 }, version: 2 } });
    expect(results[4]).toMatchObject({ etag: '"1"' });
    expect(results[6]?.problem?.errors).toContainEqual({ pointer: '/customer/nme', detail: 'is not a property of this request' });
    expect(results[9]?.customer).toEqual(zoe);
    for (const { customer } of results) {
      if (customer !== undefined) expect((await client.getCustomer({ params: { id: customer.id } })).data).toEqual(customer);
    }
    expect((await problemOf(client.getCustomer({ params: { id: bob.id } }))).code).toBe('not-found');
    expect(await expectWhole()).toMatchObject({ customers: 5, history: 7 });
    const history = (await client.customerHistory({ params: { id: ada.id }, query: {} })).data.items;
    expect(history[0]?.before).toEqual(ada);
    expect(history[0]?.changes.map(({ pointer }) => pointer)).toEqual(['/attributes/a', '/attributes/c', '/segment']);
    const { rows } = await world.admin.query('select data from tenantry.outbox where aggregate_id = $1 and version = 2', [ada.id]);
    expect(rows[0].data).toEqual({ customer: results[1]?.customer, changed: ['segment', 'attributes'] });
  });

  it('lets an item take what those before it give up, and refuses the later of two that want the same', async () => {
    const [a, b, c] = [
      await made('A', { email: 'a@example.org', externalId: 'a' }),
      await made('B', { email: 'b@example.org' }),
      await made('C', { externalId: 'c' }),
    ];
    const answer = await run([
      create('takes what A leaves', { email: 'A@example.org' }),
      patch(a.id, 1, { email: 'elsewhere@example.org' }),
      remove(b.id, 1),
      create('takes what B leaves', { email: 'b@example.org' }),
      patch(c.id, 1, { externalId: 'a' }),
      create('first', { externalId: 'same' }),
      create('second', { externalId: 'same' }),
    ]);
    expect(codes(answer)).toEqual([201, 200, 204, 201, '409 customer-external-id-taken', 201, '409 customer-external-id-taken']);
    expect(await expectWhole()).toMatchObject({ customers: 6 });
  });

  it('that is atomic does all or nothing, and names what stood in the way', async () => {
    const ada = await made('Ada', { email: 'ada@example.org' });
    const items = [
      create('New'),
      patch(ada.id, 1, { name: 'Eda' }),
      create('Taken', { email: 'ada@example.org' }),
      remove(randomUUID(), 1),
    ];
    const problem = await problemOf(run(items, { atomic: true, idempotencyKey: 'all' }));
    expect(problem).toMatchObject({ status: 409, code: 'batch-refused' });
    expect(problem.refused).toMatchObject([{ index: 3, problem: { code: 'not-found' } }]);
    const less = await problemOf(run(items.slice(0, 3), { atomic: true, idempotencyKey: 'all' }));
    expect(less.refused).toMatchObject([{ index: 2, problem: { code: 'customer-email-taken' } }]);
    expect(await expectWhole()).toMatchObject({ customers: 1, history: 1, keys: 0 });
    const whole = await run(items.slice(0, 2), { atomic: true, idempotencyKey: 'all' });
    expect(codes(whole)).toEqual([201, 200]);
    expect(await expectWhole()).toMatchObject({ customers: 2, history: 3, keys: 1 });
  });

  it('leaves deletions to those who may delete', async () => {
    const ada = await made('Ada');
    const editor = api.client(await world.token(acme, { groups: ['/editor'], subject: 'editor' }));
    expect(codes(await run([remove(ada.id, 1), create('New')], { as: editor }))).toEqual(['403 role-missing', 201]);
    const viewer = api.client(await world.token(acme, { groups: ['/viewer'], subject: 'viewer' }));
    expect(await problemOf(run([create('New')], { as: viewer }))).toMatchObject({ code: 'role-missing' });
  });

  it('has 1 to 500 items and at most 4 MiB', async () => {
    const items = Array.from({ length: 500 }, (_, at) => create(`Many ${at}`, { email: `many${at}@example.org`, externalId: `m${at}` }));
    const answer = await run(items);
    expect(new Set(codes(answer))).toEqual(new Set([201]));
    const ids = answer.data.results.map(({ customer }) => customer?.id ?? '');
    expect(new Set(ids).size).toBe(500);
    const mixed = await run(ids.map((id, at) => (at % 2 ? patch(id, 1, { name: `Changed ${at}` }) : remove(id, 1))));
    expect(new Set(codes(mixed))).toEqual(new Set([200, 204]));
    expect(await expectWhole()).toMatchObject({ customers: 500, history: 1000 });
    expect(await problemOf(run([]))).toMatchObject({ code: 'invalid-request' });
    expect(await problemOf(run([...items, create('501')]))).toMatchObject({ code: 'invalid-request' });
    const large = Array.from({ length: 70 }, () => create('Large', { attributes: { text: 'x'.repeat(65_000) } }));
    expect(await problemOf(run(large))).toMatchObject({ status: 413, code: 'body-too-large' });
    expect(new Set(codes(await run(large.slice(0, 60))))).toEqual(new Set([201]));
  });

  it('refuses hostile items one by one (H15, H25)', async () => {
    const ada = await made('Ada');
    const token = await world.token(acme);
    const send = async (items: string) => {
      const response = await fetch(`${api.url}/v1/customers:batch`, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        body: `{"items":[${items}]}`,
      });
      return [response.status, ((await response.json()) as { results?: { status: number }[] }).results?.map(({ status }) => status)];
    };
    expect(
      await send(
        [
          '{"action":"create","customer":{"name":"x","id":"x"}}',
          '{"action":"create","customer":{"name":"x","constructor":{"prototype":{"admin":true}}}}',
          `{"action":"patch","id":"${ada.id}","version":1,"patch":{"version":9}}`,
          `{"action":"patch","id":"${ada.id}","version":1,"patch":{}}`,
          `{"action":"patch","id":"${ada.id}","version":0,"patch":{"name":"x"}}`,
          `{"action":"patch","id":"${ada.id}","version":1e300,"patch":{"name":"x"}}`,
          `{"action":"patch","id":"${ada.id}","version":2147483648,"patch":{"name":"x"}}`,
          `{"action":"delete","id":"' or 1=1","version":1}`,
          `{"action":"delete","id":"${ada.id}","version":1,"force":true}`,
          'null',
          '[]',
          JSON.stringify(create('keys', { attributes: Object.fromEntries(Array.from({ length: 300 }, (_, at) => [`k${at}`, at])) })),
        ].join(','),
      ),
    ).toEqual([200, [400, 400, 400, 400, 400, 400, 412, 400, 400, 400, 400, 400]]);
    expect(await send('{"action":"create","customer":{"name":"x","__proto__":{"admin":true}}}')).toEqual([400, undefined]);
    expect(await send('{"action":"create","customer":{"name":"x","name":"y"}}')).toEqual([400, undefined]);
    const keys = (count: number) => Array.from({ length: count }, (_, at) => `"k${at}":1`).join(',');
    expect(await send(`{"action":"create","customer":{"name":"x","attributes":{${keys(95_000)}}}}`)).toEqual([200, [400]]);
    expect(await send(`{"action":"create","customer":{"name":"x",${keys(95_000)}}}`)).toEqual([200, [400]]);
    expect(await send(`{"action":"create","customer":{"name":"x","attributes":{${keys(300_000)}}}}`)).toEqual([400, undefined]);
    expect(({} as { admin?: boolean }).admin).toBeUndefined();
    expect(await expectWhole()).toMatchObject({ customers: 1, history: 1 });
  });
});

describe('the idempotency key of a batch', () => {
  it('stands or falls with all it did: twenty at once, one effect, one answer', async () => {
    const ada = await made('Ada');
    const items = [
      create('New', { email: 'new@example.org' }),
      patch(ada.id, 1, { name: 'Eda' }),
      patch(randomUUID(), 1, { name: 'X' }),
      create('Plain'),
    ];
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, at) => run(items, { idempotencyKey: 'once', as: clients[at % 2] as TenantryClient })),
    );
    expect(new Set(answers.map(({ data }) => JSON.stringify(data))).size).toBe(1);
    expect(answers.filter(({ replayed }) => !replayed)).toHaveLength(1);
    expect(codes(answers[0] as never)).toEqual([201, 200, '404 not-found', 201]);
    expect(await expectWhole()).toMatchObject({ customers: 3, history: 4, keys: 1 });
    expect(await problemOf(run(items.slice(0, 1), { idempotencyKey: 'once' }))).toMatchObject({ code: 'idempotency-key-reused' });
  });

  it('is not used up when nothing was done', async () => {
    const ada = await made('Ada', { email: 'ada@example.org' });
    const items = [create('Taken', { email: 'ada@example.org' })];
    expect(codes(await run(items, { idempotencyKey: 'k' }))).toEqual(['409 customer-email-taken']);
    await client.deleteCustomer({ params: { id: ada.id }, ifMatch: '"1"' });
    const answer = await run(items, { idempotencyKey: 'k' });
    expect([codes(answer), answer.replayed]).toEqual([[201], false]);
    expect((await run(items, { idempotencyKey: 'k' })).data).toEqual(answer.data);
  });
});

describe('batches at once', () => {
  it('over the same customers: each version is made by exactly one of them, and nobody waits for ever', async () => {
    const customers = await Promise.all(Array.from({ length: 40 }, (_, at) => made(`C${at}`)));
    const answers = await Promise.all(
      Array.from({ length: 8 }, (_, writer) => {
        const items = customers.map(({ id }) => patch(id, 1, { name: `Writer ${writer}` }));
        return run(writer % 2 ? items : items.reverse(), { as: clients[writer % 2] as TenantryClient });
      }),
    );
    const outcomes = answers.flatMap(codes);
    expect(outcomes.filter((each) => each === 200)).toHaveLength(40);
    expect(new Set(outcomes)).toEqual(new Set([200, '412 version-stale']));
    expect(await expectWhole()).toMatchObject({ customers: 40, history: 80 });
  });

  it('that want the same addresses: each address goes to one, and what is left is done', async () => {
    const answers = await Promise.all(
      Array.from({ length: 6 }, (_, writer) =>
        run(
          Array.from({ length: 30 }, (_, at) =>
            create(`W${writer} ${at}`, { email: `shared${(at * 7 + writer * 3) % 30}@example.org` }),
          ).concat(create(`own ${writer}`)),
          { as: clients[writer % 2] as TenantryClient },
        ),
      ),
    );
    const outcomes = answers.flatMap(codes);
    expect(outcomes.filter((each) => each === 201)).toHaveLength(36);
    expect(outcomes.filter((each) => each === '409 customer-email-taken')).toHaveLength(150);
    expect(await expectWhole()).toMatchObject({ customers: 36, history: 36 });
  });

  it('take addresses in one order, however they are asked for, so none waits for who waits for it', async () => {
    const patient = await world.addTenant('patient', { statementTimeoutMs: 30_000 });
    const token = await world.token(patient);
    const [one, another] = apis.map((each) => each.client(token)) as [TenantryClient, TenantryClient];
    const blocker = await world.cell.connectAsAdmin();
    await blocker.query('begin');
    await blocker.query(
      `insert into ${patient.schema}.customers (id, name, email, status, version, created_at, updated_at) values ($1, 'B', 'b@example.org', 'active', 1, now(), now())`,
      [randomUUID()],
    );
    const batch = run(
      ['c', 'B', 'a'].map((letter) => create(letter, { email: `${letter}@example.org` })),
      { as: one },
    );
    await eventually(async () => {
      const { rows } = await world.admin.query(
        `select from pg_stat_activity where wait_event_type = 'Lock' and wait_event = 'transactionid' and datname = current_database()`,
      );
      expect(rows).toHaveLength(1);
    });
    // It stands at b: what comes behind is free, what is before it is not.
    expect((await another.createCustomer({ body: { name: 'Single', email: 'c@example.org' } })).data.version).toBe(1);
    await blocker.query('rollback');
    await blocker.end();
    expect(codes(await batch)).toEqual(['409 customer-email-taken', 201, 201]);
  });

  it('beside single writers lose nothing', async () => {
    const customers = await Promise.all(Array.from({ length: 20 }, (_, at) => made(`C${at}`)));
    const singles = customers.map(({ id }, at) =>
      (clients[at % 2] as TenantryClient).updateCustomer({ params: { id }, ifMatch: '"1"', body: { name: 'single' } }).then(
        () => 200,
        (error: ProblemError) => error.problem.status,
      ),
    );
    const batch = run(customers.map(({ id }): Item & CustomerBatchItem => patch(id, 1, { name: 'batch' })));
    const outcomes = [...(await Promise.all(singles)), ...(await batch).data.results.map(({ status }) => status)];
    expect(outcomes.filter((status) => status === 200)).toHaveLength(20);
    expect(outcomes.filter((status) => status === 412)).toHaveLength(20);
    await expectWhole();
  });
});
