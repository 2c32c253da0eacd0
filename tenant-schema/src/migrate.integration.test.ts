import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { tenantNames } from '@tenantry/contracts';
import { runningStack } from '@tenantry/stack/testing/running-stack.ts';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { CELL_SCHEMA, migrateCell } from './migrate-cell.ts';
import { migrateTenant } from './migrate-tenant.ts';
import { ChangedMigration, MigrationFailed } from './migration-errors.ts';
import { latestVersion, migrationFiles } from './migration-files.ts';
import { migrationsDirectory } from './migrations-directory.ts';
import { claimEpoch, FencedError, requireEpoch } from './operator-epoch.ts';
import { cellVersion, currentTenantVersion, schemaVersions } from './schema-versions.ts';
import { type FreshCell, freshCell } from './testing/fresh-cell.ts';

let cell: FreshCell;
let operator: pg.Client;
const folders: string[] = [];

beforeAll(async () => {
  cell = await freshCell((await runningStack('postgres')).postgres);
  operator = await cell.connectAs('operator');
});
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});
afterAll(async () => await cell?.drop());

/** A schema and its owner, empty, as the operator's schema step leaves it. */
async function emptySchema(slug: string): Promise<{ schema: string; ownerRole: string }> {
  const { schema, ownerRole } = tenantNames(slug, cell.cell);
  await operator.query(`create role "${ownerRole}" nologin; grant "${ownerRole}" to "${cell.logins.operator}" with inherit false, set true;
    create schema ${schema} authorization "${ownerRole}"`);
  return { schema, ownerRole };
}

/** A migrations folder: our first tenant migration, with these tenant files added or replaced. */
function folderWith(files: Record<string, string>): string {
  const folder = mkdtempSync(join(tmpdir(), 'tenantry-migrations-'));
  folders.push(folder);
  cpSync(migrationsDirectory(), folder, { recursive: true, filter: (file) => !/tenant.(?!0001)\d{4}-/.test(file) });
  for (const [name, sql] of Object.entries(files)) writeFileSync(join(folder, name), sql);
  return folder;
}

/** Everything a schema holds, as text: two schemas made the same way have equal ones. */
async function shape(schema: string): Promise<unknown[]> {
  const { rows } = await operator.query(
    `select relname, relkind::text, pg_get_userbyid(relowner) = $2 as owned, attname, format_type(atttypid, atttypmod) as type, attnotnull,
       pg_get_expr(adbin, adrelid) as value, replace(pg_get_indexdef(pg_class.oid), $1 || '.', '') as index
     from pg_class left join pg_attribute on attrelid = pg_class.oid and attnum > 0
       left join pg_attrdef on adrelid = attrelid and adnum = attnum
     where relnamespace = $1::regnamespace order by relname, attnum`,
    [schema, `${schema}_owner@${cell.cell}`],
  );
  return rows;
}

const ADD_NOTES = '-- Notes.\ncreate table notes (id uuid primary key);\n';

