import { randomUUID } from 'node:crypto';
import type { TenantryClient } from '@tenantry/contracts';
import { eventually } from '@tenantry/stack/testing/eventually.ts';
import { privateReplica } from '@tenantry/stack/testing/private-replica.ts';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { heavyReads, heavyReadsOf, type ReplicaWorld, replicaWorld, usesReplica } from '../../testing/replica-world.ts';
import type { RunningApi, TestTenant } from '../../testing/service-world.ts';
import { transferWorld } from '../../testing/transfer-world.ts';
import { Connection, clientConfig } from '../postgres/connection.ts';
import { TenantStatement } from '../postgres/statement.ts';
import { Problem } from '../problem.ts';
import { createLog } from '../telemetry/log.ts';
import { createMetrics, type Metrics } from '../telemetry/metrics.ts';
import { type Door, pooledDoor, type TenantTransaction } from './doors.ts';
import { openReadReplica } from './open-read-replica.ts';
import type { ReadReplica } from './read-replica.ts';
import { doorWithReplica, snapshotsWithReplica } from './replica-doors.ts';
import { type SnapshotDoor, snapshotDoor } from './snapshot-door.ts';

let cell: ReplicaWorld;
let acme: TestTenant;
let globex: TestTenant;
let api: RunningApi;
let client: TenantryClient;

beforeAll(async () => {
  cell = await replicaWorld();
  acme = await cell.world.addTenant('acme');
  globex = await cell.world.addTenant('globex', { dedicated: true });
  api = await cell.startApi();
  client = api.client(await cell.world.token(acme));
});
afterAll(() => cell?.[Symbol.asyncDispose]());
afterEach(async () => {
  await cell.replica.thaw();
  await cell.replica.resume();
  await eventually(() => usesReplica(api));
});

const ON_REPLICA = { 'replica fresh': 1 };
const namesOf = (items: readonly { name?: string | undefined }[]) => items.map(({ name }) => name);

