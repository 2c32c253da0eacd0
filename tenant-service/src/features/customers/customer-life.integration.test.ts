import { randomUUID } from 'node:crypto';
import type { ProblemError, TenantryClient } from '@tenantry/contracts';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { problemOf } from '../../../testing/problem-of.ts';
import { type RunningApi, type ServiceWorld, serviceWorld, type TestTenant } from '../../../testing/service-world.ts';

let world: ServiceWorld;
let api: RunningApi;
let second: RunningApi;
let acme: TestTenant;
let client: TenantryClient;
let clients: TenantryClient[];
let other: TenantryClient;

beforeAll(async () => {
  world = await serviceWorld();
  acme = await world.addTenant('acme');
  const globex = await world.addTenant('globex');
  api = await world.startApi();
  second = await world.startApi({}, { hot: false });
  const token = await world.token(acme);
  client = api.client(token);
  clients = [client, second.client(token)];
  other = api.client(await world.token(globex));
});
afterAll(() => world?.[Symbol.asyncDispose]());
beforeEach(async () => {
  await world.admin.query(
    `truncate ${acme.schema}.customers, ${acme.schema}.history, ${acme.schema}.idempotency_keys, tenantry.outbox cascade`,
  );
});

const either = (at: number): TenantryClient => clients[at % 2] as TenantryClient;

/** won, or the code of the refusal. */
const outcome = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => 'won',
    (error: ProblemError) => error.problem?.code ?? String(error),
  );

/** What is in every table a change writes: versions of each aggregate without gaps, one event each. */
async function journal(id: string): Promise<string[]> {
  const { rows } = await world.admin.query(
    `select h.version || ' ' || h.change || ' ' || split_part(o.type, '.', 4) as line, h.after, o.data
     from ${acme.schema}.history h join tenantry.outbox o on o.aggregate_id = h.aggregate_id and o.version = h.version
     where h.aggregate_id = $1 order by h.version`,
    [id],
  );
  const { rows: stored } = await world.admin.query(
    `select version, (select count(*)::int from ${acme.schema}.history where aggregate_id = $1) as history,
      (select count(*)::int from tenantry.outbox where aggregate_id = $1) as events from ${acme.schema}.customers where id = $1`,
    [id],
  );
  expect([stored[0].history, stored[0].events]).toEqual([stored[0].version, stored[0].version]);
  return rows.map(({ line }) => line);
}