describe('migrateTenant', () => {
  it('makes the tables as the owner, records the version, and does nothing the second time', async () => {
    const tenant = await emptySchema('twice');
    const first = await migrateTenant(operator, tenant);
    expect(first).toEqual({ from: 0, to: latestVersion('tenant'), applied: migrationFiles('tenant').map(({ name }) => name) });
    const before = await shape(tenant.schema);
    expect(before.length).toBeGreaterThan(20);
    expect(before.every((row) => (row as { owned: boolean }).owned)).toBe(true);

    expect(await migrateTenant(operator, tenant)).toEqual({ from: first.to, to: first.to, applied: [] });
    expect(await shape(tenant.schema)).toEqual(before);
    expect(await currentTenantVersion(operator, tenant.schema)).toBe(first.to);
    expect((await schemaVersions(operator)).get(tenant.schema)).toBe(first.to);
  });

  it('gives nobody but the owner a right', async () => {
    const tenant = await emptySchema('closed');
    await migrateTenant(operator, tenant);
    const { rows } = await operator.query(`select relname from pg_class where relnamespace = $1::regnamespace and relacl is not null`, [
      tenant.schema,
    ]);
    expect(rows).toEqual([]);
  });

  it('leaves the connection as it found it', async () => {
    const tenant = await emptySchema('tidy');
    await migrateTenant(operator, tenant);
    const { rows } =
      await operator.query(`select current_user::text as role, current_setting('search_path') as path, current_setting('lock_timeout') as lock,
      (select count(*)::int from pg_locks where locktype = 'advisory' and pid = pg_backend_pid()) as locks`);
    expect(rows).toEqual([{ role: cell.logins.operator, path: 'pg_catalog, pg_temp', lock: '0', locks: 0 }]);
  });

  it('heals after a connection killed in the middle of a migration', async () => {
    const tenant = await emptySchema('killed');
    const directory = folderWith({
      'tenant/0002-slow.sql': '-- Slow.\ncreate table half (id int);\nselect pg_sleep(30);\ncreate table other_half (id int);\n',
    });
    const victim = await cell.connectAs('operator');
    const killed = expect(migrateTenant(victim, tenant, { directory })).rejects.toBeInstanceOf(MigrationFailed);
    const admin = await cell.connectAsAdmin();
    await expect
      .poll(
        async () =>
          (
            await admin.query(
              `select pg_terminate_backend(pid) from pg_stat_activity where datname = $1 and query like '%pg_sleep(30)%' and pid <> pg_backend_pid()`,
              [cell.database],
            )
          ).rowCount,
      )
      .toBe(1);
    await killed;

    expect(await currentTenantVersion(operator, tenant.schema)).toBe(1);
    expect(await shape(tenant.schema)).not.toContainEqual(expect.objectContaining({ relname: 'half' }));
    writeFileSync(join(directory, 'tenant/0002-slow.sql'), '-- Slow.\ncreate table half (id int);\ncreate table other_half (id int);\n');
    expect(await migrateTenant(operator, tenant, { directory })).toEqual({ from: 1, to: 2, applied: ['0002-slow'] });

    const unbroken = await emptySchema('unbroken');
    await migrateTenant(operator, unbroken, { directory });
    expect(await shape(tenant.schema)).toEqual(await shape(unbroken.schema));
  });

  it('runs each migration once when several migrators start together', async () => {
    const tenant = await emptySchema('together');
    const directory = folderWith({ 'tenant/0002-notes.sql': ADD_NOTES });
    const migrators = await Promise.all(Array.from({ length: 4 }, () => cell.connectAs('operator')));
    const results = await Promise.all(migrators.map((client) => migrateTenant(client, tenant, { directory })));
    expect(results.flatMap(({ applied }) => applied).sort()).toEqual(['0001-customers', '0002-notes']);
    expect(results.every(({ to }) => to === 2)).toBe(true);
  });

  it('migrates two tenants side by side', async () => {
    const tenants = [await emptySchema('side-one'), await emptySchema('side-two')];
    const clients = await Promise.all(tenants.map(() => cell.connectAs('operator')));
    const results = await Promise.all(
      tenants.map((tenant, index) => migrateTenant(clients[index] ?? operator, tenant, { directory: folderWith({}) })),
    );
    expect(results.map(({ to }) => to)).toEqual([1, 1]);
  });

  it('gives up on a lock that is held too long and says so', async () => {
    const tenant = await emptySchema('held');
    const holder = await cell.connectAs('operator');
    await holder.query(`select pg_advisory_lock(hashtextextended('tenantry.migrate:${tenant.schema}', 0))`);
    await expect(migrateTenant(operator, tenant, { lockTimeoutMs: 50 })).rejects.toThrow(
      `Migrating ${tenant.schema}: another migrator holds`,
    );
    await holder.end();
    await expect.poll(async () => (await migrateTenant(operator, tenant, { directory: folderWith({}) })).to).toBe(1);
  });

  it('rolls a failing migration back whole, keeps those before it, and names file and reason', async () => {
    const tenant = await emptySchema('broken');
    const directory = folderWith({ 'tenant/0002-broken.sql': '-- Broken.\ncreate table fine (id int);\nselect 1 / 0;\n' });
    await expect(migrateTenant(operator, tenant, { directory })).rejects.toMatchObject({
      name: 'MigrationFailed',
      schema: tenant.schema,
      migration: '0002-broken',
      message: `Migrating ${tenant.schema} by 0002-broken: division by zero`,
    });
    expect(await currentTenantVersion(operator, tenant.schema)).toBe(1);
    expect(await shape(tenant.schema)).not.toContainEqual(expect.objectContaining({ relname: 'fine' }));
    expect((await operator.query('select 1 as alive')).rows).toEqual([{ alive: 1 }]);
  });

  it('keeps nothing of a migration whose record could not be written', async () => {
    const tenant = await emptySchema('unrecorded');
    const admin = await cell.connectAsAdmin();
    await admin.query(`create function tenantry.refuse() returns trigger language plpgsql as 'begin raise exception ''no record''; end';
      create trigger refuse before insert on tenantry.schema_versions for each row when (new.name = '0002-unrecorded') execute function tenantry.refuse()`);
    const directory = folderWith({ 'tenant/0002-unrecorded.sql': '-- Unrecorded.\ncreate table orphan (id int);\n' });
    await expect(migrateTenant(operator, tenant, { directory })).rejects.toThrow('no record');
    expect(await shape(tenant.schema)).not.toContainEqual(expect.objectContaining({ relname: 'orphan' }));
    await admin.query('drop function tenantry.refuse cascade');
    expect(await migrateTenant(operator, tenant, { directory })).toMatchObject({ applied: ['0002-unrecorded'] });
  });

  it('does not wait long for a table in use: every request would wait behind it', async () => {
    const tenant = await emptySchema('in-use');
    await migrateTenant(operator, tenant, { directory: folderWith({}) });
    const reader = await cell.connectAsAdmin();
    await reader.query(`begin; select from ${tenant.schema}.customers`);
    const directory = folderWith({ 'tenant/0002-column.sql': '-- Column.\nalter table customers add column note text;\n' });
    await expect(migrateTenant(operator, tenant, { directory })).rejects.toMatchObject({
      name: 'MigrationFailed',
      cause: { code: '55P03' },
    });
    await reader.query('commit');
    expect(await migrateTenant(operator, tenant, { directory })).toMatchObject({ applied: ['0002-column'] });
  });

  it('refuses an applied migration whose text changed, and runs nothing', async () => {
    const tenant = await emptySchema('changed');
    await migrateTenant(operator, tenant, { directory: folderWith({}) });
    const directory = folderWith({
      'tenant/0001-customers.sql': '-- Customers.\ncreate table customers (id int);\n',
      'tenant/0002-notes.sql': ADD_NOTES,
    });
    const failure = await migrateTenant(operator, tenant, { directory }).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(ChangedMigration);
    expect(failure).toMatchObject({
      message: expect.stringContaining('0001-customers: version 1 was applied with another text: restore the file and add a new migration'),
    });
    expect(await currentTenantVersion(operator, tenant.schema)).toBe(1);
  });

  it('refuses an applied version that has another name now', async () => {
    const tenant = await emptySchema('renamed');
    await migrateTenant(operator, tenant, { directory: folderWith({ 'tenant/0002-notes.sql': ADD_NOTES }) });
    const directory = folderWith({ 'tenant/0002-memos.sql': '-- Memos.\ncreate table memos (id uuid primary key);\n' });
    await expect(migrateTenant(operator, tenant, { directory })).rejects.toThrow('version 2 was applied as 0002-notes');
  });

  it('takes CRLF line ends for the same migration', async () => {
    const tenant = await emptySchema('crlf');
    await migrateTenant(operator, tenant, { directory: folderWith({ 'tenant/0002-notes.sql': ADD_NOTES }) });
    const directory = folderWith({ 'tenant/0002-notes.sql': ADD_NOTES.replaceAll('\n', '\r\n') });
    expect(await migrateTenant(operator, tenant, { directory })).toMatchObject({ applied: [] });
  });

  it('leaves a schema alone that is newer than this build', async () => {
    const tenant = await emptySchema('newer');
    await migrateTenant(operator, tenant, { directory: folderWith({ 'tenant/0002-notes.sql': ADD_NOTES }) });
    expect(await migrateTenant(operator, tenant, { directory: folderWith({}) })).toEqual({ from: 2, to: 2, applied: [] });
  });

  it('cannot reach a neighbour’s schema: it runs as the tenant’s owner', async () => {
    await migrateTenant(operator, await emptySchema('neighbour'));
    const tenant = await emptySchema('curious');
    const directory = folderWith({ 'tenant/0002-curious.sql': '-- Curious.\nselect * from t_neighbour.customers;\n' });
    await expect(migrateTenant(operator, tenant, { directory })).rejects.toMatchObject({ cause: { code: '42501' } });
  });
});

