import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { ListMultipartUploadsCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import type { Report, TenantryClient } from '@tenantry/contracts';
import { eventually } from '@tenantry/stack/testing/eventually.ts';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { type PrivateRedis, privateRedis } from '../../../testing/private-redis.ts';
import { type ServiceWorld, serviceWorld, type TestTenant } from '../../../testing/service-world.ts';
import { type TransferWorld, transferWorld } from '../../../testing/transfer-world.ts';
import { type WorkerProcesses, workerProcesses } from '../../../testing/worker-processes.ts';

const ROWS = 200_000;
const ACCOUNT = '019a9a4e-5e0c-7c3f-9d55-0f6a3b7c1e09';
const STATEMENT = {
  report: 'account-statement',
  parameters: { accountId: ACCOUNT, period: { from: '2026-01-01', to: '2027-01-01' } },
} as const;

let world: ServiceWorld;
let transfers: TransferWorld;
let redis: PrivateRedis;
let workers: WorkerProcesses;
let acme: TestTenant;
let client: TenantryClient;
let bucket: S3Client;

beforeAll(async () => {
  world = await serviceWorld();
  transfers = await transferWorld(world);
  redis = await privateRedis();
  acme = await world.addTenant('acme');
  const api = await world.startApi({ redis: redis.login, s3: transfers.s3 });
  client = api.client(await world.token(acme));
  workers = await workerProcesses(world, { redis: redis.login, s3: transfers.s3 });
  const { endpoint, region, forcePathStyle, accessKey, secretKey } = transfers.s3;
  bucket = new S3Client({ endpoint, region, forcePathStyle, credentials: { accessKeyId: accessKey, secretAccessKey: secretKey } });
  const customer = (await client.createCustomer({ body: { name: 'Ada' } })).data.id;
  const account = { params: { id: customer }, body: { type: 'current', currency: 'EUR', overdraftLimitMinor: '1000' } } as const;
  const made = (await client.createAccount(account)).data.id;
  await world.admin.query(`update ${acme.schema}.accounts set id = $2 where id = $1`, [made, ACCOUNT]);
  await world.admin.query(
    `insert into ${acme.schema}.transactions (id, account_id, account_version, kind, amount_minor, currency, balance_after_minor, booked_at, created_at, reference)
     select gen_random_uuid(), $1, n, 'deposit', n, 'EUR', 0, '2026-01-01'::timestamptz + n * interval '1 minute', '2026-01-01', 'reference ' || n
     from generate_series(2, $2::int + 1) n`,
    [ACCOUNT, ROWS],
  );
});
afterEach(() => workers.killAll());
afterAll(async () => {
  workers?.[Symbol.dispose]();
  bucket?.destroy();
  await transfers?.[Symbol.asyncDispose]();
  await world?.[Symbol.asyncDispose]();
  await redis?.[Symbol.asyncDispose]();
});

const asked = async (): Promise<string> => (await client.createReport({ body: STATEMENT })).data.id;
const look = async (id: string): Promise<Report> => (await client.getReport({ params: { id } })).data;

async function ended(id: string, status: Report['status'] = 'succeeded'): Promise<Report> {
  await eventually(async () => expect((await look(id)).status).toBe(status), { limitMs: 60_000 });
  return await look(id);
}

/** I6: one object, complete, with the checksum that is stored; nothing half done beside it. */
async function expectOneWhole(report: Report): Promise<void> {
  const bytes = Buffer.from(await (await fetch(report.file?.url ?? '')).arrayBuffer());
  expect(createHash('sha256').update(bytes).digest('hex')).toBe(report.file?.sha256);
  const lines = bytes.toString().trimEnd().split('\r\n');
  expect([report.rows, lines.length]).toEqual([ROWS + 2, ROWS + 3]);
  expect(lines.at(-1)).toBe(`closing,2027-01-01T00:00:00.000Z,,,,EUR,,${((2 + ROWS + 1) * ROWS) / 2}`);
  await eventually(async () => expect(await storedUnder(report.id)).toEqual({ objects: 1, uploads: 0 }));
}

async function storedUnder(id: string): Promise<{ objects: number; uploads: number }> {
  const place = { Bucket: transfers.s3.bucket, Prefix: `t/${acme.tenantId}/reports/${id}/` };
  const { Contents = [] } = await bucket.send(new ListObjectsV2Command(place));
  const { Uploads = [] } = await bucket.send(new ListMultipartUploadsCommand(place));
  return { objects: Contents.length, uploads: Uploads.length };
}

it.each(['file.piece:20', 'file.stored:1'])(
  'a worker that is killed at %s leaves nothing half: another one makes the file',
  async (place) => {
    const doomed = workers.start({ CRASH_AFTER: place });
    const id = await asked();
    expect((await once(doomed, 'exit'))[1]).toBe('SIGKILL');
    expect((await look(id)).file).toBeNull();
    workers.start();
    await expectOneWhole(await ended(id));
  },
);

it('FLUSHALL loses no report, a frozen worker that wakes up changes nothing, and memory stays small', async () => {
  const frozen = workers.start({ NODE_OPTIONS: '--max-old-space-size=96' });
  const ids = [await asked(), await asked()];
  await eventually(async () => expect((await look(ids[0] ?? '')).status).toBe('running'), { limitMs: 30_000 });
  frozen.kill('SIGSTOP');
  await redis.command('FLUSHALL');
  workers.start({ NODE_OPTIONS: '--max-old-space-size=96' });
  const reports = [await ended(ids[0] ?? ''), await ended(ids[1] ?? '')];
  frozen.kill('SIGCONT');
  for (const report of reports) await expectOneWhole(report);
});

it('a report that is cancelled stops, also while the database still sorts, and leaves no file', async () => {
  await world.admin.query(`alter table ${acme.schema}.transactions rename to transactions_slow`);
  await world.admin.query(
    `create view ${acme.schema}.transactions as select * from ${acme.schema}.transactions_slow where pg_sleep(60) is not null`,
  );
  await world.admin.query(`grant select on ${acme.schema}.transactions to "${acme.appRole}"`);
  try {
    workers.start();
    const id = await asked();
    const sleepers = async () =>
      (
        await world.admin.query(
          "select 1 from pg_stat_activity where query like 'copy (%' and state = 'active' and datname = current_database()",
        )
      ).rowCount;
    await eventually(async () => expect(await sleepers()).toBe(1), { limitMs: 30_000 });
    expect((await client.cancelOperation({ params: { id } })).data.status).toBe('cancelled');
    await eventually(async () => expect(await sleepers()).toBe(0), { limitMs: 15_000 });
    expect(await look(id)).toMatchObject({ status: 'cancelled', file: null });
    await eventually(async () => expect(await storedUnder(id)).toEqual({ objects: 0, uploads: 0 }));
  } finally {
    await world.admin.query(`drop view ${acme.schema}.transactions`);
    await world.admin.query(`alter table ${acme.schema}.transactions_slow rename to transactions`);
  }
});
