import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ServiceWorld, serviceWorld, type TestTenant } from '../../testing/service-world.ts';
import { Connection, clientConfig } from '../postgres/connection.ts';
import { DoorClosed } from '../postgres/sql-errors.ts';
import { TenantStatement } from '../postgres/statement.ts';
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

  it('does not call a transaction durable whose commit answered ROLLBACK', async () => {
    const broken = new TenantStatement('broken', 'select 1 / $1::int as n');
    const swallowed = pooled.write(initech, async (tx) => {
      const both = await Promise.allSettled([tx.run(insert, ['lost']), tx.run(broken, [0])]);
      return both.map(({ status }) => status);
    });
    await expect(swallowed).rejects.toMatchObject({ name: 'DoorClosed', message: expect.stringContaining('ROLLBACK') });
    expect(await pooled.read(initech, (tx) => tx.run(count, ['lost']))).toEqual([{ n: 0 }]);
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

  it('works without named statements, for poolers that know none', async () => {
    const unnamed = pooledDoor({ connect: () => world.pooledConnection(false), connections: 1, connectionsPerTenant: 1 });
    for (let at = 0; at < 3; at += 1) expect(await unnamed.read(acme, (tx) => tx.run(count, ['x']))).toEqual([{ n: 0 }]);
    const { rows } = await world.admin.query(`select 1 from pg_stat_activity where usename = $1`, [world.cell.logins.api]);
    expect(rows.length).toBeGreaterThan(0);
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
    await expect(connection.fly('begin', 1000, async () => 1)).rejects.toMatchObject({ name: 'DatabaseAway' });
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
