import { runningStack } from '@tenantry/stack/testing/running-stack.ts';
import { Op } from 'sequelize';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ServiceWorld, serviceWorld, type TestTenant } from '../../testing/service-world.ts';
import { TenantStatement } from '../postgres/statement.ts';
import { uuidv7 } from '../uuid-v7.ts';
import { type ModelDoor, modelDoor } from './model-door.ts';

let world: ServiceWorld;
let acme: TestTenant;
let globex: TestTenant;
let initech: TestTenant;
let pooled: ModelDoor;
let dedicated: ModelDoor;

const whoAmI = new TenantStatement(
  'whoami',
  `select current_user::text as me, current_setting('statement_timeout') as limit, current_setting('transaction_read_only') as ro,
    current_setting('search_path') as path`,
);
const sleep = new TenantStatement('sleep', 'select pg_sleep($1::float8)');
const backend = new TenantStatement('backend', 'select pg_backend_pid() as pid');

const row = (name: string) => ({
  id: uuidv7(),
  externalId: null,
  name,
  email: null,
  phone: null,
  status: 'active' as const,
  segment: null,
  tags: [],
  attributes: {},
  version: 1,
  createdAt: new Date(),
  updatedAt: new Date(),
  deletedAt: null,
  mergedInto: null,
  openAccounts: 0,
  indexed: null,
});
const create = (door: ModelDoor, tenant: TestTenant, name: string) =>
  door.write(tenant, (models, transaction) => models.customers.create(row(name), { transaction }));
const count = (door: ModelDoor, tenant: TestTenant, name: string) =>
  door.read(tenant, (models, transaction) => models.customers.count({ where: { name }, transaction }));
const open = (overrides: Partial<Parameters<typeof modelDoor>[0]> = {}) =>
  modelDoor({
    login: world.login(world.cell.logins.api, world.cell.passwords.api),
    applicationName: 'test/models',
    connections: 2,
    connectionsPerTenant: 2,
    ...overrides,
  });

beforeAll(async () => {
  world = await serviceWorld();
  acme = await world.addTenant('acme', { statementTimeoutMs: 300 });
  globex = await world.addTenant('globex', { dedicated: true });
  initech = await world.addTenant('initech');
  pooled = open();
  dedicated = open({ login: world.login(globex.login?.user ?? '', globex.login?.password ?? ''), tenantId: globex.tenantId });
});
afterAll(async () => {
  await pooled?.close();
  await dedicated?.close();
  await world?.[Symbol.asyncDispose]();
});

