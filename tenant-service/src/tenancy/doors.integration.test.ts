import { API_SHARDS, tenantNames } from '@tenantry/contracts';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ServiceWorld, serviceWorld, type TestTenant } from '../../testing/service-world.ts';
import { Connection, clientConfig } from '../postgres/connection.ts';
import { OneTimeStatement } from '../postgres/one-time-statement.ts';
import { DoorClosed } from '../postgres/sql-errors.ts';
import { TenantStatement } from '../postgres/statement.ts';
import { apiConnections } from './api-connections.ts';
import { type Door, dedicatedDoor, pooledDoor } from './doors.ts';

let world: ServiceWorld;
let acme: TestTenant;
let globex: TestTenant;
let initech: TestTenant;
let pooled: Door;
let dedicated: Door;

const whoAmI = new TenantStatement(
  'whoami',
  `select current_user::text as me, current_setting('statement_timeout') as limit, current_setting('transaction_read_only') as ro`,
);
const sleep = new TenantStatement('sleep', 'select pg_sleep($1::float8)');
const insert = new TenantStatement(
  'insert',
  `insert into {schema}.customers (id, name, status, version, created_at, updated_at) values (gen_random_uuid(), $1, 'active', 1, now(), now()) returning name`,
);
const count = new TenantStatement('count', 'select count(*)::int as n from {schema}.customers where name = $1');

beforeAll(async () => {
  world = await serviceWorld();
  acme = await world.addTenant('acme', { statementTimeoutMs: 300 });
  globex = await world.addTenant('globex', { dedicated: true });
  initech = await world.addTenant('initech');
  pooled = pooledDoor({ connect: () => world.pooledConnection(), connections: 3, connectionsPerTenant: 2 });
  const login = world.login(globex.login?.user ?? '', globex.login?.password ?? '');
  dedicated = dedicatedDoor(
    { connect: () => new Connection(clientConfig(login, 'test'), true), connections: 2, connectionsPerTenant: 2 },
    globex.tenantId,
  );
});
afterAll(async () => {
  await pooled?.close();
  await dedicated?.close();
  await world?.[Symbol.asyncDispose]();
});

