import { runningStack } from '@tenantry/stack/testing/running-stack.ts';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { GRANTED_TABLES } from './tenant-grants.ts';
import { type FreshCell, freshCell } from './testing/fresh-cell.ts';
import { provisionTenantDatabase } from './testing/provision-tenant-database.ts';

/** SQLSTATEs a probe may end with. */
const DENIED = '42501';
const NO_SUCH_FUNCTION = '42883';
const UNSUPPORTED = '0A000';

interface Probe {
  readonly tries: string;
  readonly sql: string;
  readonly code?: string;
}

const OTHER_ID = '019a9a4e-0000-7000-8000-000000000001';
const EVENT_COLUMNS = 'id, type, aggregate, aggregate_id, version, occurred_at, data';
const EVENT_VALUES = `gen_random_uuid(), 'probe', 'customer', gen_random_uuid(), 1, now(), '{}'`;

/** Every crossing we could think of, as the tenant `acme`; `globex` is the neighbour. `@cell` is filled in. All must be refused. */
const probes: readonly Probe[] = [
  ...GRANTED_TABLES.map((table) => ({ tries: `read a neighbour’s ${table}`, sql: `select * from t_globex.${table}` })),
  ...GRANTED_TABLES.map((table) => ({ tries: `add to a neighbour’s ${table}`, sql: `insert into t_globex.${table} default values` })),
  { tries: 'read one column of a neighbour’s history', sql: 'select after from t_globex.history' },
  { tries: 'count a neighbour’s rows', sql: 'select count(*) from t_globex.customers' },
  {
    tries: 'write into a neighbour’s table',
    sql: `insert into t_globex.customers (id, name, status, version, created_at, updated_at) values (gen_random_uuid(), 'x', 'active', 1, now(), now())`,
  },
  { tries: 'change a neighbour’s row', sql: `update t_globex.customers set name = 'x' where id = '${OTHER_ID}'` },
  { tries: 'delete a neighbour’s row', sql: 'delete from t_globex.customers' },
  { tries: 'empty a neighbour’s table', sql: 'truncate t_globex.customers' },
  { tries: 'lock a neighbour’s table', sql: 'lock table t_globex.customers in access share mode' },
  { tries: 'call a neighbour’s function', sql: 'select t_globex.secret()' },
  {
    tries: 'reach a neighbour’s table through a regclass and XML',
    sql: `select table_to_xml('t_globex.customers'::regclass, true, false, '')`,
  },
  {
    tries: 'reach a neighbour’s table through a query in a string',
    sql: `select query_to_xml('select * from t_globex.customers', true, false, '')`,
  },
  { tries: 'copy a neighbour’s table out', sql: 'copy t_globex.customers to stdout' },
  { tries: 'make a foreign key that tests a neighbour’s ids', sql: 'create table t_acme.probe (id uuid references t_globex.customers)' },
  {
    tries: 'put a trigger on a neighbour’s table',
    sql: 'create trigger probe after insert on t_globex.customers execute function tenantry.announce_tenants()',
  },
  { tries: 'become the operator', sql: 'set role "tenantry_operator@cell"' },
  { tries: 'become the relay', sql: 'set role "tenantry_relay@cell"' },
  { tries: 'become the registry’s reader', sql: 'set role "tenantry_registry@cell"' },
  { tries: 'become the own owner', sql: 'set role "t_acme_owner@cell"' },
  { tries: 'become a group', sql: 'set role "tenantry_writer@cell"' },
  { tries: 'become the operator by set_config', sql: `select set_config('role', 'tenantry_operator@cell', true)` },
  { tries: 'become the neighbour for the session', sql: 'set session authorization "t_globex_app@cell$1"' },
  { tries: 'make a table in the own schema', sql: 'create table t_acme.probe (id int)' },
  { tries: 'make a function in the own schema', sql: 'create function t_acme.probe() returns int language sql return 1' },
  { tries: 'make a table in a neighbour’s schema', sql: 'create table t_globex.probe (id int)' },
  { tries: 'make a table in public', sql: 'create table public.probe (id int)' },
  {
    tries: 'make a function in extensions, in front of others',
    sql: 'create function extensions.search_fold(int) returns text language sql return 1::text',
  },
  { tries: 'make a table in the cell’s schema', sql: 'create table tenantry.probe (id int)' },
  { tries: 'make a schema', sql: 'create schema probe' },
  { tries: 'shadow a table by a temporary one', sql: 'create temporary table customers (id int)' },
  { tries: 'make a temporary view', sql: 'create temporary view probe as select 1' },
  { tries: 'make a role', sql: 'create role probe' },
  { tries: 'install an extension', sql: 'create extension hstore' },
  { tries: 'install dblink', sql: 'create extension dblink' },
  { tries: 'connect onwards by dblink', sql: `select dblink_connect('host=127.0.0.1')`, code: NO_SUCH_FUNCTION },
  { tries: 'make a large object', sql: 'select lo_create(0)' },
  { tries: 'make a large object from bytes', sql: `select lo_from_bytea(0, 'x')` },
  { tries: 'read a large object', sql: 'select lo_get(1)' },
  { tries: 'import a file of the server', sql: `select lo_import('/etc/passwd')` },
  { tries: 'read a file of the server', sql: `select pg_read_file('/etc/passwd')` },
  { tries: 'list a directory of the server', sql: `select pg_ls_dir('/')` },
  { tries: 'run a program on the server', sql: `copy (select 1) to program 'id'` },
  { tries: 'load a program’s output', sql: `copy t_acme.customers from program 'id'` },
  { tries: 'write a file of the server', sql: `copy (select 1) to '/tmp/probe'` },
  { tries: 'read the passwords', sql: 'select * from pg_authid' },
  { tries: 'read another’s statistics', sql: 'select * from pg_statistic' },
  { tries: 'read the events', sql: 'select * from tenantry.outbox' },
  {
    tries: 'write an event in another’s name',
    sql: `insert into tenantry.outbox (writer, ${EVENT_COLUMNS}) values ('t_globex_app@cell', ${EVENT_VALUES})`,
  },
  { tries: 'write an event and have it back', sql: `insert into tenantry.outbox (${EVENT_COLUMNS}) values (${EVENT_VALUES}) returning id` },
  {
    tries: 'find out about events by conflicts',
    sql: `insert into tenantry.outbox (${EVENT_COLUMNS}) values (${EVENT_VALUES}) on conflict (writer, aggregate_id, version) do nothing`,
  },
  { tries: 'change events', sql: `update tenantry.outbox set type = 'x'` },
  { tries: 'delete events', sql: 'delete from tenantry.outbox' },
  { tries: 'load events by COPY', sql: `copy tenantry.outbox (${EVENT_COLUMNS}) from stdin`, code: UNSUPPORTED },
  { tries: 'switch the outbox’s policies off', sql: 'alter table tenantry.outbox disable row level security' },
  { tries: 'read the registry without its policies', sql: 'set local row_security = off; select * from tenantry.tenants' },
  { tries: 'change its registry row', sql: `update tenantry.tenants set class = 'gold'` },
  { tries: 'add a registry row', sql: `insert into tenantry.tenants (tenant_id) values (gen_random_uuid())` },
  { tries: 'delete its registry row', sql: 'delete from tenantry.tenants' },
  { tries: 'read schema versions', sql: 'select * from tenantry.schema_versions' },
  { tries: 'read the epoch', sql: 'select * from tenantry.operator_epoch' },
  { tries: 'read tombstones', sql: 'select * from tenantry.tombstones' },
  { tries: 'rewrite its history', sql: `update t_acme.history set actor = 'nobody'` },
  { tries: 'delete its history', sql: 'delete from t_acme.history' },
  { tries: 'replace an answered key', sql: 'update t_acme.idempotency_keys set status = 200' },
  { tries: 'delete a customer for good', sql: 'delete from t_acme.customers' },
  { tries: 'let a neighbour become it', sql: 'grant "t_acme_app@cell" to "t_globex_app@cell"' },
  { tries: 'drop its own table', sql: 'drop table t_acme.customers' },
  { tries: 'alter its own table', sql: 'alter table t_acme.customers add column probe int' },
  { tries: 'rename its own schema', sql: 'alter schema t_acme rename to t_probe' },
  { tries: 'set a neighbour’s password', sql: `alter role "t_globex_app@cell$1" password 'x'` },
  { tries: 'make itself greater', sql: 'alter role current_user createrole' },
  { tries: 'set a server setting', sql: `set local log_statement = 'none'` },
  { tries: 'take the migrator’s lock', sql: 'select pg_advisory_lock(1)' },
  { tries: 'take the migrator’s lock until the end of the transaction', sql: 'select pg_try_advisory_xact_lock(1)' },
  {
    tries: 'end another’s session',
    sql: `select pg_terminate_backend(pid) from pg_stat_activity where usename = 'tenantry_operator@cell'`,
  },
];