describe('replacing a customer', () => {
  it('makes it what the body says: what is absent takes its default; the same again makes no version', async () => {
    const { data } = await client.createCustomer({
      body: { name: 'Ada', email: 'ada@example.org', externalId: 'crm-1', tags: ['vip'], attributes: { a: 1 }, status: 'blocked' },
    });
    const params = { id: data.id };
    const replaced = await client.replaceCustomer({ params, ifMatch: '"1"', body: { name: 'Eda', attributes: { b: 2 } } });
    expect(replaced.data).toEqual({
      ...data,
      name: 'Eda',
      email: null,
      externalId: null,
      tags: [],
      status: 'active',
      attributes: { b: 2 },
      version: 2,
      updatedAt: expect.any(String),
    });
    expect(replaced.etag).toBe('"2"');
    expect((await client.getCustomer({ params })).data).toEqual(replaced.data);
    const again = await client.replaceCustomer({ params, ifMatch: '"2"', body: { name: 'Eda', attributes: { b: 2 } } });
    expect(again.data).toEqual(replaced.data);
    expect(await journal(data.id)).toEqual(['1 created created', '2 updated updated']);
    const { rows } = await world.admin.query('select data from tenantry.outbox where version = 2');
    expect(rows[0].data.changed.sort()).toEqual(['attributes', 'email', 'externalId', 'name', 'status', 'tags']);
  });

  it('creates nothing, needs If-Match, and refuses what is not the caller’s (H15)', async () => {
    const params = { id: randomUUID() };
    expect(await problemOf(client.replaceCustomer({ params, ifMatch: '"1"', body: { name: 'X' } }))).toMatchObject({ code: 'not-found' });
    const { data } = await client.createCustomer({ body: { name: 'Ada' } });
    expect(await problemOf(client.replaceCustomer({ params: { id: data.id }, ifMatch: '"7"', body: { name: 'X' } }))).toMatchObject({
      code: 'version-stale',
      etag: '"1"',
    });
    const put = (body: string, headers: Record<string, string> = { 'if-match': '"1"' }) =>
      world.token(acme).then((token) =>
        fetch(`${api.url}/v1/customers/${data.id}`, {
          method: 'PUT',
          headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', ...headers },
          body,
        }),
      );
    expect((await put('{"name":"x"}', {})).status).toBe(428);
    for (const body of [
      `{"name":"x","id":"${randomUUID()}"}`,
      '{"name":"x","version":1}',
      '{"name":"x","tenantId":"acme"}',
      '{"name":"x","createdAt":"2020-01-01T00:00:00.000Z"}',
      '{"name":"x","__proto__":{"admin":true}}',
      '{"name":"x","constructor":{"prototype":{"admin":true}}}',
      '{"name":"x","name":"y"}',
      '{"email":"only@example.org"}',
    ]) {
      expect((await put(body)).status, body).toBe(400);
    }
    expect(({} as { admin?: boolean }).admin).toBeUndefined();
    expect(await journal(data.id)).toEqual(['1 created created']);
  });

  it('by fifty writers happens once per version, over two replicas (H17)', async () => {
    const { data } = await client.createCustomer({ body: { name: 'Race' } });
    const params = { id: data.id };
    for (let version = 1; version <= 3; version += 1) {
      const outcomes = await Promise.all(
        Array.from({ length: 50 }, (_, at) =>
          outcome(
            at % 3 === 0
              ? either(at).updateCustomer({ params, ifMatch: `"${version}"`, body: { name: `P${version}-${at}` } })
              : either(at).replaceCustomer({ params, ifMatch: `"${version}"`, body: { name: `R${version}-${at}` } }),
          ),
        ),
      );
      expect(outcomes.filter((each) => each === 'won')).toHaveLength(1);
      expect(new Set(outcomes)).toEqual(new Set(['won', 'version-stale']));
    }
    expect(await journal(data.id)).toHaveLength(4);
  });
});