describe('fencing', () => {
  it('refuses a migration of an operator that no longer leads, and nothing is written', async () => {
    const tenant = await emptySchema('fenced');
    const old = await claimEpoch(operator, { operator: 'a', holder: 'first' });
    const current = await claimEpoch(operator, { operator: 'a', holder: 'second' });
    expect(current).toBe(old + 1);
    await expect(
      migrateTenant(operator, tenant, { directory: folderWith({}), epoch: { operator: 'a', epoch: old } }),
    ).rejects.toBeInstanceOf(FencedError);
    expect(await currentTenantVersion(operator, tenant.schema)).toBe(0);
    expect(await migrateTenant(operator, tenant, { directory: folderWith({}), epoch: { operator: 'a', epoch: current } })).toMatchObject({
      to: 1,
    });
  });

  it('keeps operators of other names apart', async () => {
    const epoch = await claimEpoch(operator, { operator: "it's mine", holder: 'here' });
    await claimEpoch(operator, { operator: '', holder: 'there' });
    await operator.query('begin');
    await requireEpoch(operator, { operator: "it's mine", epoch });
    await operator.query('commit');
  });

  it('lets a new leader in only after the write transaction of the old one', async () => {
    const epoch = await claimEpoch(operator, { operator: '', holder: 'old' });
    await operator.query('begin');
    await requireEpoch(operator, { operator: '', epoch });
    const successor = await cell.connectAs('operator');
    let claimed = false;
    const claim = claimEpoch(successor, { operator: '', holder: 'new' }).then((next) => {
      claimed = true;
      return next;
    });
    const admin = await cell.connectAsAdmin();
    await expect
      .poll(
        async () =>
          (await admin.query(`select from pg_stat_activity where datname = $1 and wait_event_type = 'Lock'`, [cell.database])).rowCount,
      )
      .toBe(1);
    expect(claimed).toBe(false);
    await operator.query('commit');
    expect(await claim).toBe(epoch + 1);
    await operator.query('begin');
    await expect(requireEpoch(operator, { operator: '', epoch })).rejects.toBeInstanceOf(FencedError);
    await operator.query('rollback');
  });
});

