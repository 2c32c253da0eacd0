import { randomUUID } from 'node:crypto';
import type { Customer, ProblemError, TenantryClient } from '@tenantry/contracts';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type RunningApi, type ServiceWorld, serviceWorld, type TestTenant } from '../../../../testing/service-world.ts';
import { modelDoor } from '../../../tenancy/model-door.ts';
import { DuplicateFinder } from './duplicate-finder.ts';
import { findDuplicates } from './duplicate-statements.ts';

let world: ServiceWorld;
let api: RunningApi;
let acme: TestTenant;
let client: TenantryClient;
let other: TenantryClient;

beforeAll(async () => {
  world = await serviceWorld();
  acme = await world.addTenant('acme');
  api = await world.startApi();
  client = api.client(await world.token(acme));
  other = api.client(await world.token(await world.addTenant('globex'), { subject: 'person-2' }));
});
afterAll(() => world?.[Symbol.asyncDispose]());
beforeEach(async () => {
  await world.admin.query(
    `truncate ${acme.schema}.customers, ${acme.schema}.history, ${acme.schema}.idempotency_keys, tenantry.outbox cascade`,
  );
});

const codeOf = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => 'answered',
    (error: unknown) => (error as ProblemError).problem.code,
  );
const make = async (body: { name: string; email?: string; phone?: string }): Promise<Customer> =>
  (await client.createCustomer({ body })).data;
type Query = Parameters<TenantryClient['customerDuplicates']>[0]['query'];
const of = async ({ id }: Customer, query: Query = {}) =>
  (await client.customerDuplicates({ params: { id }, query })).data.items.map(({ customer, score, reasons }) => ({
    name: customer.name,
    score,
    kinds: reasons.map(({ kind }) => kind).sort(),
  }));

describe('the duplicates of a customer', () => {
  it.each([
    ['a tag behind a plus', 'ada@example.org', 'ada+crm@example.org', true],
    ['two tags', 'ada+a@example.org', 'Ada+b@Example.org', true],
    ['dots at Gmail, and its other domain', 'a.da.l@gmail.com', 'adal+x@googlemail.com', true],
    ['dots elsewhere, where they are another mailbox', 'a.da@example.org', 'ada@example.org', false],
    ['the same name at another provider', 'ada@example.org', 'ada@example.com', false],
    ['one that only begins alike', 'ada@example.org', 'adam@example.org', false],
    ['wildcards of LIKE, which mean nothing', 'a_a@example.org', 'aba@example.org', false],
  ])('by email address: %s', async (_, left, right, isSame) => {
    const [first, second] = [await make({ name: 'Xavier', email: left }), await make({ name: 'Quentin', email: right })];
    const expected = isSame ? [{ name: 'Quentin', score: 0.9, kinds: ['email'] }] : [];
    expect(await of(first)).toEqual(expected);
    expect(await of(second)).toHaveLength(expected.length);
  });

  it.each([
    ['accents and case', 'Zoë Müller', 'ZOE MULLER', true],
    ['a slip of the finger', 'Maximilian Steinberger', 'Maximilian Steinbreger', true],
    ['the words the other way round', 'Lovelace Ada', 'Ada Lovelace', true],
    ['one with more than the other', 'Ada Lovelace', 'Ada Lovelace and Sons Limited', false],
    ['names of three letters', 'Li A', 'Li A', false],
    ['no Latin letters', '田中 太郎', '田中 太郎', true],
  ])('by name: %s', async (_, left, right, isSame) => {
    const [first, second] = [await make({ name: left }), await make({ name: right })];
    expect((await of(first)).map(({ name }) => name)).toEqual(isSame ? [right] : []);
    expect((await of(second)).map(({ name }) => name)).toEqual(isSame ? [left] : []);
  });

  it('by phone, and the more reasons the higher the score; the best first', async () => {
    const ada = await make({ name: 'Ada Lovelace', email: 'ada@example.org', phone: '+4930123456' });
    await make({ name: 'Ada Lovelace', phone: '+49301234567' });
    await make({ name: 'Charles Babbage', phone: '+4930123456' });
    await make({ name: 'Ada Lovelace', email: 'ada+2@example.org', phone: '+4930123456' });
    expect(await of(ada)).toEqual([
      { name: 'Ada Lovelace', score: 0.99, kinds: ['email', 'name', 'phone'] },
      { name: 'Charles Babbage', score: 0.8, kinds: ['phone'] },
      { name: 'Ada Lovelace', score: 0.7, kinds: ['name'] },
    ]);
    expect(await of(ada, { minScore: 0.75, limit: 1 })).toHaveLength(1);
    expect((await of(ada, { by: 'phone' })).map(({ score, kinds }) => [score, kinds])).toEqual([
      [0.8, ['phone']],
      [0.8, ['phone']],
    ]);
  });

  it('of one that is not there, deleted, or another tenant’s are not found', async () => {
    const ada = await make({ name: 'Ada Lovelace' });
    const twin = await make({ name: 'Ada Lovelace' });
    await client.deleteCustomer({ params: { id: twin.id }, ifMatch: '"1"' });
    expect(await of(ada)).toEqual([]);
    for (const [who, id] of [
      [client, twin.id],
      [client, randomUUID()],
      [other, ada.id],
    ] as const) {
      expect(await codeOf(who.customerDuplicates({ params: { id }, query: {} }))).toBe('not-found');
    }
  });
});

