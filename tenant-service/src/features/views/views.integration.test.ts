import { randomUUID } from 'node:crypto';
import { type TenantryClient, VIEWS_MAX } from '@tenantry/contracts';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { problemOf } from '../../../testing/problem-of.ts';
import { type RunningApi, type ServiceWorld, serviceWorld, type TestTenant } from '../../../testing/service-world.ts';

let world: ServiceWorld;
let api: RunningApi;
let acme: TestTenant;
/** A viewer, another viewer, an admin; and somebody of another tenant. */
let ada: TenantryClient;
let bob: TenantryClient;
let admin: TenantryClient;
let stranger: TenantryClient;

beforeAll(async () => {
  world = await serviceWorld();
  acme = await world.addTenant('acme');
  const globex = await world.addTenant('globex');
  api = await world.startApi();
  ada = api.client(await world.token(acme, { subject: 'ada', groups: ['/viewer'] }));
  bob = api.client(await world.token(acme, { subject: 'bob', groups: ['/editor'] }));
  admin = api.client(await world.token(acme, { subject: 'root', groups: ['/admin'] }));
  stranger = api.client(await world.token(globex, { subject: 'ada', groups: ['/admin'] }));
});
afterAll(() => world?.[Symbol.asyncDispose]());
beforeEach(async () => {
  await world.admin.query(`truncate ${acme.schema}.saved_views, ${acme.schema}.idempotency_keys`);
});

const body = { name: 'New', resource: 'customers', query: 'filter[status]=active&sort=-createdAt,name&fields=id,name' } as const;
const codes = async (attempts: Promise<unknown>[]) => (await Promise.all(attempts.map(problemOf))).map(({ code }) => code);

