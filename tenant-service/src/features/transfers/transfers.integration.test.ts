import { randomUUID } from 'node:crypto';
import { eventTypes, type ImportResult, type LongOperation, type ProblemError, type TenantryClient } from '@tenantry/contracts';
import { eventually } from '@tenantry/stack/testing/eventually.ts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EventReader } from '../../../testing/read-events.ts';
import { type RunningApi, type ServiceWorld, serviceWorld, type TestTenant } from '../../../testing/service-world.ts';
import { type TransferWorld, transferWorld } from '../../../testing/transfer-world.ts';

let world: ServiceWorld;
let transfers: TransferWorld;
let api: RunningApi;
let acme: TestTenant;
let globex: TestTenant;
let client: TenantryClient;
let other: TenantryClient;

beforeAll(async () => {
  world = await serviceWorld();
  transfers = await transferWorld(world);
  acme = await world.addTenant('acme');
  globex = await world.addTenant('globex');
  api = await world.startApi({ redis: transfers.redis, s3: transfers.s3 });
  client = api.client(await world.token(acme));
  other = api.client(await world.token(globex));
  await transfers.startWorker();
});
afterAll(async () => {
  await transfers?.[Symbol.asyncDispose]();
  await world?.[Symbol.asyncDispose]();
});

const problemOf = async (work: Promise<unknown>) =>
  work.then(
    () => undefined,
    (error: ProblemError) => error.problem,
  );

async function importFile(
  text: string | Uint8Array,
  query: Parameters<TenantryClient['createImport']>[0]['query'] = {},
  options: { by?: TenantryClient; idempotencyKey?: string } = {},
) {
  const answer = await (options.by ?? client).createImport({
    query: { resource: 'customers', ...query },
    body: text as never,
    contentType: query?.format === 'ndjson' ? 'application/x-ndjson' : 'text/csv',
    idempotencyKey: options.idempotencyKey ?? randomUUID(),
  });
  expect(answer.status).toBe(202);
  return answer;
}

async function finished(id: string, by: TenantryClient = client): Promise<LongOperation> {
  let operation: LongOperation | undefined;
  await eventually(
    async () => {
      operation = (await by.getOperation({ params: { id } })).data;
      expect(['succeeded', 'failed', 'cancelled']).toContain(operation.status);
    },
    { limitMs: 50_000 },
  );
  return operation as LongOperation;
}

const imported = async (...args: Parameters<typeof importFile>): Promise<LongOperation & { result: ImportResult }> =>
  (await finished((await importFile(...args)).data.id, args[2]?.by)) as LongOperation & { result: ImportResult };

const textOf = async (stream: ReadableStream<Uint8Array>) => await new Response(stream).text();
const errorsOf = async (id: string, by = client) => await textOf((await by.importErrors({ params: { id } })).data);
const stream = async (query: { resource: 'customers' | 'accounts' | 'transactions'; format?: 'csv' | 'ndjson' }, by = client) =>
  await textOf((await by.streamExport({ query })).data);

async function counts(tenant: TestTenant) {
  const { rows } = await world.admin.query(
    `select (select count(*)::int from ${tenant.schema}.customers where deleted_at is null) as customers,
      (select count(*)::int from ${tenant.schema}.history) as history,
      (select coalesce(sum(version), 0)::int from ${tenant.schema}.customers) as versions,
      (select count(*)::int from tenantry.outbox where writer = $1 and aggregate = 'customer') as outbox`,
    [tenant.appRole],
  );
  return rows[0] as { customers: number; history: number; versions: number; outbox: number };
}
const wipe = async (tenant: TestTenant) => {
  await world.admin.query(`truncate ${tenant.schema}.customers, ${tenant.schema}.history cascade`);
  await world.admin.query('delete from tenantry.outbox where writer = $1', [tenant.appRole]);
};

const people = (count: number, from = 0): string =>
  Array.from({ length: count }, (_, at) => `ext-${from + at},Person ${from + at},person${from + at}@example.org,a;b`).join('\n');

