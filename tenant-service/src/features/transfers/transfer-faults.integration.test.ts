import type { ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import type { ImportResult, LongOperation, TenantryClient } from '@tenantry/contracts';
import { eventually } from '@tenantry/stack/testing/eventually.ts';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { type PrivateRedis, privateRedis } from '../../../testing/private-redis.ts';
import { type ServiceWorld, serviceWorld, type TestTenant } from '../../../testing/service-world.ts';
import { type TransferWorld, transferWorld } from '../../../testing/transfer-world.ts';
import { type WorkerProcesses, workerProcesses } from '../../../testing/worker-processes.ts';

let world: ServiceWorld;
let transfers: TransferWorld;
let redis: PrivateRedis;
let acme: TestTenant;
let client: TenantryClient;
let workers: WorkerProcesses;

beforeAll(async () => {
  world = await serviceWorld();
  transfers = await transferWorld(world);
  redis = await privateRedis();
  acme = await world.addTenant('acme', { statementTimeoutMs: 20_000 });
  const api = await world.startApi({ redis: redis.login, s3: transfers.s3 });
  client = api.client(await world.token(acme));
  workers = await workerProcesses(world, { redis: redis.login, s3: transfers.s3 });
});
beforeEach(async () => {
  await world.admin.query(`truncate ${acme.schema}.customers, ${acme.schema}.history, ${acme.schema}.operations cascade`);
  await world.admin.query('truncate tenantry.outbox');
});
afterEach(() => workers.killAll());
afterAll(async () => {
  await transfers?.[Symbol.asyncDispose]();
  await world?.[Symbol.asyncDispose]();
  await redis?.[Symbol.asyncDispose]();
  workers?.[Symbol.dispose]();
});

const startProcess = (environment: Record<string, string> = {}) => workers.start(environment);

const people = (count: number): string =>
  `externalId,name,email,tags\n${Array.from({ length: count }, (_, at) => `ext-${at},Person ${at},person${at}@example.org,a;b`).join('\n')}`;

async function importPeople(count: number): Promise<string> {
  const body = people(count);
  const { data } = await client.createImport({
    query: { resource: 'customers' },
    body,
    contentType: 'text/csv',
    idempotencyKey: randomUUID(),
  });
  return data.id;
}

const look = async (id: string): Promise<LongOperation> => (await client.getOperation({ params: { id } })).data;

async function ended(id: string, status: LongOperation['status'] = 'succeeded', limitMs = 50_000): Promise<LongOperation> {
  await eventually(async () => expect((await look(id)).status).toBe(status), { limitMs });
  return await look(id);
}

/** I1, I2: rows, one version each, one line of history and one event each, and nothing twice. */
async function expectWhole(customers: number): Promise<void> {
  const { rows } = await world.admin.query(
    `select (select count(*)::int from ${acme.schema}.customers) as customers,
      (select count(distinct external_id)::int from ${acme.schema}.customers) as distinct,
      (select count(*)::int from ${acme.schema}.history) as history,
      (select count(*)::int from tenantry.outbox o join ${acme.schema}.history h on h.aggregate_id = o.aggregate_id and h.version = o.version) as outbox`,
  );
  expect(rows[0]).toEqual({ customers, distinct: customers, history: customers, outbox: customers });
}

it('a worker that is killed in the middle of an import is followed by another one, and nothing is doubled', async () => {
  const rows = 12_000;
  const doomed = [startProcess({ CRASH_AFTER: 'import.chunk:3' })];
  const id = await importPeople(rows);
  expect((await once(doomed[0] as ChildProcess, 'exit'))[1]).toBe('SIGKILL');
  const { progress } = await look(id);
  expect(progress.done).toBe(3000);
  await expectWhole(3000);
  const again = startProcess({ CRASH_AFTER: 'import.chunk:4' });
  expect((await once(again, 'exit'))[1]).toBe('SIGKILL');
  expect((await look(id)).progress.done).toBe(7000);
  startProcess();
  const { result } = await ended(id);
  expect(result).toMatchObject({ created: rows, failed: 0 });
  await expectWhole(rows);
});

it('a worker whose database connections are cut goes on, and nothing is doubled', async () => {
  startProcess();
  const id = await importPeople(12_000);
  for (let cuts = 0; cuts < 3; cuts += 1) {
    const { done } = (await look(id)).progress;
    await eventually(async () => expect((await look(id)).progress.done).toBeGreaterThan(done), { limitMs: 30_000 });
    await world.admin.query(
      "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'tenantry-job-worker' and datname = current_database()",
    );
  }
  expect((await ended(id)).result).toMatchObject({ created: 12_000, failed: 0 });
  await expectWhole(12_000);
});

it('FLUSHALL in the middle loses no operation, and neither does Redis’ death', async () => {
  startProcess();
  const ids = [await importPeople(4000)];
  await eventually(async () => expect((await look(ids[0] as string)).status).toBe('running'), { limitMs: 20_000 });
  await redis.command('FLUSHALL');
  ids.push((await client.createExport({ body: { resource: 'customers' }, idempotencyKey: randomUUID() })).data.id);
  await redis.command('FLUSHALL');
  for (const id of ids) await ended(id);
  await redis.kill();
  // Accepted all the same: the row is the record.
  const late = (await client.createExport({ body: { resource: 'customers' }, idempotencyKey: randomUUID() })).data.id;
  expect((await look(late)).status).toBe('queued');
  await redis.start();
  expect((await ended(late)).result).toMatchObject({ rows: 4000 });
  await expectWhole(4000);
});

it('of two workers that hold the same operation one writes: the other finds its attempt outdated', async () => {
  const frozen = startProcess();
  const id = await importPeople(20_000);
  await eventually(async () => expect((await look(id)).progress.done).toBeGreaterThan(0), { limitMs: 30_000 });
  frozen.kill('SIGSTOP');
  startProcess();
  const { done } = (await look(id)).progress;
  await eventually(async () => expect((await look(id)).progress.done).toBeGreaterThan(done), { limitMs: 30_000 });
  frozen.kill('SIGCONT');
  expect((await ended(id)).result).toMatchObject({ created: 20_000, failed: 0 });
  await expectWhole(20_000);
});

it('SIGTERM hands an import over at the next chunk, without waiting for a lease', async () => {
  const first = startProcess({ JOB_LEASE_MS: '600000' });
  const id = await importPeople(15_000);
  await eventually(async () => expect((await look(id)).progress.done).toBeGreaterThan(0), { limitMs: 30_000 });
  first.kill('SIGTERM');
  expect((await once(first, 'exit'))[0]).toBe(0);
  startProcess({ JOB_LEASE_MS: '600000' });
  expect((await ended(id)).result).toMatchObject({ created: 15_000 });
  await expectWhole(15_000);
});

it('what ends its worker every time is given up, and says so', async () => {
  const id = await importPeople(10);
  await world.admin.query(`update ${acme.schema}.operations set futile = 5, attempt = 5 where id = $1`, [id]);
  startProcess();
  expect((await ended(id, 'failed')).problem).toMatchObject({ code: 'gave-up' });
  await expectWhole(0);
});

it('a hundred thousand rows come in with constant memory', async () => {
  const worker = startProcess({ NODE_OPTIONS: '--max-old-space-size=128' });
  const id = await importPeople(100_000);
  expect((await ended(id, 'succeeded', 110_000)).result as ImportResult).toMatchObject({ created: 100_000, failed: 0 });
  await expectWhole(100_000);
  expect(worker.exitCode).toBeNull();
}, 150_000);

it('removes what has expired: operations with their files, and idempotency keys', async () => {
  startProcess({ JOB_CLEAN_MS: '300' });
  await importPeople(5);
  const { data } = await client.createExport({ body: { resource: 'customers' }, idempotencyKey: randomUUID() });
  const { url } = (await ended(data.id)).result as { url: string };
  expect((await fetch(url)).status).toBe(200);
  await world.admin.query(`update ${acme.schema}.operations set expires_at = now() - interval '1 second' where id = $1`, [data.id]);
  await world.admin.query(`update ${acme.schema}.idempotency_keys set created_at = now() - interval '25 hours'`);
  await eventually(async () => expect((await fetch(url)).status).toBe(404), { limitMs: 20_000 });
  await eventually(
    async () => {
      const { rows } = await world.admin.query(
        `select (select count(*)::int from ${acme.schema}.operations) as operations, (select count(*)::int from ${acme.schema}.idempotency_keys) as keys`,
      );
      expect(rows[0]).toEqual({ operations: 1, keys: 0 });
    },
    { limitMs: 20_000 },
  );
});