describe('restoring a customer', () => {
  it('brings back what was deleted, in a new version, and once', async () => {
    const { data } = await client.createCustomer({
      body: { name: 'Ada', email: 'ada@example.org', tags: ['vip'], attributes: { a: { b: 1 } } },
    });
    const params = { id: data.id };
    expect(await problemOf(client.restoreCustomer({ params }))).toMatchObject({ status: 409, code: 'customer-not-deleted' });
    await client.deleteCustomer({ params, ifMatch: '"1"' });
    expect(await problemOf(client.getCustomer({ params }))).toMatchObject({ code: 'not-found' });
    expect((await client.customerHistory({ params, query: {} })).data.items).toHaveLength(2);
    const restored = await client.restoreCustomer({ params });
    expect(restored.data).toEqual({ ...data, version: 3, updatedAt: expect.any(String) });
    expect(restored.etag).toBe('"3"');
    expect((await client.getCustomer({ params })).data).toEqual(restored.data);
    expect(await journal(data.id)).toEqual(['1 created created', '2 deleted deleted', '3 restored restored']);
    const { rows } = await world.admin.query('select data from tenantry.outbox where version = 3');
    expect(rows[0].data).toEqual({ customer: restored.data });
    expect(await problemOf(client.restoreCustomer({ params: { id: randomUUID() } }))).toMatchObject({ code: 'not-found' });
    expect(await problemOf(other.restoreCustomer({ params }))).toMatchObject({ code: 'not-found' });
  });

  it('is refused while somebody else has its address or its external id', async () => {
    const { data } = await client.createCustomer({ body: { name: 'Ada', email: 'ada@example.org', externalId: 'a' } });
    const params = { id: data.id };
    await client.deleteCustomer({ params, ifMatch: '"1"' });
    const heir = await client.createCustomer({ body: { name: 'Heir', email: 'ADA@example.org' } });
    expect(await problemOf(client.restoreCustomer({ params, idempotencyKey: 'r' }))).toMatchObject({
      status: 409,
      code: 'customer-email-taken',
    });
    await client.updateCustomer({ params: { id: heir.data.id }, ifMatch: '"1"', body: { email: null, externalId: 'a' } });
    expect(await problemOf(client.restoreCustomer({ params, idempotencyKey: 'r' }))).toMatchObject({ code: 'customer-external-id-taken' });
    await client.updateCustomer({ params: { id: heir.data.id }, ifMatch: '"2"', body: { externalId: null } });
    expect((await client.restoreCustomer({ params, idempotencyKey: 'r' })).data.version).toBe(3);
  });

  it('by twenty at once happens once; with one key all get the one answer', async () => {
    const { data } = await client.createCustomer({ body: { name: 'Ada' } });
    const params = { id: data.id };
    await client.deleteCustomer({ params, ifMatch: '"1"' });
    const outcomes = await Promise.all(Array.from({ length: 20 }, (_, at) => outcome(either(at).restoreCustomer({ params }))));
    expect(outcomes.filter((each) => each === 'won')).toHaveLength(1);
    expect(new Set(outcomes)).toEqual(new Set(['won', 'customer-not-deleted']));
    await client.deleteCustomer({ params, ifMatch: '"3"' });
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, at) => either(at).restoreCustomer({ params, idempotencyKey: 'the-same' })),
    );
    expect(new Set(answers.map(({ data: each, etag }) => JSON.stringify([each, etag]))).size).toBe(1);
    expect(answers.filter(({ replayed }) => !replayed)).toHaveLength(1);
    expect((await journal(data.id)).at(-1)).toBe('5 restored restored');
  });

  it('is not the way back for a customer that was merged away', async () => {
    const [stays, goes] = [
      await client.createCustomer({ body: { name: 'Stays' } }),
      await client.createCustomer({ body: { name: 'Goes' } }),
    ];
    await client.mergeCustomer({ params: { id: stays.data.id }, ifMatch: '"1"', body: { from: goes.data.id, fromVersion: 1 } });
    const params = { id: goes.data.id };
    expect(await problemOf(client.restoreCustomer({ params }))).toMatchObject({
      status: 404,
      code: 'customer-merged',
      mergedInto: stays.data.id,
    });
    expect(await problemOf(client.addCustomerTags({ params, body: { tags: ['x'] } }))).toMatchObject({ code: 'customer-merged' });
  });

  it('needs the role that may delete', async () => {
    const editor = api.client(await world.token(acme, { groups: ['/editor'], subject: 'editor' }));
    expect(await problemOf(editor.restoreCustomer({ params: { id: randomUUID() } }))).toMatchObject({ code: 'role-missing' });
  });
});

