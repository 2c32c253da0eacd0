import { CUSTOMER_LIST, type TenantryClient } from '@tenantry/contracts';
import { runningStack } from '@tenantry/stack/testing/running-stack.ts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ServiceWorld, serviceWorld, type TestTenant } from '../../../testing/service-world.ts';
import { Cursors } from '../../http/cursor.ts';
import type { RequestFilter } from '../../http/parse-request.ts';
import { parseListQuery } from '../../listing/list-query.ts';
import { OneTimeStatement } from '../../postgres/one-time-statement.ts';
import { pooledDoor } from '../../tenancy/doors.ts';
import { customerList } from './customer-list.ts';
import { searchSql, searchTerm } from './customer-search.ts';

const ROWS = 50_000;
let world: ServiceWorld;
let acme: TestTenant;
let client: TenantryClient;

beforeAll(async () => {
  world = await serviceWorld();
  acme = await world.addTenant('acme');
  client = (await world.startApi()).client(await world.token(acme));
  await world.admin.query(
    `insert into ${acme.schema}.customers (id, external_id, name, email, phone, status, segment, attributes, version, created_at, updated_at, deleted_at)
     select gen_random_uuid(), 'crm-' || n, first || ' ' || last, lower(first) || n || '@' || (array['acme', 'globex', 'initech'])[1 + n % 3] || '.example.org',
       '+4930' || 1000000 + n, case when n % 100 = 0 then 'blocked' else 'active' end, case when n % 5 > 0 then 'gold' end, '{}', 1,
       timestamptz '2026-01-01Z' + n * interval '1 minute', timestamptz '2026-01-01Z' + n * interval '2 minutes', case when n % 500 = 0 then now() end
     from (select n, (array['Ada', 'Grace', 'Alan', 'Barbara', 'Zoë', 'Jürgen', 'Søren', 'José', 'Katherine'])[1 + n * 7 % 9] as first,
       (array['Lovelace', 'Hopper', 'Turing', 'Liskov', 'Müller', 'Schmidt', 'Weiß', 'Dijkstra', '田中', 'Schumacher', 'Backus'])[1 + n % 11] as last
       from generate_series(1, ${ROWS}) n) made`,
  );
  await world.admin.query(
    `insert into ${acme.schema}.customers (id, name, email, status, version, created_at, updated_at)
     values (gen_random_uuid(), 'Xanthippe Quux', 'xq@example.org', 'active', 1, now(), now()),
       (gen_random_uuid(), 'Quux & Sons', 'sons@example.org', 'blocked', 1, now(), now()),
       (gen_random_uuid(), '東京 株式会社', null, 'active', 1, now(), now())`,
  );
  await world.admin.query(`vacuum analyze ${acme.schema}.customers`);
}, 120_000);
afterAll(() => world?.[Symbol.asyncDispose]());

const found = async (search: string, filter: Record<string, string> = {}, limit = 50): Promise<(string | undefined)[]> =>
  (await client.listCustomers({ query: { search, limit }, filter })).data.items.map(({ name }) => name);

describe('a search', () => {
  it.each([
    ['words in any order', 'quux xanthippe', 'Xanthippe Quux'],
    ['parts of words', 'thipp', 'Xanthippe Quux'],
    ['capitals and accents that were not typed', 'XÄNTHIPPE', 'Xanthippe Quux'],
    ['a letter left out', 'xantippe', 'Xanthippe Quux'],
    ['letters changed round', 'xanthpipe', 'Xanthippe Quux'],
    ['a letter too few and one too many', 'xantippe quuxs', 'Xanthippe Quux'],
    ['an address', 'xq@example.org', 'Xanthippe Quux'],
    ['two letters where a word begins', 'qu xa', 'Xanthippe Quux'],
    ['Chinese characters', '東京', '東京 株式会社'],
    ['more of them', '株式会', '東京 株式会社'],
    ['the end of an external id', 'm-49999', 'Grace Müller'],
  ])('finds by %s', async (_, text, name) => {
    expect((await found(text))[0]).toBe(name);
  });

  it('does not look for others when enough are found as typed', async () => {
    for (const name of await found('schumacher', {}, 200)) expect(name).toContain('Schumacher');
    expect(await found('schumachr', {}, 200)).toHaveLength(200);
  });

  it('is combined with filters', async () => {
    expect(await found('quux', { status: 'blocked' })).toEqual(['Quux & Sons']);
    expect(await found('quux', { 'createdAt[lt]': '2026-01-01' })).toEqual([]);
  });

  it('gives two hundred at most, and never the deleted ones', async () => {
    expect(await found('example.org', {}, 200)).toHaveLength(200);
    const { rows } = await world.admin.query(`select email from ${acme.schema}.customers where deleted_at is not null limit 1`);
    expect(await found(rows[0].email)).toEqual([]);
  });
});

/** Every node of a plan that was really run or would be. */
function nodesOf(plan: Record<string, unknown>): { node: string; index: string | undefined; table: string | undefined }[] {
  const children = (plan.Plans as Record<string, unknown>[] | undefined) ?? [];
  const own = { node: plan['Node Type'] as string, index: plan['Index Name'] as string, table: plan['Relation Name'] as string };
  return [own, ...children.flatMap(nodesOf)];
}

async function planOf({ text, values }: { text: string; values: unknown[] }, settings = '') {
  await world.admin.query(`begin; ${settings}`);
  const { rows } = await world.admin.query(`explain (format json) ${new OneTimeStatement(text).of(acme.schema).text}`, values);
  await world.admin.query('rollback');
  return nodesOf(rows[0]['QUERY PLAN'][0].Plan);
}