describe('the pairs of a tenant', () => {
  const all = async (limit: number, budgetMs?: number) => {
    if (budgetMs === undefined) {
      const pairs: [string, string][] = [];
      for (let cursor: string | null | undefined; cursor !== null; ) {
        const { data } = await client.listDuplicates({ query: { limit, ...(cursor === undefined ? {} : { cursor }) } });
        pairs.push(...data.items.map(({ customers }) => [customers[0]?.name ?? '', customers[1]?.name ?? ''] as [string, string]));
        expect(data.items.length).toBeLessThanOrEqual(limit);
        cursor = data.page.next;
      }
      return pairs;
    }
    const door = modelDoor({
      login: world.login(world.cell.logins.api, world.cell.passwords.api),
      applicationName: 'test/duplicates',
      connections: 1,
      connectionsPerTenant: 1,
    });
    const finder = new DuplicateFinder(door);
    const pairs: [string, string][] = [];
    let at: Parameters<typeof finder.pairs>[1] | null;
    for (at = undefined; at !== null; ) {
      const page: Awaited<ReturnType<typeof finder.pairs>> = await finder.pairs(
        acme,
        at,
        { by: undefined, minScore: 0.5, limit },
        budgetMs,
      );
      pairs.push(...page.pairs.map(({ customers }) => [customers[0]?.name ?? '', customers[1]?.name ?? ''] as [string, string]));
      at = page.next;
    }
    await door.close();
    return pairs;
  };

  it('are named once each, newest first, whatever the size of the page and however little time a page has', async () => {
    for (let at = 0; at < 4; at += 1) await make({ name: `Person ${'abcd'[at]}`, phone: '+4930123456' });
    for (let at = 0; at < 60; at += 1) await make({ name: randomUUID() });
    await make({ name: 'Late', phone: '+4930123456' });
    const expected = [
      ['Late', 'Person d'],
      ['Late', 'Person c'],
      ['Late', 'Person b'],
      ['Late', 'Person a'],
      ['Person d', 'Person c'],
      ['Person d', 'Person b'],
      ['Person d', 'Person a'],
      ['Person c', 'Person b'],
      ['Person c', 'Person a'],
      ['Person b', 'Person a'],
    ];
    for (const limit of [1, 3, 4, 200]) expect(await all(limit), `limit ${limit}`).toEqual(expected);
    expect(await all(2, 0)).toEqual(expected);
  });

  it('are gone once dismissed, in any order, by hand or again by key; a stranger’s pair is not found', async () => {
    const [ada, eda] = [await make({ name: 'Ada Lovelace' }), await make({ name: 'Ada Lovelacé' })];
    const body = { ids: [eda.id, ada.id.toUpperCase()] };
    expect(await codeOf(other.dismissDuplicate({ body }))).toBe('not-found');
    expect(await codeOf(client.dismissDuplicate({ body: { ids: [ada.id, randomUUID()] } }))).toBe('not-found');
    expect(await codeOf(client.dismissDuplicate({ body: { ids: [ada.id, ada.id] } }))).toBe('invalid-request');
    expect(await all(50)).toHaveLength(1);
    const idempotencyKey = randomUUID();
    for (const key of [{ idempotencyKey }, { idempotencyKey }, {}])
      expect((await client.dismissDuplicate({ body, ...key })).status).toBe(204);
    expect([await of(ada), await of(eda), await all(50)]).toEqual([[], [], []]);
  });

  it('need a cursor of the same query', async () => {
    for (let at = 0; at < 3; at += 1) await make({ name: 'Ada Lovelace' });
    const { next } = (await client.listDuplicates({ query: { limit: 1 } })).data.page;
    expect(next).not.toBeNull();
    expect(await codeOf(client.listDuplicates({ query: { limit: 1, cursor: next ?? '' } }))).toBe('answered');
    expect(await codeOf(client.listDuplicates({ query: { limit: 1, minScore: 0.1, cursor: next ?? '' } }))).toBe('invalid-cursor');
    expect(await codeOf(other.listDuplicates({ query: { limit: 1, cursor: next ?? '' } }))).toBe('invalid-cursor');
  });
});

describe('looking for duplicates', () => {
  it('reads no table whole: every reason has its index', async () => {
    await world.admin.query(
      `insert into ${acme.schema}.customers (id, name, email, phone, status, version, created_at, updated_at)
       select uuidv7(), md5(n::text), md5(n::text) || case n % 3 when 0 then '+x' else '' end || '@' || case n % 5 when 0 then 'gmail.com' else 'example.org' end,
         '+4930' || 100000 + n, 'active', 1, now(), now() from generate_series(1, 20000) n`,
    );
    await world.admin.query(`vacuum analyze ${acme.schema}.customers`);
    const { text } = findDuplicates.of(acme.schema);
    const values = [randomUUID(), 'ada+1@gmail.com', '+4930100001', 'Ada Lovelace', null];
    const { rows } = await world.admin.query<{ 'QUERY PLAN': string }>({ text: `explain ${text}`, values });
    const plan = rows.map((row) => row['QUERY PLAN']).join('\n');
    for (const index of ['customers_email_unique', 'customers_email_alias', 'customers_search']) expect(plan).toContain(index);
    expect(plan.match(/customers_search/g)).toHaveLength(2);
    expect(plan).not.toContain('Seq Scan on customers');
  });
});