describe('the model door', () => {
  it('runs as the tenant, in its schema, with the class’s limit, read-only when reading', async () => {
    const inside = (door: ModelDoor, kind: 'read' | 'write', tenant: TestTenant) => door[kind](tenant, (_, tx) => tx.run(whoAmI, []));
    const path = (tenant: TestTenant) => `${tenant.schema}, pg_temp`;
    expect(await inside(pooled, 'read', acme)).toEqual([{ me: acme.appRole, limit: '300ms', ro: 'on', path: path(acme) }]);
    expect(await inside(pooled, 'write', initech)).toEqual([{ me: initech.appRole, limit: '2s', ro: 'off', path: path(initech) }]);
    expect(await inside(dedicated, 'write', globex)).toEqual([{ me: globex.appRole, limit: '2s', ro: 'off', path: path(globex) }]);
  });

  it('waits inside the transaction, commits what returns and rolls back what throws', async () => {
    await pooled.write(initech, async (models, transaction) => {
      const made = await models.customers.create(row('interactive'), { transaction });
      await made.update({ segment: 'gold', version: 2 }, { transaction });
    });
    expect(await count(pooled, initech, 'interactive')).toBe(1);
    const failed = pooled.write(initech, async (models, transaction) => {
      await models.customers.create(row('taken back'), { transaction });
      throw new Error('second thoughts');
    });
    await expect(failed).rejects.toThrow('second thoughts');
    expect(await count(pooled, initech, 'taken back')).toBe(0);
  });

  it('keeps tenants apart on one connection, and leaves nothing of them behind', async () => {
    const narrow = open({ connections: 1 });
    const asked = Array.from({ length: 30 }, (_, at) => (at % 2 ? acme : initech));
    const answers = await Promise.all(asked.map((tenant) => narrow.read(tenant, (_, tx) => tx.run(whoAmI, []))));
    expect(answers.map(([answer]) => answer?.me)).toEqual(asked.map(({ appRole }) => appRole));
    await create(narrow, acme, 'only acme');
    expect([await count(narrow, initech, 'only acme'), await count(narrow, acme, 'only acme')]).toEqual([0, 1]);
    await narrow.close();
  });

  it('reaches nothing without its transaction: a forgotten option is refused here, and the login alone by the database', async () => {
    let models: Parameters<Parameters<ModelDoor['read']>[1]>[0] | undefined;
    let transaction: Parameters<Parameters<ModelDoor['read']>[1]>[1] | undefined;
    await pooled.write(acme, async (given, tx) => {
      [models, transaction] = [given, tx];
      const forgotten = [
        given.customers.findAll(),
        given.customers.count(),
        given.customers.create(row('nobody')),
        given.customers.bulkCreate([row('nobody')]),
        given.customers.update({ name: 'nobody' }, { where: { version: { [Op.gt]: 0 } } }),
        given.customers.destroy({ where: { version: { [Op.gt]: 0 } } }),
        given.customers.sequelize?.query('select 1'),
      ];
      for (const query of forgotten) await expect(query).rejects.toMatchObject({ name: 'DoorClosed' });
      const made = await given.customers.create(row('known'), { transaction: tx });
      await expect(made.update({ name: 'nobody' })).rejects.toMatchObject({ name: 'DoorClosed' });
    });
    const late = { transaction: transaction as NonNullable<typeof transaction> };
    await expect(models?.customers.findAll(late)).rejects.toThrow('no longer use it');
    await expect(late.transaction.run(whoAmI, [])).rejects.toThrow('over');
    const bare = await world.cell.connectAs('api');
    await expect(bare.query('select 1 from customers')).rejects.toMatchObject({ code: '42P01' });
    await expect(bare.query(`select 1 from ${acme.schema}.customers`)).rejects.toMatchObject({ code: '42501' });
  });

  it('reads and writes no other tenant’s tables, also when they are named', async () => {
    const foreign = new TenantStatement('foreign', `select count(*) from ${initech.schema}.customers`);
    for (const [door, tenant] of [
      [pooled, acme],
      [dedicated, globex],
    ] as const) {
      await expect(door.read(tenant, (_, tx) => tx.run(foreign, []))).rejects.toMatchObject({ code: '42501' });
      const model = door.read(tenant, (models, transaction) => models.customers.schema(initech.schema).findAll({ transaction }));
      await expect(model).rejects.toMatchObject({ code: '42501' });
    }
    await expect(dedicated.read(acme, async () => 1)).rejects.toMatchObject({ name: 'DoorClosed' });
  });

  it('fails closed when the membership is revoked, and heals with the grant', async () => {
    const [api, role] = [world.cell.logins.api, initech.appRole].map((name) => `"${name}"`);
    await world.operator.query(`revoke ${role} from ${api}`);
    await expect(create(pooled, initech, 'revoked')).rejects.toMatchObject({ name: 'DoorClosed' });
    await world.operator.query(`grant ${role} to ${api} with inherit false, set true`);
    expect(await count(pooled, initech, 'revoked')).toBe(0);
  });

  it('does not call a transaction durable whose commit answered ROLLBACK', async () => {
    const swallowed = pooled.write(initech, async (models, transaction) => {
      await models.customers.create(row('lost'), { transaction });
      await models.customers.create({ ...row('lost'), version: 0 }, { transaction }).catch(() => {});
    });
    await expect(swallowed).rejects.toMatchObject({ name: 'DoorClosed', message: expect.stringContaining('ROLLBACK') });
    expect(await count(pooled, initech, 'lost')).toBe(0);
  });

  it('gives the database’s own errors, with SQLSTATE and constraint', async () => {
    const taken = (models: Parameters<Parameters<ModelDoor['write']>[1]>[0], transaction: never, email: string) =>
      models.customers.create({ ...row('mail'), email }, { transaction });
    await pooled.write(initech, (models, tx) => taken(models, tx as never, 'mail@example.org'));
    const again = pooled.write(initech, (models, tx) => taken(models, tx as never, 'MAIL@example.org'));
    await expect(again).rejects.toMatchObject({ code: '23505', constraint: 'customers_email_unique', severity: 'ERROR' });
    await expect(pooled.write(acme, (_, tx) => tx.run(sleep, [30]))).rejects.toMatchObject({ code: '57014' });
    const writing = pooled.read(initech, (models, transaction) => models.customers.create(row('sneaky'), { transaction }));
    await expect(writing).rejects.toMatchObject({ code: '25006' });
  });

  it('goes on after something that took too long, without what it wrote', async () => {
    await pooled.write(acme, async (models, transaction) => {
      await models.customers.create(row('before'), { transaction });
      const slow = await transaction.withinLimit(async () => {
        await models.customers.create(row('within'), { transaction });
        await transaction.run(sleep, [30]);
      });
      const quick = await transaction.withinLimit(async () => (await models.customers.create(row('quick'), { transaction })).name);
      expect([slow, quick]).toEqual([undefined, 'quick']);
      await expect(transaction.withinLimit(() => Promise.reject(new Error('mine')))).rejects.toThrow('mine');
    });
    expect(await Promise.all(['before', 'within', 'quick'].map((name) => count(pooled, acme, name)))).toEqual([1, 0, 1]);
  });

  it('says DatabaseAway when its backend is killed in the middle, keeps nothing of the work, and serves on', async () => {
    const killed = pooled.write(initech, async (models, transaction) => {
      await models.customers.create(row('half'), { transaction });
      const [{ pid } = { pid: 0 }] = await transaction.run(backend, []);
      await world.admin.query('select pg_terminate_backend($1)', [pid]);
      await models.customers.create(row('half'), { transaction });
    });
    await expect(killed).rejects.toSatisfy(
      (error: { name: string; code?: string }) => error.name === 'DatabaseAway' || error.code === '57P01',
    );
    expect(await count(pooled, initech, 'half')).toBe(0);
    await create(pooled, initech, 'after');
    expect(await count(pooled, initech, 'after')).toBe(1);
  });

  it('says unavailable when a tenant’s places, or all connections, stay taken; another tenant has its own', async () => {
    const door = open({ connections: 2, connectionsPerTenant: 1 });
    let release = () => {};
    const held = door.read(acme, () => new Promise<void>((resolve) => (release = resolve)));
    const refused = door.read(acme, async () => 'in');
    expect(await door.read(initech, async () => 'in')).toBe('in');
    await expect(refused).rejects.toMatchObject({ name: 'Problem', code: 'unavailable' });
    release();
    await held;
    expect(await door.read(acme, async () => 'in')).toBe('in');
    await door.close();

    const full = open({ connections: 1, connectionsPerTenant: 1 });
    const taken = full.read(acme, () => new Promise<void>((resolve) => (release = resolve)));
    await expect(full.read(initech, async () => 'in')).rejects.toMatchObject({ name: 'DatabaseAway' });
    release();
    await taken;
    await full.close();
  });

  it('says DatabaseAway for a server that is not there', async () => {
    const nowhere = open({ login: { ...world.login(world.cell.logins.api, world.cell.passwords.api), port: 1 } });
    await expect(nowhere.read(acme, async () => 1)).rejects.toMatchObject({ name: 'DatabaseAway' });
    await nowhere.close();
  });

  it('works through a pooler that hands every transaction another backend, for two tenants at once', async () => {
    const { pgbouncer } = await runningStack('postgres', 'pgbouncer');
    const { host, port } = pgbouncer as { host: string; port: number };
    const bounced = open({ login: { ...world.login(world.cell.logins.api, world.cell.passwords.api), host, port } });
    const work = Array.from({ length: 40 }, (_, at) => {
      const tenant = at % 2 ? acme : initech;
      return bounced.write(tenant, async (models, transaction) => {
        await models.customers.create(row(`bounced ${at}`), { transaction });
        const [before] = await transaction.run(backend, []);
        const there = await models.customers.count({ where: { name: { [Op.like]: 'bounced %' } }, transaction });
        const [after] = await transaction.run(whoAmI, []);
        return { role: after?.me, pid: before?.pid, there };
      });
    });
    const outcomes = await Promise.all(work);
    expect(outcomes.map(({ role }) => role)).toEqual(work.map((_, at) => (at % 2 ? acme : initech).appRole));
    // None counts a row of the other tenant, and each tenant's are all there in the end.
    expect(Math.max(...outcomes.map(({ there }) => there))).toBeLessThanOrEqual(20);
    for (const tenant of [acme, initech]) {
      const bouncedRows = { where: { name: { [Op.like]: 'bounced %' } } };
      expect(await bounced.read(tenant, (models, transaction) => models.customers.count({ ...bouncedRows, transaction }))).toBe(20);
    }
    await bounced.close();
  });

  it('makes no session setting and asks for nothing named, so a pooler in transaction mode may sit between', async () => {
    const narrow = open({ connections: 1 });
    await create(narrow, acme, 'pooler');
    await create(narrow, acme, 'pooler');
    const [state] = await narrow.read(acme, (_, tx) =>
      tx.run(
        new TenantStatement(
          'session',
          `select (select count(*)::int from pg_prepared_statements) as named,
            (select array_agg(name) from pg_settings where source = 'session' and name not in
              ('role', 'search_path', 'statement_timeout', 'idle_in_transaction_session_timeout', 'transaction_read_only')) as set`,
        ),
        [],
      ),
    );
    expect(state).toEqual({ named: 0, set: null });
    await narrow.close();
  });
});
