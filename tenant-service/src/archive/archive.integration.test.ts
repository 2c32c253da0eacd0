import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { gunzipSync } from 'node:zlib';
import { GetObjectCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import type { Archive, ArchiveKind, TenantryClient } from '@tenantry/contracts';
import { eventually } from '@tenantry/stack/testing/eventually.ts';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { problemOf } from '../../testing/problem-of.ts';
import { type ServiceWorld, serviceWorld, type TestTenant } from '../../testing/service-world.ts';
import { type TransferWorld, transferWorld } from '../../testing/transfer-world.ts';
import { type WorkerProcesses, workerProcesses } from '../../testing/worker-processes.ts';
import { createMetrics } from '../telemetry/metrics.ts';

const OFTEN = { JOB_CLEAN_MS: '250', JOB_LEASE_MS: '300' };
const DAY_MS = 86_400_000;
const daysAgo = (days: number): string => new Date(Date.now() - days * DAY_MS).toISOString();

let world: ServiceWorld;
let transfers: TransferWorld;
let workers: WorkerProcesses;
let bucket: S3Client;
let acme: TestTenant;
let client: TenantryClient;
let customer: string;
let account: string;

const rows = async <Row>(sql: string, values: unknown[] = []): Promise<Row[]> =>
  (await world.admin.query(sql.replaceAll('{schema}', acme.schema), values)).rows as Row[];
const keysOf = async (sql: string): Promise<string[]> => (await rows<{ key: string }>(sql)).map(({ key }) => key);
const changes = () => keysOf("select aggregate_id || ' ' || version as key from {schema}.history order by 1");
const deliveries = () => keysOf('select id::text as key from {schema}.webhook_deliveries order by 1');

async function archives(kind: ArchiveKind): Promise<Archive[]> {
  return (await client.listArchives({ query: { kind } })).data.items;
}

/** Every row of a kind's files, as whoever downloads them finds it. */
async function downloaded(kind: ArchiveKind): Promise<Record<string, unknown>[]> {
  const found: Record<string, unknown>[] = [];
  for (const { rows: count, file } of await archives(kind)) {
    const bytes = Buffer.from(await (await fetch(file.url)).arrayBuffer());
    expect(createHash('sha256').update(bytes).digest('hex')).toBe(file.sha256);
    const lines = gunzipSync(bytes).toString().trimEnd().split('\n');
    expect([lines.length, bytes.length]).toEqual([count, file.bytes]);
    found.push(...lines.map((line) => JSON.parse(line)));
  }
  return found;
}

beforeAll(async () => {
  world = await serviceWorld();
  transfers = await transferWorld(world);
  workers = await workerProcesses(world, transfers);
  const { endpoint, region, forcePathStyle, accessKey, secretKey } = transfers.s3;
  bucket = new S3Client({ endpoint, region, forcePathStyle, credentials: { accessKeyId: accessKey, secretAccessKey: secretKey } });
  acme = await world.addTenant('acme', { quotas: { webhookDeliveryDays: 30, historyDays: 10 } });
  const api = await world.startApi({ redis: transfers.redis, s3: transfers.s3 });
  client = api.client(await world.token(acme, { expiresIn: 3500 }));

  let { id, version } = (await client.createCustomer({ body: { name: 'Ada 1' } })).data;
  customer = id;
  const made = (await client.createAccount({ params: { id }, body: { type: 'current', currency: 'EUR' } })).data;
  account = made.id;
  for (let name = 2; name <= 8; name += 1) {
    version = (await client.updateCustomer({ params: { id }, ifMatch: `"${version}"`, body: { name: `Ada ${name}` } })).data.version;
    await client.postTransaction({ params: { id: account }, body: { kind: 'deposit', amountMinor: '100', currency: 'EUR' } as never });
  }
  // The cut is a midnight. Each version is five days younger than the one before, and the seventh twelve hours older than the cut.
  const cut = Date.parse(daysAgo(10).slice(0, 10));
  await rows(
    `update {schema}.history set changed_at = $1::timestamptz + (version - 1) * interval '5 days' where aggregate in ('customer', 'account')`,
    [new Date(cut - 30.5 * DAY_MS).toISOString()],
  );
  await rows(
    `insert into {schema}.webhook_endpoints (id, url, description, types, ordered, status, secret, version, created_by, created_at, updated_at)
     values (gen_random_uuid(), 'https://example.org/', '', '{*}', false, 'enabled', 'sealed', 1, 'test', now(), now())`,
  );
  await rows(
    `with made as (
       insert into {schema}.webhook_deliveries (id, endpoint_id, event_id, event_type, subject, state, attempts, created_at, finished_at)
       select gen_random_uuid(), w.id, gen_random_uuid(), 'dev.tenantry.customer.created.v1', 'customers/1', k.state, 1, now() - k.age, case when k.state <> 'pending' then now() - k.age end
       from {schema}.webhook_endpoints w, (values ('delivered', interval '40 days', 30), ('exhausted', interval '41 days', 10), ('pending', interval '42 days', 3),
         ('delivered', interval '5 days', 4)) as k (state, age, times), generate_series(1, k.times)
       returning id, created_at
     )
     insert into {schema}.webhook_attempts (delivery_id, number, started_at, duration_ms, outcome, status, request_headers, answer)
     select id, 1, created_at, 12, 'delivered', 200, '{"webhook-id": "1"}', 'thank you' from made`,
  );
});

afterAll(async () => {
  workers?.[Symbol.dispose]();
  bucket?.destroy();
  await transfers?.[Symbol.asyncDispose]();
  await world?.[Symbol.asyncDispose]();
});

/** What may be asked of the days that stay. */
const lookBack = async () => ({
  customers: await Promise.all(
    [10, 8, 3, 0].map(async (days) => (await client.getCustomer({ params: { id: customer }, query: { asOf: daysAgo(days) } })).data),
  ),
  accounts: await Promise.all(
    [10, 8, 3, 0].map(async (days) => (await client.getAccount({ params: { id: account }, query: { asOf: daysAgo(days) } })).data),
  ),
});

it('nobody but the job worker takes history out, whatever an archive says', async () => {
  const before = await changes();
  const archive = '019a9a4e-5e0c-7c3f-9d55-0f6a3b7c1f01';
  await rows(
    `insert into {schema}.archives (id, kind, state, cut, is_last, object_key, row_count, bytes, sha256, first_id, first_version, last_id, last_version, oldest_at, newest_at)
     values ($1, 'history', 'stored', now(), true, 'k', 1, 1, '', $2, 2, $2, 2, now(), now())`,
    [archive, customer],
  );
  for (const login of [world.cell.logins.api, world.cell.logins.jobs]) {
    await world.admin.query('begin');
    await world.admin.query(`set local session authorization "${login}"`);
    await world.admin.query(`set local role "${acme.appRole}"`);
    const [row] = await rows<{ done: number | null }>('select {schema}.remove_archived_history($1, 1) as done', [archive]);
    expect(row?.done).toBe(login === world.cell.logins.jobs ? 1 : null);
    await expect(rows('delete from {schema}.history')).rejects.toMatchObject({ code: '42501' });
    await world.admin.query('rollback');
  }
  await rows('delete from {schema}.archives');
  expect(await changes()).toEqual(before);
});

it('while the bucket is away nothing leaves the database, and it is told', async () => {
  const before = [...(await changes()), ...(await deliveries())];
  const metrics = createMetrics();
  const away = { ...transfers.s3, endpoint: 'http://127.0.0.1:1' };
  const jobs = { leaseMs: 100, refillMs: 600_000, cleanMs: 100 };
  const worker = await transfers.startWorker({ s3: away, jobs }, metrics);
  const text = () => metrics.registry.metrics();
  await eventually(async () => expect(await text()).toMatch(/tenantry_archive_failures_total\{kind="history"\} [1-9]/), {
    limitMs: 60_000,
  });
  expect(await text()).toMatch(/tenantry_archive_due_tenants\{kind="webhook-deliveries"\} 1/);
  await worker.stop();
  expect([...(await changes()), ...(await deliveries())]).toEqual(before);
  expect((await client.listArchives({})).data.items).toEqual([]);
});

it('killed at every step, nothing is lost, doubled or archived while it is still needed', { timeout: 180_000 }, async () => {
  const before = { changes: await changes(), deliveries: await deliveries(), back: await lookBack() };
  let replayed = '';
  for (const place of ['written', 'stored', 'described', 'removed']) {
    const doomed = workers.start({ ...OFTEN, CRASH_AFTER: `archive.${place}:1` });
    expect((await once(doomed, 'exit'))[1]).toBe('SIGKILL');
    // The dead one's claim would run out by itself; who starts before that would begin with the other kind.
    await rows('update {schema}.archives set claimed_until = null');
    if (place !== 'stored') continue;
    // Somebody replays a delivery whose file is there already: the file is made anew without it.
    [{ key: replayed = '' } = {}] = await rows<{ key?: string }>(
      `update {schema}.webhook_deliveries set state = 'pending', finished_at = null
       where id = (select first_id from {schema}.archives where state = 'stored') returning id::text as key`,
    );
    expect(replayed).not.toBe('');
  }
  workers.start(OFTEN);
  const counted = async (kind: ArchiveKind) => (await archives(kind)).reduce((sum, each) => sum + each.rows, 0);
  await eventually(async () => expect([await counted('webhook-deliveries'), await counted('history')]).toEqual([39, 10]), {
    limitMs: 60_000,
  });
  workers.killAll();

  const sent = await downloaded('webhook-deliveries');
  expect(sent[0]).toMatchObject({ subject: 'customers/1', log: [{ number: 1, status: 200, answer: 'thank you' }] });
  expect([...sent.map(({ id }) => id), ...(await deliveries())].sort()).toEqual(before.deliveries);
  expect(await deliveries()).toContain(replayed);

  const told = await downloaded('history');
  const versions = (id: string) => told.filter(({ aggregateId }) => aggregateId === id).map(({ version }) => version);
  // The first tells that it came, the seventh how it was ten days ago.
  expect([versions(customer), versions(account)]).toEqual([
    [2, 3, 4, 5, 6],
    [2, 3, 4, 5, 6],
  ]);
  expect([...told.map(({ aggregateId, version }) => `${aggregateId} ${version}`), ...(await changes())].sort()).toEqual(before.changes);
  expect(await lookBack()).toEqual(before.back);

  const place = { Bucket: transfers.s3.bucket, Prefix: `archives/${acme.tenantId}/` };
  const { Contents = [] } = await bucket.send(new ListObjectsV2Command(place));
  const listed = [...(await archives('history')), ...(await archives('webhook-deliveries'))];
  expect(Contents).toHaveLength(listed.length * 2);
  for (const { id, kind, before: cut, rows: count, file } of listed) {
    const Key = `${place.Prefix}${kind}/${id}.manifest.json`;
    const stored = await bucket.send(new GetObjectCommand({ Bucket: place.Bucket, Key }));
    const manifest = JSON.parse((await stored.Body?.transformToString()) ?? '');
    expect(manifest).toMatchObject({ id, kind, before: cut, rows: count, sha256: file.sha256, tenantId: acme.tenantId });
    expect(Contents.map(({ Key }) => Key)).toContain(manifest.file);
  }
});

it('what is archived is refused where it was asked for, and read where it is now', async () => {
  const archived = { code: 'archived', status: 410 };
  const query = { asOf: daysAgo(20) };
  expect(await problemOf(client.getCustomer({ params: { id: customer }, query }))).toMatchObject(archived);
  expect(await problemOf(client.getAccount({ params: { id: account }, query }))).toMatchObject(archived);
  expect(await problemOf(client.listCustomerAccounts({ params: { id: customer }, query }))).toMatchObject(archived);
  expect(await problemOf(client.createReport({ body: { report: 'customer-segments', asOf: query.asOf } }))).toMatchObject(archived);

  const [archive] = (await client.listArchives({ query: { of: customer } })).data.items;
  const params = { id: archive?.id ?? '' };
  expect((await client.getArchive({ params })).data).toMatchObject({ kind: 'history', rows: archive?.rows });
  const seen: unknown[] = [];
  let cursor: string | null | undefined;
  do {
    const asked = { limit: '2' as never, of: customer, ...(cursor ? { cursor } : {}) };
    const { items, page } = (await client.listArchivedRows({ params, query: asked })).data;
    seen.push(...items.map(({ version }) => version));
    cursor = page.next;
  } while (cursor);
  expect(seen).toEqual([2, 3, 4, 5, 6]);
  const stranger = await world.addTenant('globex');
  const api = await world.startApi({ redis: transfers.redis, s3: transfers.s3 });
  expect((await problemOf(api.client(await world.token(stranger)).getArchive({ params })))?.code).toBe('not-found');
});