describe('a cell with a read replica that is up to date', () => {
  it('answers heavy reads on it, and everything else on the primary', async () => {
    const { id } = (await client.createCustomer({ body: { name: 'Ada Lovelace', email: 'ada@example.org' } })).data;
    await client.createCustomer({ body: { name: 'Ada Lovelace', email: 'ada+2@example.org' } });
    const account = (await client.createAccount({ params: { id }, body: { type: 'current', currency: 'EUR' } })).data;
    const posted = (await client.postTransaction({ params: { id: account.id }, body: { kind: 'deposit', amountMinor: '100' } })).data;
    const period = { from: '2020-01-01T00:00:00Z', to: '2100-01-01T00:00:00Z' };
    const heavy: Record<string, () => Promise<{ data: unknown }>> = {
      list: () => client.listCustomers({ query: {} }),
      'filtered, sorted, counted': () => client.listCustomers({ query: { sort: 'name', count: 'exact' } }),
      search: () => client.listCustomers({ query: { search: 'lovelace' } }),
      accounts: () => client.listAccounts({ query: {} }),
      statement: () => client.accountStatement({ params: { id: account.id }, query: period }),
      audit: () => client.listAudit({ query: {} }),
      duplicates: () => client.customerDuplicates({ params: { id }, query: {} }),
      pairs: () => client.listDuplicates({ query: {} }),
    };
    for (const [what, read] of Object.entries(heavy)) {
      const { answer, reads } = await heavyReadsOf(api, read);
      expect(reads, what).toEqual(ON_REPLICA);
      expect((answer.data as { items: unknown[] }).items.length, what).toBeGreaterThan(0);
    }
    // Two: whether the account is there, and its list.
    const transactions = await heavyReadsOf(api, () => client.listAccountTransactions({ params: { id: account.id }, query: {} }));
    expect(transactions).toMatchObject({ reads: { 'replica fresh': 2 }, answer: { data: { items: [posted] } } });

    const light = await heavyReadsOf(api, async () => {
      await client.getCustomer({ params: { id } });
      await client.getCustomer({ params: { id }, query: { asOf: new Date().toISOString() } });
      await client.customerHistory({ params: { id } });
      await client.getAccount({ params: { id: account.id } });
      await client.getTransaction({ params: { id: posted.id } });
      await client.updateCustomer({ params: { id }, ifMatch: '"1"', body: { segment: 'navy' } });
    });
    expect(light.reads).toEqual({});
  });

  it('exports from it', async () => {
    const { reads } = await heavyReadsOf(api, async () => {
      const answer = await fetch(`${api.url}/v1/exports/stream?resource=customers&format=ndjson`, {
        headers: { authorization: `Bearer ${await cell.world.token(acme)}` },
      });
      expect((await answer.text()).trim().split('\n').length).toBeGreaterThan(0);
      expect(answer.status).toBe(200);
    });
    expect(reads).toEqual(ON_REPLICA);
  });

  it('exports from it in the job worker', async () => {
    await using transfers = await transferWorld(cell.world);
    const metrics = createMetrics();
    await transfers.startWorker({ replica: cell.onReplica(transfers.workerConfig().rows) }, metrics);
    await eventually(() => usesReplica({ metrics }));
    const withFiles = await cell.startApi({ redis: transfers.redis, s3: transfers.s3 });
    const ours = withFiles.client(await cell.world.token(acme));
    await ours.createCustomer({ body: { name: 'Exported' } });
    const { id } = (await ours.createExport({ body: { resource: 'customers', format: 'ndjson' }, idempotencyKey: randomUUID() })).data;
    const { result } = await eventually(async () => {
      const operation = (await ours.getOperation({ params: { id } })).data;
      expect(operation.status).toBe('succeeded');
      return operation;
    });
    const { url } = result as { url: string };
    expect(await (await fetch(url)).text()).toContain('Exported');
    expect(await heavyReads({ metrics })).toEqual(ON_REPLICA);
  });

  it('serves a dedicated tenant on it with the tenant’s own login', async () => {
    const { user = '', password = '' } = globex.login ?? {};
    const rows = cell.world.login(user, password);
    const own = await cell.startApi({ tenantId: globex.tenantId, rows, registry: rows });
    const ours = own.client(await cell.world.token(globex));
    await ours.createCustomer({ body: { name: 'Hank' } });
    const { answer, reads } = await heavyReadsOf(own, () => ours.listCustomers({ query: {} }));
    expect(namesOf(answer.data.items)).toEqual(['Hank']);
    expect(reads).toEqual(ON_REPLICA);
  });
});

describe('a cell without a read replica', () => {
  it('has nothing of it: no connection, no number', async () => {
    const plain = await cell.world.startApi();
    const ours = plain.client(await cell.world.token(acme));
    await ours.listCustomers({ query: { sort: 'name' } });
    expect(await heavyReads(plain)).toEqual({});
    expect((await plain.metrics.replicaUsed.get()).values).toEqual([]);
  });
});

describe('a replica that lags', () => {
  it('never hides a write from who made it: the primary answers until the replica shows it, and the replica after that', async () => {
    await cell.replica.pause();
    const first = await heavyReadsOf(api, async () => {
      await client.createCustomer({ body: { name: 'Just written' } });
      return await client.listCustomers({ query: { limit: 1 } });
    });
    expect(namesOf(first.answer.data.items)).toEqual(['Just written']);
    expect(first.reads).toEqual({ 'primary behind': 1 });
    // Known to be behind, it is not even asked.
    const waits = async () =>
      (await api.metrics.replicaWaitSeconds.get()).values.find(({ metricName }) => metricName?.endsWith('_count'))?.value;
    const before = await waits();
    for (let at = 0; at < 5; at += 1) await client.listCustomers({ query: { limit: 1 } });
    expect(await waits()).toBe(before);
    await cell.replica.resume();
    await eventually(() => usesReplica(api));
    const later = await heavyReadsOf(api, () => client.listCustomers({ query: { limit: 1 } }));
    expect(later.reads).toEqual(ON_REPLICA);
    expect(namesOf(later.answer.data.items)).toEqual(['Just written']);
  });

  it('is no reason to leave it for those who wait for nothing new', async () => {
    await client.listCustomers({ query: {} });
    await cell.replica.pause();
    expect((await heavyReadsOf(api, () => client.listCustomers({ query: {} }))).reads).toEqual(ON_REPLICA);
  });
});