describe('an import of customers', () => {
  it('writes rows, history and events, and tells what became of each row', async () => {
    await wipe(acme);
    const text = `externalId,name,email,tags\nx1,"Ada, Countess",ada@example.org,vip;early\nx2,,no-name@example.org,\nx3,Grace,not an address,\nx4,"a"b,,\nx5,Kurt\n`;
    const { status, result, progress, ...rest } = await imported(text);
    expect({ status, result, progress, problem: rest.problem }).toMatchObject({
      status: 'succeeded',
      problem: null,
      progress: { done: 5, total: 5 },
      result: { created: 1, updated: 0, skipped: 0, failed: 4, dryRun: false },
    });
    expect(result.firstErrors.map(({ row, code, field }) => [row, code, field])).toEqual([
      [2, 'invalid-value', 'name'],
      [3, 'invalid-value', 'email'],
      [4, 'malformed-row', null],
      [5, 'malformed-row', null],
    ]);
    const [ada] = (await client.listCustomers({})).data.items;
    expect(ada).toMatchObject({ externalId: 'x1', name: 'Ada, Countess', tags: ['vip', 'early'], version: 1, status: 'active' });
    expect(await counts(acme)).toEqual({ customers: 1, history: 1, versions: 1, outbox: 1 });
    const { rows: told } = await world.admin.query(`select type, data from tenantry.outbox where writer = $1 and aggregate = 'import'`, [
      acme.appRole,
    ]);
    expect(told).toEqual([
      {
        type: 'dev.tenantry.import.finished.v1',
        data: { operation: { id: rest.id, status: 'succeeded', done: '5', problem: null, finishedAt: rest.finishedAt } },
      },
    ]);
    expect(eventTypes['dev.tenantry.import.finished.v1'].safeParse(told[0]?.data).error).toBeUndefined();
    const { data } = await client.customerHistory({ params: { id: ada?.id ?? '' }, query: {} });
    expect(data.items[0]).toMatchObject({ change: 'created', after: ada, traceId: expect.stringMatching(/^[0-9a-f]{32}$/) });

    const errors = await errorsOf(rest.id);
    expect(errors.split('\r\n')[0]).toBe('externalId,name,email,tags,error_row,error_code,error_field,error_message');
    expect(errors).toContain('x3,Grace,not an address,,3,invalid-value,email,');
    // The corrected file goes in as it is.
    const again = await imported(errors.replace('not an address', 'grace@example.org').replace('x2,,', 'x2,Named,'));
    expect(again.result).toMatchObject({ created: 4, failed: 0 });
  });

  it('by a dry run writes nothing, and reports what the import would', async () => {
    await wipe(acme);
    await imported(`externalId,name,email\n${people(3).replaceAll(',a;b', '')}`);
    const before = await counts(acme);
    const text = `externalId,name,email\next-1,Taken,new@example.org\nnew-1,Fresh,fresh@example.org\nnew-2,Twice,fresh@example.org\nnew-3,,\n`;
    const dry = await imported(text, { dryRun: 'true' });
    expect(await counts(acme)).toEqual(before);
    expect(dry.result).toMatchObject({ dryRun: true, created: 1, failed: 3 });
    const real = await imported(text);
    expect(real.result).toMatchObject({ dryRun: false, created: 1, failed: 3 });
    expect(real.result.firstErrors).toEqual(dry.result.firstErrors);
    for (const onConflict of ['skip', 'update'] as const) {
      const [would, did] = [await imported(text, { onConflict, dryRun: 'true' }), await imported(text, { onConflict })];
      const { dryRun: _would, errors: _a, ...expected } = would.result;
      expect(did.result).toMatchObject(expected);
    }
  });

  it('changes what is there when asked to, and only the fields the file has', async () => {
    await wipe(acme);
    await imported('externalId,name,email,segment\ne1,One,one@example.org,gold\ne2,Two,two@example.org,gold\n');
    const { result } = await imported('externalId,name,segment\ne1,Uno,\ne2,Two,\ne3,Three,silver\ne1,Unus,\n', { onConflict: 'update' });
    expect(result).toMatchObject({ created: 1, updated: 2, skipped: 1, failed: 0 });
    const items = (await client.listCustomers({ query: { sort: 'name' } as never })).data.items;
    expect(items.find(({ externalId }) => externalId === 'e1')).toMatchObject({
      name: 'Unus',
      segment: 'gold',
      email: 'one@example.org',
      version: 3,
    });
    expect(await counts(acme)).toMatchObject({ customers: 3, history: 5, versions: 5, outbox: 5 });
    const byEmail = await imported("email,phone\nONE@example.org,'+4930123456\n", { onConflict: 'update', match: 'email' });
    expect(byEmail.result).toMatchObject({ failed: 1 });
    const named = await imported("email,name,phone\nTWO@example.org,Duo,'+4930123456\n", { onConflict: 'update', match: 'email' });
    expect(named.result).toMatchObject({ updated: 1, failed: 0 });
  });

  it('takes columns under other names, NDJSON, a byte order mark and semicolons', async () => {
    await wipe(acme);
    const mapping = JSON.stringify({ Kunde: 'name', 'E-Mail': 'email', Branche: 'attributes.industry', Notiz: null });
    const csv = await imported(`\ufeffKunde;E-Mail;Branche;Notiz\r\nMüller;mueller@example.org;Stahl;x\r\n`, { mapping });
    expect(csv.result).toMatchObject({ created: 1, failed: 0 });
    expect((await client.listCustomers({})).data.items[0]).toMatchObject({ name: 'Müller', attributes: { industry: 'Stahl' } });
    const lines = [
      { name: '田中', tags: ['a;b'], attributes: { n: 1 } },
      { name: 'Unknown', colour: 'red' },
      'text',
      { name: 'Nul \u0000' },
    ];
    const ndjson = await imported(lines.map((line) => JSON.stringify(line)).join('\n'), { format: 'ndjson' });
    expect(ndjson.result).toMatchObject({ created: 1, failed: 3 });
    expect(await errorsOf(ndjson.id)).toContain('colour,is not a field of this resource');
  });

  it.each([
    ['text in another encoding', Buffer.from('name\nM\xfcller\n', 'latin1'), 'UTF-8'],
    ['UTF-16', Buffer.from('\ufeffname\nx\n', 'utf16le'), 'UTF-16'],
    ['a workbook', Buffer.from('PK\x03\x04....'), 'Excel'],
    ['nothing', Buffer.from(''), 'empty'],
    ['an unknown column', Buffer.from('name,shoe size\nx,42\n'), 'shoe size'],
    ['a column twice', Buffer.from('name,name\nx,y\n'), 'Two columns'],
  ])('refuses %s before it stores anything', async (_what, body, says) => {
    const refusal = await problemOf(importFile(body));
    expect(refusal).toMatchObject({ status: 400, code: 'invalid-request', detail: expect.stringContaining(says) });
  });

  it('needs a key, and with the same key happens once', async () => {
    await wipe(acme);
    const text = 'name\nOnce\n';
    const query = { resource: 'customers' } as const;
    const keyless = client.createImport({ query, body: text, contentType: 'text/csv' });
    expect(await problemOf(keyless)).toMatchObject({
      status: 400,
      errors: [{ pointer: '/header/idempotency-key', detail: 'is required' }],
    });
    const idempotencyKey = randomUUID();
    const first = await importFile(text, {}, { idempotencyKey });
    const second = await importFile(text, {}, { idempotencyKey });
    expect([first.replayed, second.replayed]).toEqual([false, true]);
    expect(second.data).toEqual(first.data);
    expect(await problemOf(importFile('name\nOther\n', {}, { idempotencyKey }))).toMatchObject({
      status: 422,
      code: 'idempotency-key-reused',
    });
    await finished(first.data.id);
    expect(await counts(acme)).toMatchObject({ customers: 1 });
  });

  it('isolates a row that only the database refuses', async () => {
    await wipe(acme);
    await world.admin.query(`alter table ${acme.schema}.customers add constraint poison check (name <> 'Person 1234')`);
    const { result } = await imported(`externalId,name,email,tags\n${people(2500)}`);
    await world.admin.query(`alter table ${acme.schema}.customers drop constraint poison`);
    expect(result).toMatchObject({ created: 2499, failed: 1, firstErrors: [{ row: 1235, code: 'refused' }] });
    expect(await counts(acme)).toEqual({ customers: 2499, history: 2499, versions: 2499, outbox: 2499 });
  });

  it('can be cancelled, and says how far it came', async () => {
    await wipe(acme);
    const lock = await world.cell.connectAsAdmin();
    await lock.query(`begin; lock table ${acme.schema}.history in share row exclusive mode`);
    const { data } = await importFile(`externalId,name,email,tags\n${people(5000)}`);
    await eventually(async () => expect((await client.getOperation({ params: { id: data.id } })).data.status).toBe('running'), {
      limitMs: 20_000,
    });
    expect((await client.getOperation({ params: { id: data.id } })).headers.get('retry-after')).toBe('1');
    // The row is held by the chunk under way; the cancellation takes its turn behind it.
    const cancelled = client.cancelOperation({ params: { id: data.id } });
    await lock.query('rollback');
    expect((await cancelled.catch(() => client.cancelOperation({ params: { id: data.id } }))).data.status).toBe('cancelled');
    const { progress, result } = await finished(data.id);
    const stored = await counts(acme);
    expect(stored).toMatchObject({ customers: progress.done, history: progress.done, outbox: progress.done });
    expect((result as ImportResult).created).toBe(progress.done);
    expect(progress.done).toBeLessThan(5000);
    expect((await client.cancelOperation({ params: { id: data.id } })).data.status).toBe('cancelled');
  });

  it('is followed by a stream from how it stands to its end, by its own tenant', async () => {
    await wipe(acme);
    const lock = await world.cell.connectAsAdmin();
    await lock.query(`begin; lock table ${acme.schema}.history in share row exclusive mode`);
    const { data } = await importFile(`externalId,name,email,tags\n${people(5000)}`);
    const params = { id: data.id };
    const reader = new EventReader((await client.streamOperation({ params })).data as ReadableStream<Uint8Array>);
    const late = async () => new EventReader((await client.streamOperation({ params })).data as ReadableStream<Uint8Array>);
    const states = ({ events }: EventReader) => events.map(({ event }) => event as unknown as Pick<LongOperation, 'status' | 'progress'>);
    await eventually(() => expect(states(reader).at(-1)).toMatchObject({ status: 'running' }), { limitMs: 30_000 });
    await lock.query('rollback');
    await reader.ended;
    const done = states(reader).map(({ progress }) => progress.done);
    expect(done).toEqual([...done].sort((a, b) => a - b));
    const { status, progress, finishedAt } = await finished(data.id);
    expect(states(reader).at(-1)).toEqual({ id: data.id, kind: 'import', status, progress, problem: null, finishedAt });
    expect([status, progress.done]).toEqual(['succeeded', 5000]);
    // Who comes when it is over hears just that.
    const after = await late();
    await after.ended;
    expect(after.events).toEqual(reader.events.slice(-1));
    for (const id of [data.id, randomUUID()]) {
      expect(await problemOf(other.streamOperation({ params: { id } }))).toMatchObject({ status: 404, code: 'not-found' });
    }
  });

  it('checks attributes as the tenant’s schema says', async () => {
    await wipe(globex);
    await world.admin.query(
      `insert into ${globex.schema}.attribute_schemas (version, schema, created_at, created_by)
       values (2, '{"type":"object","properties":{"size":{"type":"integer"}},"required":["size"]}', now(), 'test')`,
    );
    const { result } = await imported('name,attributes\nGood,"{""size"":3}"\nBad,"{""size"":""x""}"\nNone,\n', {}, { by: other });
    await world.admin.query(`delete from ${globex.schema}.attribute_schemas`);
    expect(result).toMatchObject({
      created: 1,
      failed: 2,
      firstErrors: [
        { row: 2, field: 'attributes.size' },
        { row: 3, field: 'attributes.size' },
      ],
    });
  });
});