const OPERATORS: Readonly<Record<string, RequestFilter['operator']>> = { createdAt: 'gte', externalId: 'eq', email: 'eq', deleted: 'eq' };
const filtersOf = (filter: Record<string, string>): RequestFilter[] =>
  Object.entries(filter).map(([field, value]) => ({ field, operator: OPERATORS[field] ?? 'in', value }));

describe('the plan', () => {
  it.each([
    'quux',
    'xantippe quxx',
    'ada',
    'example.org',
    'grace hopper',
    'schumachr',
    'crm-77',
    '株式会',
    'a',
    'qu xa',
    '%%%abc',
    'zzzzz',
  ])('of a search for %s reads the table through an index', async (text) => {
    const term = searchTerm(text);
    if (term === undefined) expect.fail('nothing to look for');
    for (const filter of [{}, { status: 'blocked' }]) {
      const query = parseListQuery(customerList.definition, filtersOf(filter), { limit: 50 });
      const nodes = await planOf(searchSql(customerList, query, term, 51), 'set local enable_seqscan = off');
      expect(nodes.filter(({ node }) => node === 'Seq Scan')).toEqual([]);
      expect(nodes.filter(({ index }) => index === 'customers_search' || index === 'customers_pkey').length).toBeGreaterThan(0);
    }
  });

  const pageOf = (sort: string | undefined, filter: Record<string, string>, keys?: string[]) => {
    const query = parseListQuery(customerList.definition, filtersOf(filter), { limit: 50, sort });
    return planOf(customerList.pageSql(query, keys === undefined ? undefined : { side: 'after', keys }, 51));
  };

  it.each<[string, string | undefined, Record<string, string>, string[] | undefined, string]>([
    ['the default', undefined, {}, ['80000000-0000-4000-8000-000000000000'], 'customers_pkey'],
    ['the newest', '-createdAt', {}, undefined, 'customers_created'],
    ['the newest, far in', '-createdAt', {}, ['2026-01-10T00:00:00Z', '80000000-0000-4000-8000-000000000000'], 'customers_created'],
    ['the oldest', 'createdAt', {}, undefined, 'customers_created'],
    ['one status', undefined, { status: 'blocked' }, undefined, 'customers_pkey'],
    ['the last hour', undefined, { createdAt: '2026-02-04T16:00:00Z' }, undefined, 'customers_created'],
    ['one external id', undefined, { externalId: 'crm-777' }, undefined, 'customers_external_id_unique'],
    ['one address', undefined, { email: 'ADA777@acme.example.org' }, undefined, 'customers_email_unique'],
    ['an old period', undefined, { createdAt: '2026-01-01T00:00:00Z' }, undefined, 'customers_created'],
    ['one name', undefined, { name: 'Quux & Sons' }, undefined, 'customers_search'],
    ['one of two names', undefined, { name: 'Quux & Sons,Xanthippe Quux' }, undefined, 'customers_search'],
    ['one phone number', undefined, { phone: '+491047777' }, undefined, 'customers_search'],
    ['the deleted', undefined, { deleted: 'true' }, undefined, 'customers_deleted'],
  ])('of %s uses its index', async (_, sort, filter, keys, index) => {
    const nodes = await pageOf(sort, filter, keys);
    expect(nodes.map((node) => node.index)).toContain(index);
    expect(nodes.map(({ node }) => node)).not.toContain('Seq Scan');
  });
});

it('queries of a hundred shapes leave no prepared statement behind on their connection, but the one for the default and what opens a flight', async () => {
  const connection = world.pooledConnection();
  const door = pooledDoor({ connect: () => connection, connections: 1, connectionsPerTenant: 1 });
  const parts = { door, cursors: new Cursors([Buffer.alloc(32, 1)]) };
  const list = (request: object, filters: RequestFilter[] = []) =>
    customerList.answer(parts, { tenant: acme, params: {}, filters, query: { limit: 1, ...request } });
  await list({});
  for (const first of CUSTOMER_LIST.sorts) {
    for (const second of CUSTOMER_LIST.sorts) {
      if (first !== second) await list({ sort: `${first},-${second}` }, [{ field: 'status', operator: 'in', value: 'active' }]);
    }
  }
  const rows = await door.read(acme, (tx) => tx.run(new OneTimeStatement('select name from pg_prepared_statements'), []));
  expect(rows.map(({ name }) => name).sort()).toEqual([`customers_list:${acme.schema}`, 'read_as_tenant', 'read_as_tenant_kept']);
});

it('lists and searches answer the same through PgBouncer, where no statement has a name', async () => {
  const { pgbouncer } = await runningStack('postgres', 'pgbouncer');
  const rows = { ...world.login(world.cell.logins.api, world.cell.passwords.api), ...pgbouncer };
  const pooled = (await world.startApi({ rows, namedStatements: false })).client(await world.token(acme));
  const calls: Parameters<TenantryClient['listCustomers']>[0][] = [
    {},
    { query: { sort: '-createdAt,name', limit: 3, count: 'exact', fields: 'name' }, filter: { status: 'blocked' } },
    { query: { search: 'xantippe quuxs' } },
    { query: { search: 'ada' }, filter: { 'createdAt[gte]': '2026-01-20' } },
  ];
  for (const call of calls) expect((await pooled.listCustomers(call)).data).toEqual((await client.listCustomers(call)).data);
});