describe('an external id', () => {
  it('is unique while the customer exists, and a customer without one costs no row of the index', async () => {
    const first = await client.createCustomer({ body: { name: 'A', externalId: 'x/1 ü' } });
    expect(await problemOf(client.createCustomer({ body: { name: 'B', externalId: 'x/1 ü' } }))).toMatchObject({
      status: 409,
      code: 'customer-external-id-taken',
      errors: [{ pointer: '/externalId', detail: 'is taken' }],
    });
    const { data } = await client.createCustomer({ body: { name: 'B' } });
    expect(
      await problemOf(client.updateCustomer({ params: { id: data.id }, ifMatch: '"1"', body: { externalId: 'x/1 ü' } })),
    ).toMatchObject({ code: 'customer-external-id-taken' });
    await client.deleteCustomer({ params: { id: first.data.id }, ifMatch: '"1"' });
    expect((await client.createCustomer({ body: { name: 'C', externalId: 'x/1 ü' } })).data.version).toBe(1);
  });

  it('finds its customer, whatever is in it', async () => {
    for (const externalId of ['crm-1007', 'a/b?c#d', '100%', '%2F', 'ünï 田中', 'history', ' x ', 'a..b', "' or 1=1--"]) {
      const { data } = await client.createCustomer({ body: { name: 'X', externalId } });
      const found = await client.getCustomerByExternalId({ params: { externalId } });
      expect(found.data, externalId).toEqual(data);
      expect(found.etag).toBe('"1"');
      expect(await problemOf(other.getCustomerByExternalId({ params: { externalId } }))).toMatchObject({ code: 'not-found' });
    }
  });

  it('creates its customer with PUT, then replaces it, and repeats without a trace', async () => {
    const params = { externalId: 'erp:1' };
    const made = await client.putCustomerByExternalId({ params, body: { name: 'Ada', tags: ['a'] } });
    expect(made.status).toBe(201);
    expect(made.data).toMatchObject({ externalId: 'erp:1', name: 'Ada', tags: ['a'], version: 1, status: 'active' });
    expect([made.etag, made.headers.get('location')]).toEqual(['"1"', `/v1/customers/${made.data.id}`]);
    const same = await client.putCustomerByExternalId({ params, body: { name: 'Ada', tags: ['a'] } });
    expect([same.status, same.data]).toEqual([200, made.data]);
    const next = await client.putCustomerByExternalId({ params, body: { name: 'Ada', email: 'ada@example.org', attributes: { a: [1] } } });
    expect([next.status, next.etag]).toEqual([200, '"2"']);
    expect(next.data).toEqual({
      ...made.data,
      tags: [],
      email: 'ada@example.org',
      attributes: { a: [1] },
      version: 2,
      updatedAt: expect.any(String),
    });
    expect((await client.getCustomer({ params: { id: made.data.id } })).data).toEqual(next.data);
    expect(await journal(made.data.id)).toEqual(['1 created created', '2 updated updated']);
    const history = (await client.customerHistory({ params: { id: made.data.id }, query: {} })).data.items;
    expect(history[0]?.before).toEqual(made.data);
    expect(history[0]?.after).toEqual(next.data);
    expect(history[0]?.changes).toEqual([
      { pointer: '/attributes/a', after: [1] },
      { pointer: '/email', before: null, after: 'ada@example.org' },
      { pointer: '/tags', before: ['a'], after: [] },
    ]);
    expect(history[1]).toMatchObject({ change: 'created', before: null, changes: [] });
    const { rows } = await world.admin.query('select data from tenantry.outbox order by version');
    expect(rows.map(({ data }) => data)).toEqual([
      { customer: made.data },
      { customer: next.data, changed: ['email', 'tags', 'attributes'] },
    ]);
    await client.createCustomer({ body: { name: 'Eve', email: 'eve@example.org' } });
    expect(await problemOf(client.putCustomerByExternalId({ params, body: { name: 'Ada', email: 'EVE@example.org' } }))).toMatchObject({
      code: 'customer-email-taken',
    });
    await client.deleteCustomer({ params: { id: made.data.id }, ifMatch: '"2"' });
    const anew = await client.putCustomerByExternalId({ params, body: { name: 'Anew' } });
    expect(anew.status).toBe(201);
    expect(anew.data.id).not.toBe(made.data.id);
  });

  it('of forty upserts at once makes one customer; each that changed something made one version', async () => {
    const params = { externalId: 'race' };
    const answers = await Promise.all(
      Array.from({ length: 40 }, (_, at) => either(at).putCustomerByExternalId({ params, body: { name: `Writer ${at}` } })),
    );
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
    expect(new Set(answers.map(({ data }) => data.id)).size).toBe(1);
    expect(answers.map(({ data }) => data.version).sort((a, b) => a - b)).toEqual(Array.from({ length: 40 }, (_, at) => at + 1));
    expect(await journal(answers[0]?.data.id ?? '')).toHaveLength(40);
    const equal = await Promise.all(
      Array.from({ length: 40 }, (_, at) => either(at).putCustomerByExternalId({ params: { externalId: 'same' }, body: { name: 'Same' } })),
    );
    expect(equal.filter(({ status }) => status === 201)).toHaveLength(1);
    expect(new Set(equal.map(({ data }) => data.version))).toEqual(new Set([1]));
  });
});