/** How a tenant reaches its rows: two doors, each straight and behind a pooler in transaction mode. */
const DOORS = ['dedicated', 'pooled', 'dedicated behind PgBouncer', 'pooled behind PgBouncer'] as const;
type DoorName = (typeof DOORS)[number];

let cell: FreshCell;
let clients: Record<DoorName, pg.Client>;
let pooled: pg.Client;

beforeAll(async () => {
  const stack = await runningStack('postgres', 'pgbouncer');
  cell = await freshCell(stack.postgres);
  const operator = await cell.connectAs('operator');
  const acme = await provisionTenantDatabase(operator, { slug: 'acme', cell: cell.cell, password: 'acme-password' });
  const globex = await provisionTenantDatabase(operator, { slug: 'globex', cell: cell.cell, password: 'globex-password' });
  await operator.query(`begin; set local role "${globex.ownerRole}"; create function t_globex.secret() returns text language sql return 'secret';
    insert into t_globex.customers (id, name, status, version, created_at, updated_at) values ('${OTHER_ID}', 'Neighbour', 'active', 1, now(), now()); commit;`);
  const bouncer = async (user: string, password: string): Promise<pg.Client> => {
    const client = new pg.Client({ ...stack.pgbouncer, database: cell.database, user, password, ssl: { ca: stack.ca } });
    client.on('error', () => {}); // Dropping the cell ends it.
    await client.connect();
    return client;
  };
  pooled = await cell.connectAs('api');
  clients = {
    dedicated: await cell.connect(acme.login(1), 'acme-password'),
    pooled,
    'dedicated behind PgBouncer': await bouncer(acme.login(1), 'acme-password'),
    'pooled behind PgBouncer': await bouncer(cell.logins.api, cell.passwords.api),
  };
});

