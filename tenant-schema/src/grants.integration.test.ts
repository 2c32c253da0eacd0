import { cellLogins, type TenantNames } from '@tenantry/contracts';
import { runningStack } from '@tenantry/stack/testing/running-stack.ts';
import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findGrants } from './find-grants.ts';
import { grantStatements, planGrants } from './plan-grants.ts';
import { GRANTED_TABLES, type TenantState, tenantGrants } from './tenant-grants.ts';
import { type FreshCell, freshCell } from './testing/fresh-cell.ts';
import { provisionTenantDatabase } from './testing/provision-tenant-database.ts';

let cell: FreshCell;
let operator: pg.Client;
let admin: pg.Client;
let acme: TenantNames;
let globex: TenantNames;

beforeAll(async () => {
  cell = await freshCell((await runningStack('postgres')).postgres);
  operator = await cell.connectAs('operator');
  admin = await cell.connectAsAdmin();
  acme = await provisionTenantDatabase(operator, { slug: 'acme', cell: cell.cell, password: 'acme' });
  globex = await provisionTenantDatabase(operator, { slug: 'globex', cell: cell.cell });
});
afterAll(async () => await cell?.drop());

async function plan(state: TenantState = 'Active') {
  const found = (await findGrants(operator, [acme])).get(acme.schema) ?? [];
  return planGrants(tenantGrants(acme, cell.cell, { state, generations: [1] }), found);
}

/** As the operator's grants step does it. */
async function bringTo(state: TenantState): Promise<void> {
  await operator.query(`begin;\n${grantStatements(acme, await plan(state))}\ncommit;`);
}

