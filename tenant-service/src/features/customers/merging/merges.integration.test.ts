import { randomUUID } from 'node:crypto';
import type { Customer, ProblemError, TenantryClient } from '@tenantry/contracts';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { problemOf } from '../../../../testing/problem-of.ts';
import { type RunningApi, type ServiceWorld, serviceWorld, type TestTenant } from '../../../../testing/service-world.ts';

let world: ServiceWorld;
let api: RunningApi;
let acme: TestTenant;
let globex: TestTenant;
let client: TenantryClient;
let other: TenantryClient;

beforeAll(async () => {
  world = await serviceWorld();
  acme = await world.addTenant('acme');
  globex = await world.addTenant('globex');
  api = await world.startApi();
  client = api.client(await world.token(acme));
  other = api.client(await world.token(globex, { subject: 'person-2' }));
});
afterAll(() => world?.[Symbol.asyncDispose]());
beforeEach(async () => {
  const tables = ['merges', 'transactions', 'accounts', 'customers', 'history', 'idempotency_keys'];
  await world.admin.query(`truncate ${tables.map((table) => `${acme.schema}.${table}`).join(', ')}, tenantry.outbox cascade`);
});

async function two(left: object = {}, right: object = {}): Promise<[Customer, Customer]> {
  const into = await client.createCustomer({ body: { name: 'Ada Lovelace', ...left } });
  const from = await client.createCustomer({ body: { name: 'A. Lovelace', ...right } });
  return [into.data, from.data];
}
const account = (customer: Customer) =>
  client.createAccount({ params: { id: customer.id }, body: { type: 'current', currency: 'EUR' } }).then(({ data }) => data);
const merge = (into: Customer, from: Customer, more: { take?: ('email' | 'tags' | 'name')[]; idempotencyKey?: string } = {}) => {
  const { idempotencyKey, take = [] } = more;
  return client.mergeCustomer({
    params: { id: into.id },
    ifMatch: `"${into.version}"`,
    body: { from: from.id, fromVersion: from.version, take },
    ...(idempotencyKey === undefined ? {} : { idempotencyKey }),
  });
};
const get = async (id: string) => (await client.getCustomer({ params: { id } })).data;
const rows = async (sql: string) => (await world.admin.query(sql.replaceAll('{s}', acme.schema))).rows;
/** Everything a merge writes. */
const everything = () =>
  rows(`select (select json_agg(c order by id) from {s}.customers c) c, (select json_agg(a order by id) from {s}.accounts a) a,
    (select count(*)::int from {s}.history) h, (select count(*)::int from tenantry.outbox) o, (select count(*)::int from {s}.merges) m`);