afterAll(async () => {
  await clients?.['dedicated behind PgBouncer'].end();
  await clients?.['pooled behind PgBouncer'].end();
  await cell?.drop();
});

/** One request's transaction, rolled back at the end: a probe that got through must not help the next. */
async function inTransaction(door: DoorName, sql: string): Promise<pg.QueryResult> {
  const client = clients[door];
  try {
    // A crossing that opens must fail its own test, not hang the rest behind a lock.
    await client.query(`begin; set local statement_timeout = '5s'`);
    if (door.startsWith('pooled')) await client.query(`set local role "t_acme_app@${cell.cell}"`);
    const results: pg.QueryResult | pg.QueryResult[] = await client.query(sql.replaceAll('@cell', `@${cell.cell}`));
    const last = [results].flat().at(-1);
    if (last === undefined) throw new Error('no result');
    return last;
  } finally {
    await client.query('rollback');
  }
}

describe.each(DOORS)('through the door "%s" a tenant cannot', (door) => {
  it.each(probes)('$tries', async ({ sql, code = DENIED }) => {
    await expect(inTransaction(door, sql)).rejects.toMatchObject({ code });
  });
});

describe.each(DOORS)('through the door "%s" a tenant', (door) => {
  it('reads and writes its own rows, so that refusals mean something', async () => {
    const { rows } = await inTransaction(
      door,
      `insert into t_acme.customers (id, name, status, version, created_at, updated_at) values (gen_random_uuid(), 'Müller', 'active', 1, now(), now()) returning search_text, current_user`,
    );
    expect(rows).toEqual([{ search_text: ' muller   ', current_user: `t_acme_app@${cell.cell}` }]);
  });

  it('writes events in its own name', async () => {
    const { rowCount } = await inTransaction(door, `insert into tenantry.outbox (${EVENT_COLUMNS}) values (${EVENT_VALUES})`);
    expect(rowCount).toBe(1);
  });

  it('sees its own registry row and no other', async () => {
    const { rows } = await inTransaction(door, 'select slug from tenantry.tenants');
    expect(rows).toEqual([{ slug: 'acme' }]);
  });

  it('learns nothing of other registry rows from an error message', async () => {
    // Without the policy in front, the cast would meet the neighbour's row, fail, and quote it.
    const { rows } = await inTransaction(door, `select slug from tenantry.tenants where slug <> 'acme' and slug::int > 0`);
    expect(rows).toEqual([]);
  });

  it('gives nothing away by GRANT: PostgreSQL only warns that no right could be granted', async () => {
    const { rows } = await inTransaction(
      door,
      `grant select on t_acme.customers to "t_globex_app@cell"; select has_table_privilege('t_globex_app@cell', 't_acme.customers', 'select') as given`,
    );
    expect(rows).toEqual([{ given: false }]);
  });

  it('learns nothing of a neighbour from planner statistics', async () => {
    const { rows } = await inTransaction(door, `select * from pg_stats where schemaname = 't_globex'`);
    expect(rows).toEqual([]);
  });

  it('sees that others are connected but not what they run', async () => {
    const { rows } = await inTransaction(door, `select distinct query from pg_stat_activity where usename = 'tenantry_operator@cell'`);
    expect(rows).toEqual([{ query: '<insufficient privilege>' }]);
  });
});

