import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { eventually } from '../../testing/eventually.ts';
import { type FreshDatabase, freshDatabase } from '../../testing/fresh-database.ts';
import { type RunningStack, runningStack } from '../../testing/running-stack.ts';

let stack: RunningStack;
let database: FreshDatabase;

beforeAll(async () => {
  stack = await runningStack('postgres');
  database = await freshDatabase();
});
afterAll(async () => await database?.drop());

it('answers as PostgreSQL 18 over TLS 1.3, with writes that survive a crash', async () => {
  const client = await database.connect();
  const { rows } = await client.query(
    `select current_setting('server_version_num')::int / 10000 as major, version as tls, current_setting('fsync') as fsync,
            current_setting('max_connections') as connections from pg_stat_ssl where pid = pg_backend_pid()`,
  );
  expect(rows).toEqual([{ major: 18, tls: 'TLSv1.3', fsync: 'on', connections: '300' }]);
});

it('knows letters beyond ASCII', async () => {
  const client = await database.connect();
  await client.query('create extension pg_trgm');
  const { rows } = await client.query(`select lower('MÜLLER') as lower, cardinality(show_trgm('田中太郎')) > 0 as has_trigrams`);
  expect(rows).toEqual([{ lower: 'müller', has_trigrams: true }]);
});

it('refuses a connection without TLS on the address pods use', async () => {
  const client = new pg.Client({ ...database.settings(), host: stack.nodeAddress, ssl: false });
  await expect(client.connect()).rejects.toThrow(stack.nodeAddress === '127.0.0.1' ? /./ : 'no encryption');
});

it('refuses a wrong password', async () => {
  const client = new pg.Client({ ...database.settings(), password: 'wrong' });
  await expect(client.connect()).rejects.toMatchObject({ code: '28P01' });
});

it('has a certificate that only our CA vouches for', async () => {
  const client = new pg.Client({ ...database.settings(), ssl: true });
  await expect(client.connect()).rejects.toThrow(/certificate/);
});

it('lets nobody but its owner into the database of Keycloak', async () => {
  const admin = await database.connect();
  const role = `someone@${database.cell}`;
  await admin.query(`create role "${role}" login password 'someone'`);
  const client = new pg.Client({ ...database.settings({ user: role, password: 'someone' }), database: 'keycloak' });
  await expect(client.connect()).rejects.toMatchObject({ code: '42501' });
});

it('drops a test database with its sessions and the roles of its cell', async () => {
  const other = await freshDatabase();
  const admin = await other.connect();
  await admin.query(`create role "t_x_app@${other.cell}$1" login password 'x'`);
  await other.drop();
  const client = await database.connect();
  await eventually(async () => {
    const { rows } = await client.query(
      `select datname as name from pg_database where datname = $1 union select rolname from pg_roles where rolname like '%' || $2 || '%'`,
      [other.name, other.cell],
    );
    expect(rows).toEqual([]);
  });
});
