import type { ProblemError, TenantryClient } from '@tenantry/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunningApi, type ServiceWorld, serviceWorld, type TestTenant } from '../../../testing/service-world.ts';
import { parseFilters } from '../../listing/parse-filters.ts';
import { type ModelDoor, modelDoor } from '../../tenancy/model-door.ts';
import { type AuditPosition, AuditReader, BEGINNING } from './audit-reader.ts';

let world: ServiceWorld;
let api: RunningApi;
let acme: TestTenant;
let big: TestTenant;
let door: ModelDoor;

beforeAll(async () => {
  world = await serviceWorld();
  acme = await world.addTenant('acme');
  big = await world.addTenant('big');
  api = await world.startApi();
  door = modelDoor({
    login: world.login(world.cell.logins.api, world.cell.passwords.api),
    applicationName: 'test/audit',
    connections: 1,
    connectionsPerTenant: 1,
  });
  // Two years in bursts: an import of 20,000 within a minute, ten quiet months, and a few changes a day since.
  await world.admin.query(`
    insert into ${big.schema}.history (aggregate, aggregate_id, version, changed_at, actor, change, after)
    select 'customer', uuidv7(), 1, timestamptz '2024-11-22T12:00Z' + n * interval '3 ms', 'importer', 'created', '{}'::jsonb from generate_series(1, 20000) n
    union all
    select 'customer', uuidv7(), 1, timestamptz '2025-09-22T12:00Z' + (n / 3) * interval '10 hours', case when n % 100 = 0 then 'rare' else 'person' end,
      case when n % 2 = 0 then 'updated' else 'deleted' end, '{}'::jsonb from generate_series(1, 2000) n`);
  await world.admin.query(`vacuum analyze ${big.schema}.history`);
});
afterAll(async () => {
  await door?.close();
  await world?.[Symbol.asyncDispose]();
});

const fields = {
  actor: { type: 'text', operators: ['eq'] },
  change: { type: 'choice', operators: ['eq', 'in'], choices: ['created', 'updated', 'deleted'] },
  aggregateId: { type: 'id', operators: ['eq'] },
  changedAt: { type: 'instant', operators: ['gte', 'gt', 'lt', 'lte'] },
} as const;
const conditions = (filters: readonly [string, 'eq' | 'in' | 'gte' | 'lt', string][]) =>
  parseFilters(
    fields,
    filters.map(([field, operator, value]) => ({ field, operator, value })),
  );
/** Every entry of a walk with pages of `limit`, as `version id time`. */
async function walk(filters: Parameters<typeof conditions>[0], limit: number, budgetMs?: number): Promise<string[]> {
  const reader = new AuditReader(door);
  const seen: string[] = [];
  for (let at: AuditPosition | null = BEGINNING; at !== null; ) {
    const page = await reader.page(big, at, conditions(filters), limit, budgetMs);
    expect(page.entries.length).toBeLessThanOrEqual(limit);
    seen.push(...page.entries.map(({ changedAt, aggregateId, version }) => `${changedAt} ${aggregateId} ${version}`));
    at = page.next;
  }
  return seen;
}
const expected = async (where: string) => {
  const { rows } = await world.admin.query(
    `select changed_at, aggregate_id, version from ${big.schema}.history where ${where} order by changed_at desc, aggregate_id desc, version desc`,
  );
  return rows.map((row) => `${row.changed_at.toISOString()} ${row.aggregate_id} ${row.version}`);
};