describe('tags', () => {
  it('are added and removed without If-Match; what changes nothing makes no version', async () => {
    const { data } = await client.createCustomer({ body: { name: 'Ada', tags: ['vip'] } });
    const params = { id: data.id };
    const added = await client.addCustomerTags({ params, body: { tags: ['new', 'vip', 'eu', 'new'] } });
    expect([added.data.tags, added.etag]).toEqual([['vip', 'new', 'eu'], '"2"']);
    expect((await client.addCustomerTags({ params, body: { tags: ['eu'] } })).etag).toBe('"2"');
    const removed = await client.removeCustomerTags({ params, body: { tags: ['vip', 'absent'] } });
    expect([removed.data.tags, removed.etag]).toEqual([['new', 'eu'], '"3"']);
    expect((await client.removeCustomerTags({ params, body: { tags: ['vip'] } })).data).toEqual(removed.data);
    expect((await client.getCustomer({ params })).data).toEqual(removed.data);
    expect(await journal(data.id)).toEqual(['1 created created', '2 updated updated', '3 updated updated']);
    expect((await client.customerHistory({ params, query: {} })).data.items[0]?.changes).toEqual([
      { pointer: '/tags', before: ['vip', 'new', 'eu'], after: ['new', 'eu'] },
    ]);
    const absent = { params: { id: randomUUID() }, body: { tags: ['x'] } };
    expect(await problemOf(client.addCustomerTags(absent))).toMatchObject({ code: 'not-found' });
    expect(await problemOf(other.removeCustomerTags({ params, body: { tags: ['eu'] } }))).toMatchObject({ code: 'not-found' });
  });

  it('by fifty at once are all there, and a key counts once', async () => {
    const { data } = await client.createCustomer({ body: { name: 'Busy' } });
    const params = { id: data.id };
    const tags = Array.from({ length: 50 }, (_, at) => `t${at}`);
    await Promise.all(tags.map((tag, at) => either(at).addCustomerTags({ params, body: { tags: [tag] } })));
    const full = await client.getCustomer({ params });
    expect([[...full.data.tags].sort(), full.data.version]).toEqual([[...tags].sort(), 51]);
    expect(await problemOf(client.addCustomerTags({ params, body: { tags: ['t1', 'one more'] } }))).toMatchObject({
      code: 'customer-conflict',
    });
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, at) => either(at).removeCustomerTags({ params, body: { tags: ['t0'] }, idempotencyKey: 'k' })),
    );
    expect(new Set(answers.map((each) => JSON.stringify(each.data))).size).toBe(1);
    expect(answers.filter(({ replayed }) => !replayed)).toHaveLength(1);
    await client.addCustomerTags({ params, body: { tags: ['t0'] } });
    expect((await client.removeCustomerTags({ params, body: { tags: ['t0'] }, idempotencyKey: 'k' })).replayed).toBe(true);
    expect(await problemOf(client.removeCustomerTags({ params, body: { tags: ['t9'] }, idempotencyKey: 'k' }))).toMatchObject({
      code: 'idempotency-key-reused',
    });
    expect(await journal(data.id)).toHaveLength(53);
  });

  it('of the tenant are counted, most used first', async () => {
    const bodies = [['vip', 'eu'], ['eu'], ['eu', 'eu', 'éu_%'], []].map((tags, at) => ({ name: `C${at}`, tags }));
    const made = await Promise.all(bodies.map((body) => client.createCustomer({ body })));
    await other.createCustomer({ body: { name: 'Theirs', tags: ['secret'] } });
    expect((await client.listTags({ query: {} })).data.items).toEqual([
      { tag: 'eu', customers: 3 },
      { tag: 'vip', customers: 1 },
      { tag: 'éu_%', customers: 1 },
    ]);
    expect((await client.listTags({ query: { startsWith: 'éu_' } })).data.items).toEqual([{ tag: 'éu_%', customers: 1 }]);
    expect((await client.listTags({ query: { startsWith: '%' } })).data.items).toEqual([]);
    await client.deleteCustomer({ params: { id: made[0]?.data.id ?? '' }, ifMatch: '"1"' });
    expect((await client.listTags({ query: {} })).data.items[0]).toEqual({ tag: 'eu', customers: 2 });
  });
});