describe('the pooled door', () => {
  it('runs as the tenant’s role with the class’s limit, read-only when reading', async () => {
    expect(await pooled.read(acme, (tx) => tx.run(whoAmI, []))).toEqual([{ me: acme.appRole, limit: '300ms', ro: 'on' }]);
    expect(await pooled.write(initech, (tx) => tx.run(whoAmI, []))).toEqual([{ me: initech.appRole, limit: '2s', ro: 'off' }]);
  });

  it('leaves nothing behind on its connections', async () => {
    await Promise.all(Array.from({ length: 20 }, () => pooled.read(acme, (tx) => tx.run(whoAmI, []))));
    const { rows } = await world.admin.query<{ state: string }>('select state from pg_stat_activity where usename = $1', [
      world.cell.logins.api,
    ]);
    expect(rows.length).toBeGreaterThan(0);
    for (const { state } of rows) expect(state).toBe('idle');
    const bare = await world.cell.connectAs('api');
    await expect(bare.query(`select 1 from ${acme.schema}.customers`)).rejects.toMatchObject({ code: '42501' });
  });

  it('lets the server stop pg_sleep at the class’s limit, and serves on', async () => {
    const started = Date.now();
    await expect(pooled.read(acme, (tx) => tx.run(sleep, [30]))).rejects.toMatchObject({ code: '57014' });
    expect(Date.now() - started).toBeLessThan(2500);
    expect(await pooled.read(acme, (tx) => tx.run(whoAmI, []))).toHaveLength(1);
  });

  it('refuses to write in a reading transaction', async () => {
    await expect(pooled.read(acme, (tx) => tx.run(insert, ['sneaky']))).rejects.toMatchObject({ code: '25006' });
  });

  it('fails closed when the membership is revoked: nothing runs as the shared login, and it heals with the grant', async () => {
    const api = pg.escapeIdentifier(world.cell.logins.api);
    const role = pg.escapeIdentifier(initech.appRole);
    await pooled.write(initech, (tx) => tx.run(insert, ['before']));
    await world.operator.query(`revoke ${role} from ${api}`);
    for (const kind of ['read', 'write'] as const) {
      const attempt = pooled[kind](initech, (tx) => tx.run(kind === 'read' ? count : insert, ['revoked']));
      await expect(attempt).rejects.toBeInstanceOf(DoorClosed);
    }
    await world.operator.query(`grant ${role} to ${api} with inherit false, set true`);
    expect(await pooled.read(initech, (tx) => tx.run(count, ['revoked']))).toEqual([{ n: 0 }]);
    expect(await pooled.read(initech, (tx) => tx.run(count, ['before']))).toEqual([{ n: 1 }]);
  });

  it('asks a second backend when one does not know a role its login may become, and goes on with that one', async () => {
    const narrow = pooledDoor({ connect: () => world.pooledConnection(), connections: 1, connectionsPerTenant: 1 });
    const backend = new TenantStatement('backend', 'select pg_backend_pid() as pid, pg_sleep($1::float8)::text');
    const pidOf = async (tenant: TestTenant, seconds = 0) => (await narrow.read(tenant, (tx) => tx.run(backend, [seconds])))[0]?.pid;
    // Stands for a list of memberships that was read too early: this session, and no other, refuses initech's role.
    await world.admin.query(`create schema stale; grant usage on schema stale to public;
      create function stale.set_config(name text, value text, local bool) returns text language plpgsql as $$ begin
        if value = '${initech.appRole}' then raise insufficient_privilege; end if;
        return pg_catalog.set_config(name, value, local);
      end $$`);
    try {
      await narrow.write(acme, (tx) => tx.run(new OneTimeStatement('set search_path = stale, pg_catalog'), []));
      const before = await pidOf(acme);
      const underWay = pidOf(acme, 0.2);
      expect(await narrow.write(initech, (tx) => tx.run(insert, ['once']))).toEqual([{ name: 'once' }]);
      expect(await pooled.read(initech, (tx) => tx.run(count, ['once']))).toEqual([{ n: 1 }]);
      expect(await underWay).toBe(before);
      expect(await pidOf(initech)).not.toBe(before);
      expect(await pidOf(acme)).toBe(await pidOf(initech));
    } finally {
      await world.admin.query('drop schema stale cascade');
      await narrow.close();
    }
  });

  it('reaches each tenant as the login of its shard, which may become no tenant of another; by the whole login until the shard is let in', async () => {
    const { cell, rows } = world.apiConfig();
    const config = { cell, rows, tenantId: undefined, connections: API_SHARDS, connectionsPerTenant: 1, namedStatements: true };
    const sharded = pooledDoor({ ...apiConnections(config, 'test'), connections: API_SHARDS, connectionsPerTenant: 1 });
    const session = new TenantStatement('session', 'select session_user::text as login, current_user::text as me');
    const seen = (tenant: TestTenant) => sharded.read(tenant, (tx) => tx.run(session, []));
    const [ofAcme, ofTenth] = [tenantNames('acme', cell.name).apiLogin, tenantNames('tenth', cell.name).apiLogin];
    const tenth = await world.addTenant('tenth');
    expect(ofTenth).not.toBe(ofAcme);
    try {
      expect(await seen(acme)).toEqual([{ login: ofAcme, me: acme.appRole }]);
      expect(await seen(tenth)).toEqual([{ login: ofTenth, me: tenth.appRole }]);
      const other = await world.cell.connect(ofTenth, world.cell.passwords.api);
      await expect(other.query(`set role ${pg.escapeIdentifier(acme.appRole)}`)).rejects.toMatchObject({ code: '42501' });
      await expect(other.query(`select 1 from ${tenth.schema}.customers`)).rejects.toMatchObject({ code: '42501' });
      await world.operator.query(`revoke ${pg.escapeIdentifier(tenth.appRole)} from ${pg.escapeIdentifier(ofTenth)}`);
      expect(await seen(tenth)).toEqual([{ login: world.cell.logins.api, me: tenth.appRole }]);
      expect(await seen(acme)).toEqual([{ login: ofAcme, me: acme.appRole }]);
    } finally {
      await sharded.close();
    }
  });

  it('keeps the backend that refused a role when a second one refuses it too', async () => {
    const narrow = pooledDoor({ connect: () => world.pooledConnection(), connections: 1, connectionsPerTenant: 1 });
    const backend = new TenantStatement('backend', 'select pg_backend_pid() as pid');
    const before = await narrow.read(acme, (tx) => tx.run(backend, []));
    const stranger = { ...acme, appRole: globex.appRole.replace('_app@', '_ro@') };
    for (const kind of ['read', 'write'] as const) {
      await expect(narrow[kind](stranger, (tx) => tx.run(insert, ['refused']))).rejects.toBeInstanceOf(DoorClosed);
    }
    expect(await narrow.read(acme, (tx) => tx.run(backend, []))).toEqual(before);
    await narrow.close();
  });

  it('does not call a transaction durable whose commit answered ROLLBACK', async () => {
    const broken = new TenantStatement('broken', 'select 1 / $1::int as n');
    const swallowed = pooled.write(initech, async (tx) => {
      const both = await Promise.allSettled([tx.run(insert, ['lost']), tx.run(broken, [0])]);
      return both.map(({ status }) => status);
    });
    await expect(swallowed).rejects.toMatchObject({ name: 'DoorClosed', message: expect.stringContaining('ROLLBACK') });
    expect(await pooled.read(initech, (tx) => tx.run(count, ['lost']))).toEqual([{ n: 0 }]);
  });

  it('sends nothing of a transaction with a value that cannot be sent, and serves on', async () => {
    const circular: Record<string, unknown> = {};
    circular.self = circular;
    const broken = pooled.write(initech, (tx) => Promise.all([tx.run(insert, ['half']), tx.run(insert, [circular])]));
    await expect(broken).rejects.toThrow('circular');
    expect(await pooled.read(initech, (tx) => tx.run(count, ['half']))).toEqual([{ n: 0 }]);
  });

  it('refuses statements sent after the flight has left', async () => {
    const late = pooled.write(initech, async (tx) => {
      await tx.run(count, ['x']);
      return tx.run(insert, ['late']);
    });
    await expect(late).rejects.toThrow('before the first await');
    expect(await pooled.read(initech, (tx) => tx.run(count, ['late']))).toEqual([{ n: 0 }]);
  });

  it('keeps tenants apart when their flights share a connection', async () => {
    const narrow = pooledDoor({ connect: () => world.pooledConnection(), connections: 1, connectionsPerTenant: 1 });
    const asked = Array.from({ length: 60 }, (_, at) => (at % 2 ? acme : initech));
    const answers = await Promise.all(asked.map((tenant) => narrow.read(tenant, (tx) => tx.run(whoAmI, []))));
    expect(answers.map(([row]) => row?.me)).toEqual(asked.map(({ appRole }) => appRole));
  });

  it('plans kept statements once for all values, and one-time statements for theirs', async () => {
    const mode = `select current_setting('plan_cache_mode') as mode`;
    expect(await pooled.read(acme, (tx) => tx.run(new TenantStatement('mode', mode), []))).toEqual([{ mode: 'force_generic_plan' }]);
    expect(await pooled.read(acme, (tx) => tx.run(new OneTimeStatement(mode), []))).toEqual([{ mode: 'auto' }]);
  });

  it('keeps few statements on a connection, those used last; the others are prepared when they are wanted again', async () => {
    const narrow = pooledDoor({ connect: () => world.pooledConnection(), connections: 1, connectionsPerTenant: 1 });
    const many = Array.from({ length: 300 }, (_, at) => new TenantStatement(`many_${at}`, `select ${at} as n, $1::int as given`));
    const ask = (statement: TenantStatement, given: number) => narrow.read(initech, (tx) => tx.run(statement, [given]));
    const kept = new TenantStatement('kept', 'select name from pg_prepared_statements order by prepare_time');
    const names = async () => (await narrow.read(initech, (tx) => tx.run(kept, []))).map(({ name }) => String(name).split(':')[0]);
    // One behind the other: flights that left before room was made still land.
    const answers = await Promise.all(many.map((statement, at) => ask(statement, at)));
    expect(answers.flat()).toEqual(many.map((_, n) => ({ n, given: n })));
    const first = await names();
    expect(first).toHaveLength(256);
    expect(first).not.toContain('many_0');
    expect(first).toContain('many_299');
    expect(await ask(many[0] as TenantStatement, 7)).toEqual([{ n: 0, given: 7 }]);
    expect(await names()).toHaveLength(256);
    expect(await names()).toContain('many_0');
    await narrow.close();
  });

  it('serves on after a statement could not be prepared, also to those who had relied on it', async () => {
    const narrow = pooledDoor({ connect: () => world.pooledConnection(), connections: 1, connectionsPerTenant: 1 });
    const late = new TenantStatement('late_table', 'select count(*)::int as n from {schema}.late_table');
    const refused = await Promise.allSettled(Array.from({ length: 3 }, () => narrow.read(acme, (tx) => tx.run(late, []))));
    expect(refused.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
    await world.operator.query(`set role ${pg.escapeIdentifier(acme.appRole.replace('_app@', '_owner@'))}`);
    try {
      await world.operator.query(`create table ${acme.schema}.late_table ()`);
      await world.operator.query(`grant select on ${acme.schema}.late_table to ${pg.escapeIdentifier(acme.appRole)}`);
      expect(await narrow.read(acme, (tx) => tx.run(late, []))).toEqual([{ n: 0 }]);
      expect(await narrow.read(acme, (tx) => tx.run(late, []))).toEqual([{ n: 0 }]);
      // Its columns change under the kept plan: one caller is told, the next has the new ones.
      const all = new TenantStatement('late_all', 'select * from {schema}.late_table');
      await world.operator.query(`alter table ${acme.schema}.late_table add a int; insert into ${acme.schema}.late_table values (1)`);
      expect(await narrow.read(acme, (tx) => tx.run(all, []))).toEqual([{ a: 1 }]);
      await world.operator.query(`alter table ${acme.schema}.late_table add b int default 2`);
      await expect(narrow.read(acme, (tx) => tx.run(all, []))).rejects.toMatchObject({ code: '0A000' });
      expect(await narrow.read(acme, (tx) => tx.run(all, []))).toEqual([{ a: 1, b: 2 }]);
    } finally {
      await world.operator.query(`drop table if exists ${acme.schema}.late_table; reset role`);
      await narrow.close();
    }
  });

  it('serves those whose transactions leave before it is known that one with the same statements failed half way', async () => {
    const narrow = pooledDoor({ connect: () => world.pooledConnection(), connections: 1, connectionsPerTenant: 1 });
    const refuse = new TenantStatement('refuse', 'select 1 / $1::int as n');
    // The server skips all that comes after the division: `whoami` is never prepared by this transaction.
    const failing = narrow.read(initech, (tx) => Promise.all([tx.run(refuse, [0]), tx.run(whoAmI, [])]));
    const behind = Array.from({ length: 3 }, () => narrow.read(initech, (tx) => tx.run(whoAmI, [])));
    await expect(failing).rejects.toMatchObject({ code: '22012' });
    for (const rows of await Promise.all(behind)) expect(rows).toMatchObject([{ me: initech.appRole }]);
  });

  it('works without named statements, for poolers that know none', async () => {
    const unnamed = pooledDoor({ connect: () => world.pooledConnection(false), connections: 1, connectionsPerTenant: 1 });
    for (let at = 0; at < 3; at += 1) expect(await unnamed.read(acme, (tx) => tx.run(count, ['x']))).toEqual([{ n: 0 }]);
    const { rows } = await world.admin.query(`select 1 from pg_stat_activity where usename = $1`, [world.cell.logins.api]);
    expect(rows.length).toBeGreaterThan(0);
  });

  it('answers a write before it is on the disk for who asked for that, for each of its writes alone and without a word to a pooler', async () => {
    const durability = new TenantStatement('durability', `select current_user::text as me, current_setting('synchronous_commit') as waits`);
    const connection = world.pooledConnection();
    const doors = [true, false].map((leavesTheDiskBehind) =>
      pooledDoor({ connect: () => connection, connections: 1, connectionsPerTenant: 1, leavesTheDiskBehind }),
    ) as [Door, Door];
    const waits = async (door: Door, kind: 'read' | 'write') => (await door[kind](acme, (tx) => tx.run(durability, [])))[0];
    expect(await waits(doors[0], 'write')).toEqual({ me: acme.appRole, waits: 'off' });
    expect(await waits(doors[0], 'read')).toEqual({ me: acme.appRole, waits: 'on' });
    expect(await waits(doors[1], 'write')).toEqual({ me: acme.appRole, waits: 'on' });
  });

  it('connects again after its connection was ended', async () => {
    await pooled.read(acme, (tx) => tx.run(whoAmI, []));
    await world.admin.query('select pg_terminate_backend(pid) from pg_stat_activity where usename = $1', [world.cell.logins.api]);
    const outcomes: string[] = [];
    for (let at = 0; at < 20 && outcomes.at(-1) !== 'served'; at += 1) {
      outcomes.push(
        await pooled
          .read(acme, (tx) => tx.run(whoAmI, []))
          .then(
            () => 'served',
            (error: Error) => error.name,
          ),
      );
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    expect(outcomes.at(-1)).toBe('served');
    for (const outcome of outcomes.slice(0, -1)) expect(['DatabaseAway', 'error']).toContain(outcome);
  });

  it('says DatabaseAway for a wrong certificate instead of connecting', async () => {
    const login = { ...world.login(world.cell.logins.api, world.cell.passwords.api), ca: '' };
    const connection = new Connection({ ...clientConfig(login, 'test'), ssl: { ca: [], rejectUnauthorized: true } }, true);
    await expect(
      connection.fly({ kept: { name: '', text: 'select 1' }, oneTime: { name: '', text: 'select 1' }, values: [] }, 1000, async () => 1),
    ).rejects.toMatchObject({
      name: 'DatabaseAway',
    });
    await connection.close();
  });
});

describe('the dedicated door', () => {
  it('logs in as the tenant, whose role setting is the app role', async () => {
    expect(await dedicated.read(globex, (tx) => tx.run(whoAmI, []))).toEqual([{ me: globex.appRole, limit: '2s', ro: 'on' }]);
    expect(await dedicated.write(globex, (tx) => tx.run(insert, ['g']))).toEqual([{ name: 'g' }]);
  });

  it('serves no other tenant, and its login could not', async () => {
    await expect(dedicated.read(acme, (tx) => tx.run(count, ['x']))).rejects.toBeInstanceOf(DoorClosed);
    const foreign = new TenantStatement('foreign', `select count(*) from ${acme.schema}.customers`);
    await expect(dedicated.read(globex, (tx) => tx.run(foreign, []))).rejects.toMatchObject({ code: '42501' });
  });
});