describe('a replica that is away', () => {
  it.each(['fast', 'immediate', 'kill'] as const)('(%s) costs nobody an answer, and is used again when it is back', async (how) => {
    const answers: Promise<unknown>[] = [];
    const ask = () => answers.push(client.listCustomers({ query: { sort: 'name', limit: 5 } }));
    for (let at = 0; at < 20; at += 1) ask();
    const ended = cell.replica.end(how);
    for (let at = 0; at < 20; at += 1) ask();
    await ended;
    for (let at = 0; at < 20; at += 1) ask();
    await Promise.all(answers);
    const { reads } = await heavyReadsOf(api, () => client.listCustomers({ query: {} }));
    expect(reads).toEqual({ 'primary away': 1 });
    await cell.replica.start();
    await eventually(() => usesReplica(api));
    expect((await heavyReadsOf(api, () => client.listCustomers({ query: {} }))).reads).toEqual(ON_REPLICA);
  });

  it('frozen, with reads on it, costs nobody an answer', async () => {
    const asked = Promise.all(Array.from({ length: 20 }, () => client.listCustomers({ query: { sort: 'name' } })));
    await cell.replica.freeze();
    await client.createCustomer({ body: { name: 'While it is frozen' } });
    const { answer } = await heavyReadsOf(api, () => client.listCustomers({ query: { limit: 1 } }));
    expect(namesOf(answer.data.items)).toEqual(['While it is frozen']);
    await asked;
    await cell.replica.thaw();
    await eventually(() => usesReplica(api));
  });
});