describe('a merge', () => {
  it('fills what the survivor lacks, takes what is asked for, and moves accounts, in one step for each of them', async () => {
    const [into, from] = await two(
      { email: 'ada@example.org', tags: ['vip'], attributes: { a: 1, b: 2 } },
      { email: 'ada@work.example', phone: '+4930123456', externalId: 'crm-7', tags: ['eu', 'vip'], attributes: { b: 3, c: 4 } },
    );
    const [first, second] = [await account(from), await account(from)];
    const made = await merge(into, from, { take: ['email'] });
    expect(made.data).toMatchObject({
      survivor: {
        id: into.id,
        name: 'Ada Lovelace',
        email: 'ada@work.example',
        phone: '+4930123456',
        externalId: 'crm-7',
        tags: ['vip', 'eu'],
        attributes: { a: 1, b: 2, c: 4 },
        version: 2,
      },
      merged: from,
      accounts: [first.id, second.id],
      mergedBy: 'person-1',
      undoneAt: null,
    });
    expect([...made.data.changed].sort()).toEqual(['attributes', 'email', 'externalId', 'phone', 'tags']);
    expect([made.etag, made.headers.get('location')]).toEqual(['"2"', `/v1/merges/${made.data.id}`]);
    expect(await get(into.id)).toEqual(made.data.survivor);
    expect((await client.getMerge({ params: { id: made.data.id } })).data).toEqual(made.data);

    const accounts = (await client.listCustomerAccounts({ params: { id: into.id }, query: {} })).data.items;
    expect(accounts.map(({ id, version }) => [id, version]).sort()).toEqual([
      [first.id, 2],
      [second.id, 2],
    ]);
    const histories = await rows(
      `select aggregate, aggregate_id as id, version, change, before is null as new, after is null as gone from {s}.history where version > 1 order by 1, 2`,
    );
    expect(histories).toEqual([
      { aggregate: 'account', id: first.id, version: 2, change: 'updated', new: false, gone: false },
      { aggregate: 'account', id: second.id, version: 2, change: 'updated', new: false, gone: false },
      { aggregate: 'customer', id: into.id, version: 2, change: 'merged', new: false, gone: false },
      { aggregate: 'customer', id: from.id, version: 2, change: 'merged', new: false, gone: true },
    ]);
    const events = await rows(
      'select type, aggregate_id as id, version, writer, data from tenantry.outbox where version = 2 order by type, id',
    );
    expect(events.map(({ type }) => type)).toEqual([
      'dev.tenantry.account.updated.v1',
      'dev.tenantry.account.updated.v1',
      'dev.tenantry.customer.deleted.v1',
      'dev.tenantry.customer.merged.v1',
    ]);
    expect(events[2]?.data).toEqual({ id: from.id, version: 2, mergedInto: into.id });
    expect(events[3]?.data).toMatchObject({ customer: made.data.survivor, mergeId: made.data.id, from: from.id });
    expect(new Set(events.map(({ writer }) => writer))).toEqual(new Set([acme.appRole]));
  });

  it('leaves the merged one nowhere but in its history, and says where it went', async () => {
    const [into, from] = await two({}, { email: 'gone@example.org' });
    await merge(into, from);
    const params = { id: from.id };
    const gone = { status: 404, code: 'customer-merged', mergedInto: into.id };
    expect(await problemOf(client.getCustomer({ params }))).toMatchObject(gone);
    expect(await problemOf(client.updateCustomer({ params, ifMatch: '"2"', body: { name: 'X' } }))).toMatchObject(gone);
    expect(await problemOf(client.deleteCustomer({ params, ifMatch: '"2"' }))).toMatchObject(gone);
    expect(await problemOf(client.customerDuplicates({ params, query: {} }))).toMatchObject(gone);
    expect((await client.listCustomers({ query: {} })).data.items.map(({ id }) => id)).toEqual([into.id]);
    expect((await problemOf(client.restoreCustomer({ params }))).status).toBe(404);
    const history = await client.customerHistory({ params, query: {} });
    expect(history.data.items.map(({ version, change }) => `${version} ${change}`)).toEqual(['2 merged', '1 created']);
    const raw = await fetch(`${api.url}/v1/customers/${from.id}`, { headers: { authorization: `Bearer ${await world.token(acme)}` } });
    expect(raw.headers.get('link')).toBe(`</v1/customers/${into.id}>; rel="successor-version"`);
  });

  it('is refused for what the caller has not seen, and writes nothing', async () => {
    const [into, from] = await two({ tags: Array.from({ length: 50 }, (_, at) => `a${at}`) }, { tags: ['one more'] });
    const foreign = (await other.createCustomer({ body: { name: 'Foreign' } })).data;
    const before = await everything();
    expect(await problemOf(merge({ ...into, version: 9 }, from))).toMatchObject({ code: 'version-stale', etag: '"1"' });
    expect(await problemOf(merge(into, { ...from, version: 9 }))).toMatchObject({
      code: 'version-stale',
      errors: [{ pointer: '/fromVersion', detail: 'is 1 now' }],
    });
    expect(await problemOf(merge(into, into))).toMatchObject({ code: 'invalid-request', errors: [{ pointer: '/from' }] });
    expect(await problemOf(merge(into, from))).toMatchObject({ code: 'invalid-request', errors: [{ pointer: '/tags' }] });
    const missing = await problemOf(merge(into, { ...from, id: randomUUID() }));
    expect(missing).toMatchObject({ status: 404, code: 'not-found', errors: [{ pointer: '/from' }] });
    const strange = await problemOf(merge(into, foreign));
    expect({ ...strange, instance: '' }).toEqual({ ...missing, instance: '' });
    expect(await problemOf(merge(foreign, from))).toMatchObject({ status: 404, code: 'not-found' });
    expect(await everything()).toEqual(before);
  });

  it('of one pair by ten at once happens once, in either direction', async () => {
    const [into, from] = await two();
    const attempts = Array.from({ length: 10 }, (_, at) => (at % 2 ? merge(into, from) : merge(from, into)));
    const outcomes = await Promise.all(
      attempts.map((attempt) =>
        attempt.then(
          () => 'merged',
          (error: ProblemError) => error.problem.code,
        ),
      ),
    );
    expect(outcomes.filter((outcome) => outcome === 'merged')).toHaveLength(1);
    expect(new Set(outcomes)).toEqual(
      new Set(['merged', ...outcomes.filter((code) => ['version-stale', 'not-found', 'customer-merged'].includes(code))]),
    );
    expect(await rows('select count(*)::int as n from {s}.merges')).toEqual([{ n: 1 }]);
    expect(await rows(`select count(*)::int as n from {s}.history where change = 'merged'`)).toEqual([{ n: 2 }]);
  });

  it('meets accounts being opened and changed at the same time without losing one', async () => {
    const [into, from] = await two();
    const opened = await account(from);
    const work = [
      merge(into, from),
      ...Array.from({ length: 8 }, () => account(from)),
      ...Array.from({ length: 4 }, (_, at) =>
        client.updateAccount({ params: { id: opened.id }, ifMatch: '"1"', body: { name: `n${at}` } }),
      ),
    ];
    const outcomes = await Promise.allSettled(work);
    for (const outcome of outcomes) {
      if (outcome.status === 'rejected') expect((outcome.reason as ProblemError).problem.status).toBeLessThan(500);
    }
    expect(outcomes[0]?.status).toBe('fulfilled');
    const counted = await rows(
      `select c.open_accounts::int as counted, (select count(*)::int from {s}.accounts a where a.customer_id = c.id and status <> 'closed') as there, deleted_at is null as live
       from {s}.customers c`,
    );
    for (const { counted: number, there, live } of counted) expect([number, live ? number > 0 : number === 0]).toEqual([there, true]);
  });

  it.each([
    ['before it has changed anything', 'customers'],
    ['after accounts, customers and all have been changed', 'merges'],
    ['before its last row', 'idempotency_keys'],
  ])('killed by the loss of its backend %s leaves everything as it was, and can be repeated', async (_, table) => {
    const [into, from] = await two({ email: 'a@example.org' }, { phone: '+4930123456' });
    await account(from);
    const before = await everything();
    const blocker = await world.cell.connectAsAdmin();
    await blocker.query('begin');
    // Where the merge then stands.
    await blocker.query(`lock table ${acme.schema}.${table} in exclusive mode`);
    const idempotencyKey = randomUUID();
    const outcome = problemOf(merge(into, from, { idempotencyKey }));
    for (let waiting = 0; waiting === 0; ) {
      const { rows: found } = await world.admin.query(
        `select pid from pg_stat_activity where wait_event_type = 'Lock' and application_name like '%models' and datname = current_database()`,
      );
      waiting = found.length;
      for (const { pid } of found) await world.admin.query('select pg_terminate_backend($1)', [pid]);
    }
    expect(await outcome).toMatchObject({ status: 503, code: 'unavailable' });
    await blocker.query('rollback');
    expect(await everything()).toEqual(before);
    const again = await merge(into, from, { idempotencyKey });
    expect([again.replayed, again.data.survivor.phone]).toEqual([false, '+4930123456']);
  });

  it('with an Idempotency-Key answers the same again, counts once, and refuses another body', async () => {
    const [into, from] = await two({}, { email: 'key@example.org' });
    const idempotencyKey = randomUUID();
    const first = await merge(into, from, { idempotencyKey });
    const again = await merge(into, from, { idempotencyKey });
    expect([first.replayed, again.replayed]).toEqual([false, true]);
    expect([again.data, again.etag, again.headers.get('location')]).toEqual([first.data, first.etag, first.headers.get('location')]);
    expect(await problemOf(merge(into, from, { idempotencyKey, take: ['name'] }))).toMatchObject({ code: 'idempotency-key-reused' });
    expect(await rows('select count(*)::int as n from {s}.merges')).toEqual([{ n: 1 }]);
    expect((await problemOf(merge(into, from))).code).toBe('version-stale');
  });
});