describe('an export of customers', () => {
  const nasty = ['=1+1', '+49 30', "'=quoted", '-', '@home', '\ttab', 'line\r\nbreak', 'say "hi"', 'a,b;c', '田中 😀'];

  it('comes back by an import as it was, whatever it holds', async () => {
    await wipe(acme);
    await wipe(globex);
    const made = nasty.map((name, at) => ({
      name,
      externalId: `=${at}`,
      tags: ['a;b', name.trim()],
      attributes: { note: name },
      phone: '+4930123456',
    }));
    await imported(made.map((line) => JSON.stringify(line)).join('\n'), { format: 'ndjson' });
    for (const format of ['csv', 'ndjson'] as const) {
      const file = await stream({ resource: 'customers', format });
      if (format === 'csv') for (const line of file.split(/\r\n(?=[0-9a-f]{8}-)/).slice(1)) expect(line).not.toMatch(/(?:^|,)"?[=+@\t\r]/);
      await wipe(globex);
      expect((await imported(file, { format }, { by: other })).result).toMatchObject({ created: nasty.length, failed: 0 });
      const fields = async (by: TenantryClient) =>
        (await by.listCustomers({ query: { limit: 200 } })).data.items
          .map(({ id: _id, createdAt: _c, updatedAt: _u, ...rest }) => rest)
          .sort((a, b) => String(a.externalId).localeCompare(String(b.externalId)));
      expect(await fields(other)).toEqual(await fields(client));
    }
  });

  it('makes a file behind a link that is good for this file only, for a while', async () => {
    const { data, status } = await client.createExport({
      body: { resource: 'customers', format: 'csv', bom: true },
      idempotencyKey: randomUUID(),
    });
    expect(status).toBe(202);
    const { result } = (await finished(data.id)) as LongOperation & { result: { url: string; rows: number; bytes: number } };
    expect(result.rows).toBe(nasty.length);
    const file = await fetch(result.url);
    const bytes = Buffer.from(await file.arrayBuffer());
    expect(file.headers.get('content-disposition')).toContain(`customers-${data.id}.csv`);
    expect(bytes.length).toBe(result.bytes);
    expect(bytes.subarray(0, 3).toString('hex')).toBe('efbbbf');
    expect(bytes.subarray(3).toString()).toBe(await stream({ resource: 'customers' }));
    const url = new URL(result.url);
    expect(url.pathname).toContain(`/t/${acme.tenantId}/exports/${data.id}/`);
    expect(url.searchParams.get('X-Amz-Expires')).toBe('900');
    // Another object, another tenant's, or no signature at all.
    for (const change of [
      (to: URL) => (to.pathname = to.pathname.replace(acme.tenantId, globex.tenantId)),
      (to: URL) => (to.search = ''),
    ]) {
      const forged = new URL(result.url);
      change(forged);
      expect((await fetch(forged)).status).toBe(403);
    }
  });

  it('of another tenant is absent, as are its operations, its errors file and its link (H19)', async () => {
    const { data } = await client.createExport({ body: { resource: 'customers' }, idempotencyKey: randomUUID() });
    const errors = await imported('name\n\n""\n');
    for (const id of [data.id, errors.id, randomUUID()]) {
      const params = { id };
      for (const refused of [other.getOperation, other.cancelOperation, other.importErrors]) {
        expect(await problemOf(refused({ params }))).toMatchObject({ status: 404, code: 'not-found' });
      }
    }
    const listed = (await other.listOperations({ query: { limit: 200 } })).data.items.map(({ id }) => id);
    expect(listed).not.toContain(data.id);
    expect((await client.listOperations({ query: { limit: 200 } })).data.items.map(({ id }) => id)).toContain(data.id);
    expect((await finished(data.id)).status).toBe('succeeded');
  });

  it('of ten thousand rows is one snapshot, and its reader may stop half way', async () => {
    await wipe(acme);
    await imported(`externalId,name,email,tags\n${people(10_000)}`);
    const response = await client.streamExport({ query: { resource: 'customers', format: 'ndjson' } });
    const reader = response.data.getReader();
    await reader.read();
    await client.createCustomer({ body: { name: 'Too late' } });
    let rest = '';
    for (let piece = await reader.read(); !piece.done; piece = await reader.read()) rest += Buffer.from(piece.value).toString();
    expect(rest).not.toContain('Too late');
    const stopped = await client.streamExport({ query: { resource: 'customers', format: 'ndjson' } });
    await stopped.data.cancel();
    await eventually(
      async () => {
        const { rows } = await world.admin.query(
          `select count(*)::int as n from pg_stat_activity where application_name like '%/export' and datname = current_database()`,
        );
        expect(rows[0].n).toBe(0);
      },
      { limitMs: 20_000 },
    );
  });
});

describe('a bucket that does not answer', () => {
  it('makes imports 503, with Retry-After, and leaves the rest alone', async () => {
    const cut = await world.startApi({ redis: transfers.redis, s3: { ...transfers.s3, endpoint: 'http://127.0.0.1:1' } });
    const bare = cut.client(await world.token(acme));
    expect(await problemOf(importFile('name\nx\n', {}, { by: bare }))).toMatchObject({ status: 503, code: 'unavailable' });
    expect((await bare.createCustomer({ body: { name: 'Goes on' } })).status).toBe(201);
    expect((await bare.listOperations({})).status).toBe(200);
  });
});

describe('without a bucket or a queue', () => {
  it('imports and exports say so, and everything else is as it was', async () => {
    const plain = await world.startApi();
    const bare = plain.client(await world.token(acme));
    expect(await problemOf(importFile('name\nx\n', {}, { by: bare }))).toMatchObject({ status: 503, code: 'unavailable' });
    expect(await problemOf(bare.createExport({ body: { resource: 'customers' } }))).toMatchObject({ status: 503, code: 'unavailable' });
    expect((await bare.createCustomer({ body: { name: 'Goes on' } })).status).toBe(201);
    expect(await stream({ resource: 'customers' }, bare)).toContain('Goes on');
  });
});