describe('the doors to a replica', () => {
  let metrics: Metrics;
  let replica: ReadReplica<{ readonly door: Door; readonly snapshots: SnapshotDoor }>;
  let plain: Door;
  let door: Door;
  let snapshots: SnapshotDoor;

  const whoAmI = new TenantStatement(
    'whoami',
    `select current_user::text as me, current_setting('statement_timeout') as limit, current_setting('transaction_read_only') as ro,
    pg_is_in_recovery() as "isReplica"`,
  );
  const slow = new TenantStatement(
    'slow',
    `select pg_sleep($1), pg_is_in_recovery() as "isReplica", (select count(*) from {schema}.customers)`,
  );
  const sleeping = () =>
    eventually(async () => {
      const found = await cell.replica.query(
        `select 1 from pg_stat_activity where query like '%pg_sleep%' and state = 'active' and pid <> pg_backend_pid()`,
      );
      expect(found).toHaveLength(1);
    });
  const isUsed = () => usesReplica({ metrics });
  const reads = () => heavyReads({ metrics });
  const open = (rows = cell.world.apiConfig().rows) =>
    pooledDoor({ connect: () => new Connection(clientConfig(rows, 'test'), true), connections: 2, connectionsPerTenant: 2 });

  beforeAll(async () => {
    const { rows } = cell.world.apiConfig();
    metrics = createMetrics();
    plain = open();
    replica = openReadReplica({
      config: { rows, replica: cell.onReplica(rows), namedStatements: true },
      name: 'test',
      log: createLog('silent', 'test'),
      metrics,
      open: (login) => {
        const opened = open(login);
        return { doors: { door: opened, snapshots: snapshotDoor(clientConfig(login, 'test')) }, close: () => opened.close() };
      },
    }) as typeof replica;
    door = doorWithReplica(plain, replica);
    snapshots = snapshotsWithReplica(snapshotDoor(clientConfig(rows, 'test')), replica);
    await eventually(isUsed);
  });
  afterAll(async () => {
    await replica?.stop();
    await plain?.close();
  });

  it('open as the tenant’s role with the class’s limit, read-only', async () => {
    expect(await door.read(acme, (tx) => tx.run(whoAmI, []))).toEqual([{ me: acme.appRole, limit: '2s', ro: 'on', isReplica: true }]);
    expect(await door.write(acme, (tx) => tx.run(whoAmI, []))).toMatchObject([{ me: acme.appRole, ro: 'off', isReplica: false }]);
  });

  it.each([
    ['another tenant’s rows', 'select * from t_globex.customers'],
    ['another tenant’s history', 'select after from t_globex.history'],
    ['another tenant’s rows by XML', `select table_to_xml('t_globex.customers'::regclass, true, false, '')`],
    ['another tenant’s rows by a query in a string', `select query_to_xml('select * from t_globex.customers', true, false, '')`],
    ['the outbox', 'select * from tenantry.outbox'],
    ['the passwords', 'select * from pg_authid'],
    ['tombstones', 'select * from tenantry.tombstones'],
    ['a file of the server', `select pg_read_file('/etc/passwd')`],
    ['a large object', 'select lo_get(1)'],
    ['the relay’s role', `select set_config('role', 'tenantry_relay@' || split_part(current_user, '@', 2), true)`],
    ['the owner’s role', `select set_config('role', 't_acme_owner@' || split_part(current_user, '@', 2), true)`],
  ])('give a tenant nothing of %s, on the replica as little as on the primary', async (_, sql) => {
    const onReplica = open(cell.onReplica(cell.world.apiConfig().rows));
    await expect(onReplica.read(acme, (tx) => tx.run(new TenantStatement('probe', sql), []))).rejects.toMatchObject({ code: '42501' });
    await onReplica.close();
  });

  it('to a tenant whose membership was revoked are closed at once', async () => {
    const initech = await cell.world.addTenant('initech');
    expect(await door.read(initech, (tx) => tx.run(whoAmI, []))).toMatchObject([{ isReplica: true }]);
    await cell.world.operator.query(`revoke "${initech.appRole}" from "${cell.world.cell.logins.api}"`);
    await expect(door.read(initech, (tx) => tx.run(whoAmI, []))).rejects.toMatchObject({ name: 'DoorClosed' });
  });

  it('let the primary answer what a conflict with replay ended', async () => {
    await cell.replica.query(`alter system set max_standby_streaming_delay = '0'`);
    await cell.replica.query('select pg_reload_conf()');
    const before = (await reads())['primary conflict'] ?? 0;
    const reading = door.read({ ...acme, statementTimeoutMs: 20_000 }, (tx) => tx.run(slow, [2]));
    await sleeping();
    // Replay has to take a lock the reader is in the way of.
    await cell.world.admin.query(`begin; lock table ${acme.schema}.customers in access exclusive mode; commit`);
    expect(await reading).toMatchObject([{ isReplica: false }]);
    expect((await reads())['primary conflict']).toBe(before + 1);
    await cell.replica.query('alter system reset max_standby_streaming_delay');
    await cell.replica.query('select pg_reload_conf()');
  });

  it('let the primary answer what a replica holds that freezes in the middle', async () => {
    const reading = door.read({ ...acme, statementTimeoutMs: 20_000 }, (tx) => tx.run(slow, [1]));
    await sleeping();
    await cell.replica.freeze();
    expect(await reading).toMatchObject([{ isReplica: false }]);
    await cell.replica.thaw();
    await eventually(isUsed);
  });

  it('pass on what the primary would say as well: a statement that takes too long, a handler’s own refusal', async () => {
    const before = await reads();
    await expect(door.read({ ...acme, statementTimeoutMs: 100 }, (tx) => tx.run(slow, [5]))).rejects.toMatchObject({ code: '57014' });
    const own = new Problem('not-found', 'There is no such customer.');
    await expect(door.read(acme, () => Promise.reject(own))).rejects.toBe(own);
    expect(await reads()).toEqual(before);
  });

  it('let the primary answer what fails on the replica in a way nobody foresaw', async () => {
    const before = (await reads())['primary failed'] ?? 0;
    const unforeseen = async (tx: TenantTransaction): Promise<unknown> => {
      const [row] = await tx.run(whoAmI, []);
      if (row?.isReplica) throw new TypeError('unforeseen');
      return row;
    };
    expect(await door.read(acme, unforeseen)).toMatchObject({ isReplica: false });
    expect((await reads())['primary failed']).toBe(before + 1);
  });

  it('read all rows of one instant, which is not before the call', async () => {
    const name = `all ${Date.now()}`;
    await cell.replica.pause();
    await client.createCustomer({ body: { name } });
    const found: unknown[] = [];
    const query = { text: 'select name, pg_is_in_recovery() as "isReplica" from {schema}.customers where name = $1', values: [name] };
    for await (const rows of snapshots.read(acme, query)) found.push(...rows);
    expect(found).toEqual([{ name, isReplica: false }]);
    await cell.replica.resume();
    await eventually(isUsed);
    found.length = 0;
    for await (const rows of snapshots.read(acme, query)) found.push(...rows);
    expect(found).toEqual([{ name, isReplica: true }]);
  });

  it('to a long read that is broken off say DatabaseAway, and lead to the primary for a while', async () => {
    const query = { text: 'select n, pg_is_in_recovery() as "isReplica" from generate_series(1, 1000000) n', values: [] };
    const batches = snapshots.read(acme, query);
    expect((await batches.next()).value?.[0]).toMatchObject({ isReplica: true });
    await cell.replica.query(
      `select pg_terminate_backend(pid) from pg_stat_activity where query like 'fetch forward%' and pid <> pg_backend_pid()`,
    );
    const rest = async () => {
      for await (const _ of batches);
    };
    await expect(rest()).rejects.toMatchObject({ name: 'DatabaseAway' });
    const again = snapshots.read(acme, query);
    expect((await again.next()).value?.[0]).toMatchObject({ isReplica: false });
    await again.return(undefined);
  });
});