describe('undoing a merge', () => {
  const content = ({ version: _version, updatedAt: _updatedAt, ...rest }: Customer) => rest;

  it('makes both exactly what they were, accounts and addresses included', async () => {
    const [into, from] = await two(
      { email: 'ada@example.org', tags: ['vip'], attributes: { a: 1 } },
      { email: 'b@example.org', phone: '+4930123456', externalId: 'crm-7', attributes: { b: [2, null] } },
    );
    const [own, moved] = [await account(into), await account(from)];
    const { data } = await merge(into, from, { take: ['email', 'tags'] });
    const later = await account(into);
    const undone = await client.undoMerge({ params: { id: data.id } });
    expect(undone.data).toMatchObject({ id: data.id, undoneBy: 'person-1', undoneAt: expect.any(String) });
    expect(content(await get(into.id))).toEqual(content(into));
    expect(content(await get(from.id))).toEqual(content(from));
    const accountsOf = async ({ id }: Customer) =>
      (await client.listCustomerAccounts({ params: { id }, query: {} })).data.items.map((item) => item.id).sort();
    expect(await accountsOf(into)).toEqual([own.id, later.id]);
    expect(await accountsOf(from)).toEqual([moved.id]);
    const history = await client.customerHistory({ params: { id: from.id }, query: {} });
    expect(history.data.items.map(({ version, change }) => `${version} ${change}`)).toEqual(['3 unmerged', '2 merged', '1 created']);
    const events = await rows(`select type from tenantry.outbox where version = 3 and aggregate = 'customer' order by type`);
    expect(events.map(({ type }) => type)).toEqual(['dev.tenantry.customer.restored.v1', 'dev.tenantry.customer.unmerged.v1']);
    expect(await rows('select open_accounts::int as n from {s}.customers order by id')).toEqual([{ n: 2 }, { n: 1 }]);
    // And all of it again.
    const [intoNow, fromNow] = [await get(into.id), await get(from.id)];
    expect((await merge(intoNow, fromNow)).status).toBe(201);
  });

  it('keeps what the survivor has become since elsewhere, and takes a field back that somebody has set back already', async () => {
    const [into, from] = await two({}, { phone: '+4930123456', segment: 'gold' });
    const { data } = await merge(into, from);
    const params = { id: into.id };
    await client.updateCustomer({ params, ifMatch: '"2"', body: { name: 'Countess', segment: null } });
    await client.undoMerge({ params: { id: data.id } });
    expect(await get(into.id)).toMatchObject({ name: 'Countess', segment: null, phone: null, version: 4 });
  });

  it('is refused with what conflicts, and changes nothing', async () => {
    const [into, from] = await two({}, { phone: '+4930123456', email: 'b@example.org' });
    const { data } = await merge(into, from);
    await client.updateCustomer({ params: { id: into.id }, ifMatch: '"2"', body: { phone: '+4930999999' } });
    const before = await everything();
    const undo = () => problemOf(client.undoMerge({ params: { id: data.id } }));
    expect(await undo()).toMatchObject({
      status: 409,
      code: 'merge-conflict',
      errors: [{ pointer: '/survivor/phone', detail: 'has been changed since' }],
    });
    expect(await everything()).toEqual(before);
    await client.deleteCustomer({ params: { id: into.id }, ifMatch: '"3"' });
    expect((await undo()).errors?.map(({ pointer }) => pointer)).toEqual(['/survivor', '/survivor/phone']);
  });

  it('is refused when another customer has the address now', async () => {
    const [into, from] = await two({ email: 'mine@example.org' }, { email: 'other@example.org' });
    const { data } = await merge(into, from);
    await client.createCustomer({ body: { name: 'New', email: 'other@example.org' } });
    expect(await problemOf(client.undoMerge({ params: { id: data.id } }))).toMatchObject({ status: 409, code: 'customer-email-taken' });
    expect((await problemOf(client.getCustomer({ params: { id: from.id } }))).code).toBe('customer-merged');
  });

  it('happens once, also by ten at once, and with a key is answered again', async () => {
    const [into, from] = await two();
    const { data } = await merge(into, from);
    const params = { id: data.id };
    const outcomes = await Promise.allSettled(Array.from({ length: 10 }, () => client.undoMerge({ params })));
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect((await problemOf(client.undoMerge({ params }))).code).toBe('merge-conflict');
    const [intoNow, fromNow] = [await get(into.id), await get(from.id)];
    const second = { id: (await merge(intoNow, fromNow)).data.id };
    const idempotencyKey = randomUUID();
    const first = await client.undoMerge({ params: second, idempotencyKey });
    const again = await client.undoMerge({ params: second, idempotencyKey });
    expect([again.replayed, again.data]).toEqual([true, first.data]);
  });

  it('of another tenant’s merge is as of a missing one', async () => {
    const [into, from] = await two();
    const { data } = await merge(into, from);
    for (const id of [data.id, randomUUID()]) {
      expect(await problemOf(other.undoMerge({ params: { id } }))).toMatchObject({ status: 404, code: 'not-found' });
      expect(await problemOf(other.getMerge({ params: { id } }))).toMatchObject({ status: 404, code: 'not-found' });
    }
  });
});