describe('a view', () => {
  it('is saved, found, changed and deleted', async () => {
    const made = await ada.createView({ body });
    expect(made.data).toMatchObject({ ...body, owner: 'ada', visibility: 'private', version: 1 });
    expect([made.etag, made.headers.get('location')]).toEqual(['"1"', `/v1/views/${made.data.id}`]);
    const params = { id: made.data.id };
    expect((await ada.getView({ params })).data).toEqual(made.data);
    expect((await ada.listViews({})).data.items).toEqual([made.data]);
    const changed = await ada.updateView({ params, ifMatch: '"1"', body: { name: 'Newer', query: '' } });
    expect(changed.data).toMatchObject({ name: 'Newer', query: '', version: 2, createdAt: made.data.createdAt });
    expect((await ada.getView({ params })).data).toEqual(changed.data);
    await ada.deleteView({ params, ifMatch: '"2"' });
    expect(await codes([ada.getView({ params })])).toEqual(['not-found']);
  });

  it('holds a query its list takes', async () => {
    await bob.createCustomer({ body: { name: 'Grace Hopper', status: 'blocked' } });
    const query = 'filter[status][eq]=blocked&filter[name][contains]=H%C3%B6pper&sort=name&fields=name&limit=10&count=exact';
    const { data } = await ada.createView({ body: { ...body, query } });
    const answer = await fetch(`${api.url}/v1/customers?${data.query}`, {
      headers: { authorization: `Bearer ${await world.token(acme, { groups: ['/viewer'] })}` },
    });
    expect(await answer.json()).toMatchObject({ items: [{ name: 'Grace Hopper' }], page: { count: { value: 1, relation: 'exact' } } });
    expect(
      (await ada.createView({ body: { ...body, name: 'Search', query: 'search=grace%20hopper&filter[status]=active' } })).data.version,
    ).toBe(1);
  });

  it.each([
    ['a filter nobody offers', 'filter[secret]=1', /filter\[secret\].*is not a filter/],
    ['a status nobody knows', 'filter[status]=trial', /must be one of/],
    ['a sort order nobody offers', 'sort=name;drop', /sort/],
    ['a field nobody offers', 'fields=search_text', /fields/],
    ['a parameter nobody knows', 'x=1', /x/],
    ['a cursor', 'cursor=abc', /no cursor/],
    ['a search with a sort order', 'search=ada&sort=name', /sort/],
    ['a page too large', 'limit=201', /limit/],
    ['a parameter twice', 'limit=1&limit=2', /once/],
    ['an attribute that is not indexable', 'filter[attributes.x]=1', /filter/],
  ])('with %s is refused, naming it, when saved and when changed', async (_, query, detail) => {
    const { data } = await ada.createView({ body });
    const attempts = [
      ada.createView({ body: { ...body, name: 'other', query } }),
      ada.updateView({ params: { id: data.id }, ifMatch: '"1"', body: { query } }),
    ];
    for (const problem of await Promise.all(attempts.map(problemOf))) {
      expect(problem).toMatchObject({ status: 400, code: 'invalid-request', errors: [{ pointer: '/query' }] });
      expect(problem.errors?.[0]?.detail).toMatch(detail);
    }
  });

  it('has a name no other of its owner has, whatever the case; two at once make one', async () => {
    const outcomes = await Promise.allSettled(['New', 'NEW', 'new', 'nEw'].map((name) => ada.createView({ body: { ...body, name } })));
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect((await bob.createView({ body })).data.name).toBe('New');
    const second = await ada.createView({ body: { ...body, name: 'Second' } });
    const taken = [ada.createView({ body }), ada.updateView({ params: { id: second.data.id }, ifMatch: '"1"', body: { name: 'new' } })];
    expect(await codes(taken)).toEqual(['view-name-taken', 'view-name-taken']);
  });

  it('with an idempotency key is made once', async () => {
    const idempotencyKey = randomUUID();
    const answers = await Promise.all(Array.from({ length: 10 }, () => ada.createView({ body, idempotencyKey })));
    expect(new Set(answers.map(({ data }) => data.id)).size).toBe(1);
    expect(answers.filter(({ replayed }) => !replayed)).toHaveLength(1);
    expect(await codes([ada.createView({ body: { ...body, name: 'else' }, idempotencyKey })])).toEqual(['idempotency-key-reused']);
  });

  it('is changed by one of many who read the same version', async () => {
    const { data } = await ada.createView({ body: { ...body, visibility: 'shared' } });
    const outcomes = await Promise.allSettled(
      Array.from({ length: 20 }, (_, at) => ada.updateView({ params: { id: data.id }, ifMatch: '"1"', body: { name: `n${at}` } })),
    );
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(await problemOf(ada.deleteView({ params: { id: data.id }, ifMatch: '"1"' }))).toMatchObject({
      code: 'version-stale',
      etag: '"2"',
    });
  });

  it('is one of two hundred at most', async () => {
    await world.admin.query(
      `insert into ${acme.schema}.saved_views (id, owner, name, resource, query, visibility, version, created_at, updated_at)
       select gen_random_uuid(), 'ada', 'v' || n, 'customers', '', 'private', 1, now(), now() from generate_series(1, ${VIEWS_MAX}) n`,
    );
    expect(await codes([ada.createView({ body })])).toEqual(['limit-reached']);
    expect((await bob.createView({ body })).data.version).toBe(1);
  });
});

describe('who sees and changes a view', () => {
  it('private: its owner and an admin; for everybody else it is as absent as one that never was', async () => {
    const { data } = await ada.createView({ body });
    const params = { id: data.id };
    for (const who of [bob, stranger]) {
      const attempts = [
        who.getView({ params }),
        who.updateView({ params, ifMatch: '"1"', body: { name: 'x' } }),
        who.deleteView({ params, ifMatch: '"1"' }),
      ];
      expect(await codes(attempts)).toEqual(['not-found', 'not-found', 'not-found']);
      expect((await who.listViews({})).data.items).toEqual([]);
    }
    expect((await admin.listViews({ filter: { owner: 'ada' } })).data.items).toEqual([data]);
    expect((await admin.updateView({ params, ifMatch: '"1"', body: { name: 'By admin' } })).data.owner).toBe('ada');
  });

  it('shared: all of the tenant see it, its owner and an admin change it', async () => {
    const { data } = await ada.createView({ body: { ...body, visibility: 'shared' } });
    const params = { id: data.id };
    expect((await bob.listViews({ filter: { visibility: 'shared' }, query: { sort: '-name' } })).data.items).toEqual([data]);
    const attempts = [bob.updateView({ params, ifMatch: '"1"', body: { name: 'x' } }), bob.deleteView({ params, ifMatch: '"1"' })];
    expect(await codes(attempts)).toEqual(['role-missing', 'role-missing']);
    expect(await codes([stranger.getView({ params })])).toEqual(['not-found']);
    await admin.deleteView({ params, ifMatch: '"1"' });
    expect((await ada.listViews({})).data.items).toEqual([]);
  });
});
