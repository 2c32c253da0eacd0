import { type FreshCell, freshCell } from '@tenantry/tenant-schema/testing/fresh-cell.ts';
import { provisionTenantDatabase } from '@tenantry/tenant-schema/testing/provision-tenant-database.ts';
import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type RunningStack, runningStack } from '../../testing/running-stack.ts';

let stack: RunningStack;
let cell: FreshCell;
let tenantLogin: string;
const open: pg.Client[] = [];

beforeAll(async () => {
  stack = await runningStack('postgres', 'pgbouncer');
  cell = await freshCell(stack.postgres);
  const names = await provisionTenantDatabase(await cell.connectAs('operator'), {
    slug: 'acme',
    cell: cell.cell,
    password: 'acme-password',
  });
  tenantLogin = names.login(1);
});
afterAll(async () => {
  await Promise.all(open.map((client) => client.end().catch(() => {})));
  await cell?.drop();
});

it('lets the api of any cell in, and keeps its role inside the transaction', async () => {
  const client = await connect(cell.logins.api, cell.passwords.api);
  await client.query(`begin; set local role "t_acme_app@${cell.cell}"`);
  expect((await client.query('select current_user::text as role')).rows).toEqual([{ role: `t_acme_app@${cell.cell}` }]);
  await client.query('commit');
  expect((await client.query('select current_user::text as role')).rows).toEqual([{ role: cell.logins.api }]);
});

it('lets a tenant’s own login in, as its app role', async () => {
  const client = await connect(tenantLogin, 'acme-password');
  const { rows } = await client.query('select session_user::text as login, current_user::text as role');
  expect(rows).toEqual([{ login: tenantLogin, role: `t_acme_app@${cell.cell}` }]);
});

it('refuses a wrong password, and a client without TLS', async () => {
  await expect(connect(cell.logins.api, 'wrong')).rejects.toThrow(/auth|password/i);
  await expect(connect(cell.logins.api, cell.passwords.api, false)).rejects.toThrow(/SSL|TLS/i);
});

it('serves many clients with few connections', async () => {
  const clients = await Promise.all(Array.from({ length: 40 }, () => connect(cell.logins.api, cell.passwords.api)));
  const pids = await Promise.all(
    clients.map(async (client) => (await client.query('select pg_backend_pid() as pid')).rows[0].pid as number),
  );
  expect(new Set(pids).size).toBeLessThanOrEqual(10);
});

async function connect(user: string, password: string, ssl: pg.ClientConfig['ssl'] = { ca: stack.ca }): Promise<pg.Client> {
  const client = new pg.Client({ ...stack.pgbouncer, database: cell.database, user, password, ssl });
  client.on('error', () => {}); // Dropping the cell ends them.
  await client.connect();
  open.push(client);
  return client;
}