describe('the audit list', () => {
  it('says who did what to which, newest first, with the fields that changed', async () => {
    const [admin, editor] = [
      api.client(await world.token(acme, { subject: 'the-admin', groups: ['/admin'] })),
      api.client(await world.token(acme, { subject: 'the-editor', groups: ['/editor'] })),
    ];
    const made = (await editor.createCustomer({ body: { name: 'Ada', segment: 'a' } })).data;
    await admin.updateCustomer({ params: { id: made.id }, ifMatch: '"1"', body: { segment: 'b' } });
    const account = (await editor.createAccount({ params: { id: made.id }, body: { type: 'current', currency: 'EUR' } })).data;
    const { items } = (await admin.listAudit({ query: {} })).data;
    expect(items.map(({ aggregate, aggregateId, version, change, actor }) => [aggregate, aggregateId, version, change, actor])).toEqual([
      ['account', account.id, 1, 'created', 'the-editor'],
      ['customer', made.id, 2, 'updated', 'the-admin'],
      ['customer', made.id, 1, 'created', 'the-editor'],
    ]);
    expect(items[1]).toMatchObject({
      changes: [{ pointer: '/segment', before: 'a', after: 'b' }],
      traceId: expect.stringMatching(/^[0-9a-f]{32}$/),
    });
    const get = async (query: string, token = 'the-admin', role = 'admin') => {
      const response = await fetch(`${api.url}/v1/audit?${query}`, {
        headers: { authorization: `Bearer ${await world.token(acme, { subject: token, groups: [`/${role}`] })}` },
      });
      return {
        status: response.status,
        body: (await response.json()) as { items: { version: number }[]; page: { next: string }; code: string },
      };
    };
    expect((await get('filter[actor]=the-editor&filter[aggregate]=customer')).body.items).toHaveLength(1);
    expect(
      (await get(`filter[aggregateId]=${made.id}&filter[change][in]=created,updated`)).body.items.map(({ version }) => version),
    ).toEqual([2, 1]);
    expect((await get('filter[changedAt][gte]=2020-01-01&filter[changedAt][lt]=2021-01-01')).body.items).toEqual([]);
    for (const wrong of ['filter[actor][contains]=x', 'filter[aggregateId]=x', 'filter[change]=gone', 'filter[nobody]=x']) {
      expect((await get(wrong)).status, wrong).toBe(400);
    }
    const { next } = (await get('limit=1')).body.page;
    expect((await get(`limit=1&cursor=${next}`)).body.items).toEqual([expect.objectContaining({ version: 2 })]);
    expect((await get(`limit=1&cursor=${next}&filter[actor]=the-editor`)).body.code).toBe('invalid-cursor');
    for (const role of ['editor', 'viewer', 'machine'] as const) expect((await get('', role, role)).body.code).toBe('role-missing');
  });

  it('shows nothing of another tenant', async () => {
    const initech = await world.addTenant('initech');
    const client: TenantryClient = api.client(await world.token(initech, { groups: ['/admin'] }));
    expect((await client.listAudit({ query: {} })).data.items).toEqual([]);
    const failed = await client.listAudit({ query: { cursor: 'AAAA' } }).catch((error: unknown) => error as ProblemError);
    expect((failed as ProblemError).problem.code).toBe('invalid-cursor');
  });

  it('has every entry once and in order, in bursts and quiet years, whatever the page, the filter and the time it is given', async () => {
    const cases: [Parameters<typeof conditions>[0], string, number, number?][] = [
      [[], 'true', 200],
      [[['actor', 'eq', 'rare']], `actor = 'rare'`, 7],
      [[['actor', 'eq', 'rare']], `actor = 'rare'`, 50, 0],
      [[['actor', 'eq', 'nobody']], 'false', 50],
      [[['change', 'in', 'updated,deleted']], `change <> 'created'`, 150, 0],
      [
        [
          ['changedAt', 'gte', '2024-11-22T12:00:30Z'],
          ['changedAt', 'lt', '2025-10-01T00:00:00Z'],
        ],
        `changed_at >= '2024-11-22T12:00:30Z' and changed_at < '2025-10-01'`,
        200,
      ],
    ];
    for (const [filters, where, limit, budgetMs] of cases) {
      const all = await expected(where);
      expect(await walk(filters, limit, budgetMs), JSON.stringify([filters, limit, budgetMs])).toEqual(all);
    }
  });

  it('finds a span of time by its index, and one thing by the primary key', async () => {
    const plan = async (where: string) => {
      const { rows } = await world.admin.query<{ 'QUERY PLAN': string }>(
        `explain select * from ${big.schema}.history where ${where} limit 51`,
      );
      return rows.map((row) => row['QUERY PLAN']).join('\n');
    };
    expect(await plan(`changed_at >= '2025-09-22T00:00Z' and changed_at < '2025-09-23'`)).toContain('history_changed_at');
    const id = `aggregate_id = '019a9a4e-5e0c-7c3f-9d55-0f6a3b7c1d22'`;
    expect(await plan(`changed_at >= '1970-01-01' and changed_at < '9999-12-31' and ${id}`)).toContain('history_pkey');
  });
});