describe('grants', () => {
  it('are all there after provisioning, and none beyond', async () => {
    expect(await plan()).toMatchObject({ missing: [], extra: [] });
  });

  it('are found for all tenants of a cell at once', async () => {
    const found = await findGrants(operator, [acme, globex]);
    for (const [names, generations] of [
      [acme, [1]],
      [globex, []],
    ] as const) {
      expect(planGrants(tenantGrants(names, cell.cell, { state: 'Active', generations }), found.get(names.schema) ?? [])).toMatchObject({
        missing: [],
        extra: [],
      });
    }
  });

  it('cover every table a tenant has', async () => {
    const { rows } = await operator.query(
      `select relname::text as name from pg_class where relnamespace = $1::regnamespace and relkind in ('r', 'p', 'v', 'm', 'S', 'f') order by 1`,
      [acme.schema],
    );
    expect(rows.map(({ name }) => name)).toEqual([...GRANTED_TABLES].sort());
  });

  it.each(['ReadOnly', 'Suspended', 'Closed', 'Active', 'Closed', 'Provisioning', 'ReadOnly', 'Active'] as const)(
    'follow the tenant to %s',
    async (state) => {
      await bringTo(state);
      expect(await plan(state)).toMatchObject({ missing: [], extra: [] });
    },
  );

  it.each<[TenantState, Record<string, boolean>]>([
    ['Active', { logsIn: true, reads: true, writes: true, announces: true }],
    ['ReadOnly', { logsIn: true, reads: true, writes: false, announces: false }],
    ['Suspended', { logsIn: false, reads: false, writes: false, announces: false }],
    ['Closed', { logsIn: false, reads: false, writes: false, announces: false }],
  ])('make %s what it says at the dedicated door', async (state, can) => {
    await bringTo(state);
    const login = await cell.connect(acme.login(1), 'acme').catch(() => undefined);
    const tries = async (sql: string) => (await login?.query(sql).catch(() => undefined)) !== undefined;
    expect({
      logsIn: login !== undefined,
      reads: await tries('select * from t_acme.customers'),
      writes: await tries(
        `insert into t_acme.customers (id, name, status, version, created_at, updated_at) values (gen_random_uuid(), 'x', 'active', 1, now(), now())`,
      ),
      announces: await tries(
        `insert into tenantry.outbox (id, type, aggregate, aggregate_id, version, occurred_at, data) values (gen_random_uuid(), 'x', 'x', gen_random_uuid(), 1, now(), '{}')`,
      ),
    }).toEqual(can);
    await login?.end();
    await bringTo('Active');
  });

  it.each(['api', 'jobs', 'sender'] as const)('close the door of %s too when the tenant is suspended', async (login) => {
    await bringTo('Suspended');
    const client = await cell.connectAs(login);
    await expect(client.query(`set role "${acme.appRole}"`)).rejects.toMatchObject({ code: '42501' });
    await bringTo('Active');
    await client.query(`set role "${acme.appRole}"`);
  });

  it('leave the projector its door when the tenant is suspended, so that what happened before is in the log', async () => {
    await bringTo('Suspended');
    const projector = await cell.connectAs('projector');
    await projector.query(`set role "${acme.appRole}"`);
    await projector.query('reset role');
    await bringTo('Closed');
    await expect(projector.query(`set role "${acme.appRole}"`)).rejects.toMatchObject({ code: '42501' });
    await bringTo('Active');
  });

  it('give jobs nothing of a tenant until it takes the role', async () => {
    const jobs = await cell.connectAs('jobs');
    await expect(jobs.query('select from t_acme.customers')).rejects.toMatchObject({ code: '42501' });
    await expect(jobs.query('select from tenantry.tenants')).rejects.toMatchObject({ code: '42501' });
    await jobs.query(`set role "${acme.appRole}"`);
    await jobs.query('select from t_acme.customers');
    await expect(jobs.query('select from t_globex.customers')).rejects.toMatchObject({ code: '42501' });
  });

  it.each([
    ['a revoked right', 'revoke insert on t_acme.customers from "app"'],
    ['a revoked membership', 'revoke "app" from "api"'],
    ['a right for PUBLIC', 'grant select on t_acme.customers to public'],
    ['the schema opened to a neighbour', 'grant usage, create on schema t_acme to "neighbour"'],
    ['one column opened to a neighbour', 'grant select (email), update (name) on t_acme.customers to "neighbour"'],
    [
      'a right passed on',
      'grant select on t_acme.customers to "app" with grant option; set role "app"; grant select on t_acme.customers to "neighbour"; reset role',
    ],
    [
      'a function anybody may call',
      'set role "owner"; create function t_acme.probe(a int, b text) returns int language sql return 1; grant execute on function t_acme.probe to public; reset role',
    ],
    ['a sequence opened', 'set role "owner"; create sequence t_acme.seq; grant usage on sequence t_acme.seq to "neighbour"; reset role'],
    ['history that may be changed', 'grant update, delete on t_acme.history to "app"'],
    [
      'a neighbour that may become the tenant, let in by the operator',
      'set role "operator"; grant "app" to "neighbour" with inherit true, set true; reset role',
    ],
    ['a door that inherits', 'set role "operator"; grant "app" to "api" with inherit true; reset role'],
    ['an app role in a group of another kind', 'set role "operator"; grant "login" to "app"; reset role'],
  ])('come back after %s', async (_, sql) => {
    const roles: Record<string, string> = {
      app: acme.appRole,
      owner: acme.ownerRole,
      neighbour: globex.appRole,
      login: `tenantry_login@${cell.cell}`,
      ...cellLogins(cell.cell),
    };
    // By hand means by a superuser, who revokes in the name of the operator what the operator gave.
    const byHand = sql.replaceAll(/"(\w+)"/g, (name, key: string) => (roles[key] === undefined ? name : `"${roles[key]}"`));
    await admin.query(byHand.includes('revoke "') ? `${byHand} granted by "${cell.logins.operator}"` : byHand);
    const before = await plan();
    expect(before.missing.length + before.extra.length).toBeGreaterThan(0);
    await bringTo('Active');
    expect(await plan()).toMatchObject({ missing: [], extra: [] });
  });
});
