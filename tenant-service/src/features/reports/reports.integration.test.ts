import { createHash, randomInt } from 'node:crypto';
import { type NewReport, REPORT_NAMES, type Report, type TenantryClient } from '@tenantry/contracts';
import { eventually } from '@tenantry/stack/testing/eventually.ts';
import { seeded } from '@tenantry/stack/testing/seeded.ts';
import { parse } from 'csv-parse/sync';
import { parquetReadObjects } from 'hyparquet';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { problemOf } from '../../../testing/problem-of.ts';
import { makeReportData, type ReportData, storeReportData } from '../../../testing/report-data.ts';
import * as model from '../../../testing/report-model.ts';
import { type RunningApi, type ServiceWorld, serviceWorld, type TestTenant } from '../../../testing/service-world.ts';
import { type TransferWorld, transferWorld } from '../../../testing/transfer-world.ts';
import { unguarded } from '../../transfer/csv-format.ts';

/** Said by a failure; put it here to repeat one. */
const SEED = randomInt(2 ** 31);

let world: ServiceWorld;
let transfers: TransferWorld;
let api: RunningApi;
let acme: TestTenant;
let client: TenantryClient;
let other: TenantryClient;
let data: ReportData;

beforeAll(async () => {
  world = await serviceWorld();
  transfers = await transferWorld(world);
  acme = await world.addTenant('acme');
  api = await world.startApi({ redis: transfers.redis, s3: transfers.s3 });
  client = api.client(await world.token(acme));
  other = api.client(await world.token(await world.addTenant('globex')));
  data = makeReportData(seeded(SEED));
  await storeReportData(world.admin, acme.schema, data);
  await transfers.startWorker();
});
afterAll(async () => {
  await transfers?.[Symbol.asyncDispose]();
  await world?.[Symbol.asyncDispose]();
});

type Asked = Parameters<TenantryClient['createReport']>[0]['body'];

async function made(body: Asked, by = client): Promise<Report> {
  const { data: accepted } = await by.createReport({ body });
  let report = accepted;
  await eventually(
    async () => {
      report = (await by.getReport({ params: { id: accepted.id } })).data;
      expect(report.status).toBe('succeeded');
    },
    { limitMs: 30_000 },
  );
  return report;
}

async function fileOf({ file }: Report): Promise<Buffer> {
  const bytes = Buffer.from(await (await fetch(file?.url ?? '')).arrayBuffer());
  expect({ bytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') }).toEqual({
    bytes: file?.bytes,
    sha256: file?.sha256,
  });
  return bytes;
}

async function cellsOf(body: Asked): Promise<{ header: string[]; rows: string[][] }> {
  const report = await made(body);
  const [header = [], ...rows] = parse(await fileOf(report)) as string[][];
  expect(report.rows).toBe(rows.length);
  return { header, rows: rows.map((row) => row.map(unguarded)) };
}

const sorted = (rows: readonly string[][]): string[][] => [...rows].sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
const period = { from: '2026-02-11', to: '2026-11-05' };
/** Somewhere with summer time, somewhere with half hours, and an instant within the data. */
const asked = [
  { at: { timeZone: 'UTC', asOf: '2026-11-20T12:00:00.000Z' }, units: ['month', 'year'] },
  { at: { timeZone: 'America/New_York', asOf: '2026-08-03T03:30:00.000Z' }, units: ['day', 'quarter'] },
  { at: { timeZone: 'Australia/Lord_Howe', asOf: '2026-10-03T15:45:00.000Z' }, units: ['week'] },
] as const;

describe.each(asked)('numbers in $at.timeZone as of $at.asOf are those of the model', ({ at, units }) => {
  it.each(units)('volume and growth by %s', async (by) => {
    const volume = await cellsOf({ report: 'transaction-volume', parameters: { period, by }, ...at });
    expect(volume.header).toEqual(['period', 'accountType', 'currency', 'transactions', 'creditMinor', 'debitMinor', 'netMinor']);
    expect(volume.rows, `seed ${SEED}`).toEqual(sorted(model.modelVolume(data, period, by, at)));
    const growth = await cellsOf({ report: 'customer-growth', parameters: { period, by }, ...at });
    expect(growth.rows, `seed ${SEED}`).toEqual(model.modelGrowth(data, period, by, at));
  });

  it('segments, balances, dormant and top customers', async () => {
    expect((await cellsOf({ report: 'customer-segments', ...at })).rows, `seed ${SEED}`).toEqual(sorted(model.modelSegments(data, at)));
    expect(sorted((await cellsOf({ report: 'account-balances', ...at })).rows), `seed ${SEED}`).toEqual(
      sorted(model.modelBalances(data, at)),
    );
    const dormant = await cellsOf({ report: 'dormant-customers', parameters: { days: 30 }, ...at });
    expect(sorted(dormant.rows), `seed ${SEED}`).toEqual(sorted(model.modelDormant(data, 30, at)));
    const top = await cellsOf({ report: 'top-customers', parameters: { period, top: 5 }, ...at });
    expect(sorted(top.rows), `seed ${SEED}`).toEqual(sorted(model.modelTop(data, period, 5, at)));
  });

  it('cohorts', async () => {
    const by = units[0] === 'day' ? 'quarter' : units[0];
    const { rows } = await cellsOf({ report: 'customer-cohorts', parameters: { period, by }, ...at });
    expect(sorted(rows), `seed ${SEED}`).toEqual(sorted(model.modelCohorts(data, period, by, at)));
  });

  it('a statement, in its order', async () => {
    const busiest =
      data.accounts.filter(({ createdAt }) => createdAt < at.asOf).toSorted((a, b) => countOf(b.id) - countOf(a.id))[0]?.id ?? '';
    const { rows } = await cellsOf({ report: 'account-statement', parameters: { accountId: busiest, period }, ...at });
    const shown = rows.map(([entry = '', bookedAt = '', id = '', _reference, ...rest]) => {
      const isEntry = entry !== 'opening' && entry !== 'closing';
      return [entry, isEntry ? bookedAt : '', id, ...rest];
    });
    expect(shown, `seed ${SEED}`).toEqual(model.modelStatement(data, busiest, period, at));
  });
});