describe('a dedicated login', () => {
  it.each(['"t_globex_app@cell"', '"t_globex_app@cell$1"', '"tenantry_api@cell"', '"t_acme_ro@cell"'])('cannot become %s', async (role) => {
    await expect(inTransaction('dedicated', `set role ${role}`)).rejects.toMatchObject({ code: DENIED });
    await expect(inTransaction('dedicated', `select set_config('role', ${role.replaceAll('"', "'")}, false)`)).rejects.toMatchObject({
      code: DENIED,
    });
  });

  it('is the app role again after RESET ROLE', async () => {
    const { rows } = await inTransaction('dedicated', 'reset role; select current_user::text as role');
    expect(rows).toEqual([{ role: `t_acme_app@${cell.cell}` }]);
  });

  it.each([
    'select * from t_acme.customers',
    `insert into tenantry.outbox (${EVENT_COLUMNS}) values (${EVENT_VALUES})`,
    'select * from tenantry.tenants',
    'create table t_acme.probe (id int)',
    'create temporary table probe (id int)',
  ])('has no right of its own after SET ROLE NONE: %s', async (sql) => {
    await expect(inTransaction('dedicated', `set role none; ${sql}`)).rejects.toMatchObject({ code: DENIED });
  });

  it('cannot log in to the server’s own database or to another cell', async () => {
    const login = `t_acme_app@${cell.cell}$1`;
    const neighbour = await freshCell((await runningStack('postgres')).postgres, 'bootstrapped');
    try {
      for (const database of ['postgres', neighbour.database]) {
        await expect(cell.connect(login, 'acme-password', database)).rejects.toMatchObject({ code: DENIED });
      }
    } finally {
      await neighbour.drop();
    }
  });
});

describe('the pooled login', () => {
  it.each([
    'select * from t_acme.customers',
    `insert into tenantry.outbox (${EVENT_COLUMNS}) values (${EVENT_VALUES})`,
    'select * from tenantry.tenants',
    'create temporary table probe (id int)',
  ])('can do nothing before it turns into a tenant: %s', async (sql) => {
    await expect(pooled.query(sql)).rejects.toMatchObject({ code: DENIED });
  });

  it('falls back to having no right when a statement resets the role', async () => {
    await expect(inTransaction('pooled', 'reset role; select * from t_acme.customers')).rejects.toMatchObject({ code: DENIED });
  });

  it('is itself again after the transaction', async () => {
    await inTransaction('pooled', 'select 1');
    const { rows } = await pooled.query('select current_user::text as role');
    expect(rows).toEqual([{ role: cell.logins.api }]);
  });

  it('runs nothing for a tenant whose membership was revoked, and COMMIT answers ROLLBACK', async () => {
    const operator = await cell.connectAs('operator');
    const role = `"t_acme_app@${cell.cell}"`;
    await operator.query(`revoke ${role} from "${cell.logins.api}"`);
    try {
      await pooled.query('begin');
      await expect(pooled.query(`set local role ${role}`)).rejects.toMatchObject({ code: DENIED });
      await expect(pooled.query('select * from t_acme.customers')).rejects.toMatchObject({ code: '25P02' });
      expect((await pooled.query('commit')).command).toBe('ROLLBACK');
    } finally {
      await operator.query(`grant ${role} to "${cell.logins.api}" with inherit false, set true`);
    }
  });

  it('is held to the timeout set in its transaction', async () => {
    await expect(inTransaction('pooled', `set local statement_timeout = 50; select pg_sleep(5)`)).rejects.toMatchObject({ code: '57014' });
  });

  it('can turn from one tenant into another: only SQL injection could ask it to, so statements are named and bound', async () => {
    const { rows } = await inTransaction('pooled', `set local role "t_globex_app@cell"; select name from t_globex.customers`);
    expect(rows).toEqual([{ name: 'Neighbour' }]);
  });
});
