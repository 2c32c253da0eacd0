import { API_SHARDS, apiShardLogin, cellGroups } from '@tenantry/contracts';
import { runningStack } from '@tenantry/stack/testing/running-stack.ts';
import type pg from 'pg';
import { afterEach, describe, expect, it } from 'vitest';
import { bootstrapCell } from './bootstrap-cell.ts';
import { migrateCell } from './migrate-cell.ts';
import { type FreshCell, freshCell } from './testing/fresh-cell.ts';
import { provisionTenantDatabase } from './testing/provision-tenant-database.ts';

const open: FreshCell[] = [];
afterEach(async () => {
  for (const cell of open.splice(0)) await cell.drop();
});

async function cellUntil(...until: Parameters<typeof freshCell> extends [unknown, ...infer Rest] ? Rest : never): Promise<FreshCell> {
  const cell = await freshCell((await runningStack('postgres')).postgres, ...until);
  open.push(cell);
  return cell;
}

/** Rights and roles of the database, as text. */
async function state(client: pg.Client, cell: string): Promise<unknown> {
  const { rows } = await client.query(
    `select (select array_agg(acl::text order by acl::text) from pg_database, unnest(datacl) as acl where datname = current_database()) as database,
       (select array_agg(acl::text order by acl::text) from pg_namespace, unnest(nspacl) as acl where nspname = 'public') as public,
       (select json_agg(role order by rolname) from (select rolname, rolsuper, rolinherit, rolcreaterole, rolcreatedb, rolcanlogin, rolreplication, rolbypassrls, rolconfig
          from pg_roles where rolname like '%@' || $1) as role) as roles,
       (select json_agg(json_build_array(roleid::regrole, member::regrole, admin_option, inherit_option, set_option) order by 1) from pg_auth_members
          where member in (select oid from pg_roles where rolname like '%@' || $1)) as members`,
    [cell],
  );
  return rows[0];
}

describe('bootstrapCell', () => {
  it('comes to the same state when run again', async () => {
    const cell = await cellUntil('bootstrapped');
    const admin = await cell.connectAsAdmin();
    const before = await state(admin, cell.cell);
    await bootstrapCell(admin, cell);
    expect(await state(admin, cell.cell)).toEqual(before);
  });

  it('makes logins that are neither superusers nor inherit, and only the operator may make roles', async () => {
    const cell = await cellUntil('bootstrapped');
    const { rows } = await (await cell.connectAsAdmin()).query(
      `select rolname, rolcreaterole as makes from pg_roles where rolcanlogin and rolname like '%@' || $1 and not (rolsuper or rolinherit or rolbypassrls or rolcreatedb or rolreplication) order by 1`,
      [cell.cell],
    );
    expect(rows).toEqual(
      [...Object.values(cell.logins), ...Array.from({ length: API_SHARDS }, (_, shard) => apiShardLogin(cell.cell, shard))]
        .sort()
        .map((rolname) => ({ rolname, makes: rolname === cell.logins.operator })),
    );
  });

  it('changes passwords: the new one opens, the old one does not', async () => {
    const cell = await cellUntil('bootstrapped');
    const { relay } = cell.logins;
    await bootstrapCell(await cell.connectAsAdmin(), { cell: cell.cell, passwords: { ...cell.passwords, relay: 'changed' } });
    await expect(cell.connect(relay, cell.passwords.relay)).rejects.toMatchObject({ code: '28P01' });
    const { rows } = await (await cell.connect(relay, 'changed')).query('select session_user::text as role');
    expect(rows).toEqual([{ role: relay }]);
  });

  it('stores SCRAM verifiers made here: the server never saw the password', async () => {
    const cell = await cellUntil('bootstrapped');
    const { rows } = await (await cell.connectAsAdmin()).query('select rolpassword as stored from pg_authid where rolname = $1', [
      cell.logins.api,
    ]);
    expect(rows[0]?.stored).toMatch(/^SCRAM-SHA-256\$4096:/);
  });

  it('leaves PUBLIC nothing in the database', async () => {
    const cell = await cellUntil('bootstrapped');
    const admin = await cell.connectAsAdmin();
    const { rows } = await admin.query(
      `select has_database_privilege('public', current_database(), 'connect, create, temporary') as database, has_schema_privilege('public', 'public', 'usage, create') as schema,
         has_function_privilege('public', 'pg_catalog.lo_create(oid)', 'execute') as large, has_function_privilege('public', 'pg_catalog.pg_advisory_lock(bigint)', 'execute') as lock`,
    );
    expect(rows).toEqual([{ database: false, schema: false, large: false, lock: false }]);
  });

  it('closes the server’s own databases, where a tenant’s login could fill the disk', async () => {
    const cell = await cellUntil('created');
    const admin = await cell.connectAsAdmin();
    await admin.query('grant connect, temporary on database template1 to public');
    await bootstrapCell(admin, cell);
    const { rows } = await admin.query(
      `select datname from pg_database where datname in ('postgres', 'template1') and has_database_privilege('public', oid, 'connect, temporary')`,
    );
    expect(rows).toEqual([]);
  });

  it('rolls back whole and frees the connection when it fails', async () => {
    const cell = await cellUntil('created');
    const admin = await cell.connectAsAdmin();
    const api = await cell.connectAsAdmin();
    await api.query(`begin; create role "${cell.logins.api}"`);
    await admin.query(`set lock_timeout = 100`);
    await expect(bootstrapCell(admin, cell)).rejects.toMatchObject({ code: '55P03' });
    await api.query('rollback');
    const { rows } = await admin.query(`select from pg_roles where rolname = any ($1)`, [
      [...Object.values(cell.logins), ...Object.values(cellGroups(cell.cell))],
    ]);
    expect(rows).toEqual([]);
    await bootstrapCell(admin, cell);
  });

  it('needs no superuser: an administrator as on RDS makes a cell that serves a tenant', async () => {
    const cell = await cellUntil('created');
    const root = await cell.connectAsAdmin();
    const name = `"rds_admin@${cell.cell}"`;
    await root.query(`create role ${name} login createrole password 'rds'; alter database ${cell.database} owner to ${name}`);
    await bootstrapCell(await cell.connect(name.replaceAll('"', ''), 'rds'), cell);
    await bootstrapCell(await cell.connect(name.replaceAll('"', ''), 'rds'), cell);
    const operator = await cell.connectAs('operator');
    await migrateCell(operator, cell);
    const tenant = await provisionTenantDatabase(operator, { slug: 'acme', cell: cell.cell, password: 'acme' });
    const { rows } = await (await cell.connect(tenant.login(1), 'acme')).query('select slug from tenantry.tenants');
    expect(rows).toEqual([{ slug: 'acme' }]);
  });
});