describe('migrateCell', () => {
  it('has brought the cell to the newest version and does nothing the second time', async () => {
    expect(await cellVersion(operator)).toBe(latestVersion('cell'));
    const before = await shape(CELL_SCHEMA);
    expect(await migrateCell(operator, { cell: cell.cell })).toEqual({
      from: latestVersion('cell'),
      to: latestVersion('cell'),
      applied: [],
    });
    expect(await shape(CELL_SCHEMA)).toEqual(before);
  });

  it('heals after every migration it may be killed behind', async () => {
    const broken = await freshCell((await runningStack('postgres')).postgres, 'bootstrapped');
    try {
      expect(await cellVersion(await broken.connectAs('operator'))).toBe(0);
      const admin = await broken.connectAsAdmin();
      for (let version = 1; version <= latestVersion('cell'); version += 1) {
        const victim = await broken.connectAs('operator');
        const killed = migrateCell(endingAfter(version, victim, admin), { cell: broken.cell });
        await (version < latestVersion('cell') ? expect(killed).rejects.toBeInstanceOf(MigrationFailed) : killed);
        expect(await cellVersion(await broken.connectAs('operator'))).toBe(version);
      }
      expect(await migrateCell(await broken.connectAs('operator'), { cell: broken.cell })).toMatchObject({ applied: [] });
    } finally {
      await broken.drop();
    }
  });

  it('is made once by two operators that start together', async () => {
    const fresh = await freshCell((await runningStack('postgres')).postgres, 'bootstrapped');
    try {
      const clients = await Promise.all([fresh.connectAs('operator'), fresh.connectAs('operator')]);
      const results = await Promise.all(clients.map((client) => migrateCell(client, { cell: fresh.cell })));
      expect(results.map(({ applied }) => applied.length).sort()).toEqual([0, latestVersion('cell')]);
    } finally {
      await fresh.drop();
    }
  });
});

/** The client, whose server process is killed once the given version is committed. */
function endingAfter(version: number, client: pg.Client, admin: pg.Client): pg.ClientBase {
  const query = async (...args: [string, unknown[]?]) => {
    const result = await client.query(...args);
    if (args[0].includes(`'tenantry', ${version}, `) || args[0].includes(`${pg.escapeLiteral(CELL_SCHEMA)}, ${version}, `)) {
      const { rows } = await client.query('select pg_backend_pid() as pid');
      await admin.query('select pg_terminate_backend($1)', [rows[0]?.pid]);
    }
    return result;
  };
  return { query } as unknown as pg.ClientBase;
}