describe('a server that is not this primary’s replica', () => {
  it('is never read: the primary itself', async () => {
    const { rows } = cell.world.apiConfig();
    const plain = await cell.world.startApi({ replica: rows });
    const ours = plain.client(await cell.world.token(acme));
    await eventually(async () => {
      const { reads } = await heavyReadsOf(plain, () => ours.listCustomers({ query: { sort: 'name' } }));
      expect(reads).toEqual({ 'primary unfit': 1 });
    });
  });

  it('is not read any more: a replica that was promoted', async () => {
    await using other = await privateReplica(cell.primary);
    const { rows } = cell.world.apiConfig();
    const promoted = await cell.startApi({ replica: { ...rows, port: other.access.port } });
    const ours = promoted.client(await cell.world.token(acme));
    await eventually(async () => {
      expect((await heavyReadsOf(promoted, () => ours.listCustomers({ query: {} }))).reads).toEqual(ON_REPLICA);
    });
    await other.query('select pg_promote()');
    await client.createCustomer({ body: { name: 'After the promotion' } });
    const { answer } = await heavyReadsOf(promoted, () => ours.listCustomers({ query: { limit: 1 } }));
    expect(namesOf(answer.data.items)).toEqual(['After the promotion']);
    await eventually(async () => {
      expect((await heavyReadsOf(promoted, () => ours.listCustomers({ query: { limit: 1 } }))).reads).toEqual({ 'primary unfit': 1 });
    });
  });
});