const countOf = (accountId: string): number => data.transactions.filter((each) => each.accountId === accountId).length;

it('a named period is read at asOf, in the time zone', async () => {
  // In Auckland it is the first of November already.
  const at = { timeZone: 'Pacific/Auckland', asOf: '2026-10-31T12:00:00.000Z' };
  for (const [name, dates] of [
    ['last-month', { from: '2026-10-01', to: '2026-11-01' }],
    ['month-to-date', { from: '2026-11-01', to: '2026-11-02' }],
    ['last-quarter', { from: '2026-07-01', to: '2026-10-01' }],
    ['last-week', { from: '2026-10-19', to: '2026-10-26' }],
    ['year-to-date', { from: '2026-01-01', to: '2026-11-02' }],
  ] as const) {
    const { rows } = await cellsOf({ report: 'transaction-volume', parameters: { period: name, by: 'year' }, ...at });
    expect(rows, `${name}, seed ${SEED}`).toEqual(sorted(model.modelVolume(data, dates, 'year', at)));
  }
});

it('CSV, NDJSON and Parquet say the same; formulas are guarded, line ends and quotes come back', async () => {
  const body = { report: 'account-balances', asOf: '2026-11-20T12:00:00.000Z' } as const;
  const csv = parse(await fileOf(await made(body)), { columns: true }) as Record<string, string>[];
  const lines = (await fileOf(await made({ ...body, format: 'ndjson' }))).toString().trimEnd().split('\n');
  const objects = lines.map((line) => JSON.parse(line) as Record<string, string | null>);
  expect(csv.some(({ customer = '' }) => customer.startsWith("'=cmd"))).toBe(true);
  const unwritten = (value: string | null) => value ?? '';
  expect(csv.map((row) => Object.values(row).map(unguarded))).toEqual(objects.map((row) => Object.values(row).map(unwritten)));
  const file = new Uint8Array(await fileOf(await made({ ...body, format: 'parquet' }))).buffer;
  const read = (await parquetReadObjects({ file })).map((row) => ({ ...row, balanceMinor: String(row.balanceMinor) }));
  expect(read).toEqual(objects);
});

it('the catalogue describes each report as POST takes it', async () => {
  const { items } = (await client.reportCatalogue({})).data;
  expect(items.map(({ report }) => report)).toEqual(REPORT_NAMES);
  expect(items[0]).toMatchObject({
    parameters: { properties: { period: {}, by: {}, kinds: {}, currencies: {} }, additionalProperties: false },
    columns: [{}, {}, {}, {}, { name: 'creditMinor', type: 'amount' }, {}, {}],
  });
});

it.each<[string, object, string]>([
  ['an unknown report', { report: 'everything' }, '/report'],
  ['a parameter of another report', { report: 'customer-segments', parameters: { days: 3 } }, '/parameters/days'],
  ['a missing parameter', { report: 'account-statement' }, '/parameters/accountId'],
  [
    'a period that ends before it begins',
    { report: 'customer-growth', parameters: { period: { from: '2026-02-02', to: '2026-02-01' } } },
    '/parameters/period',
  ],
  ['a time zone nobody knows', { report: 'customer-segments', timeZone: 'Europe/Atlantis' }, '/timeZone'],
  ['an offset, which PostgreSQL reads the other way round', { report: 'customer-segments', timeZone: '+02:00' }, '/timeZone'],
  ['the future', { report: 'customer-segments', asOf: '2199-01-01T00:00:00Z' }, '/asOf'],
])('refuses %s and says where', async (_what, body, pointer) => {
  const problem = await problemOf(client.createReport({ body: body as NewReport }));
  expect(problem?.code).toBe('invalid-request');
  expect(problem?.errors?.[0]?.pointer).toContain(pointer);
});

it('a report is its tenant’s alone, and asking twice with one key makes one', async () => {
  const ask = () => client.createReport({ body: { report: 'customer-segments' }, idempotencyKey: `key-${SEED}` });
  const [first, second] = [await ask(), await ask()];
  expect([second.replayed, second.data.id]).toEqual([true, first.data.id]);
  const { id } = await made({ report: 'customer-segments' });
  expect((await problemOf(other.getReport({ params: { id } })))?.code).toBe('not-found');
  expect((await other.listReports({})).data.items).toEqual([]);
  // The neighbour's own reports know nothing of it either.
  expect((await made({ report: 'account-balances' }, other)).rows).toBe(0);
  const { items } = (await client.listReports({ query: { limit: '1' as never } })).data;
  expect(items.map((report) => report.id)).toEqual([id]);
});
