import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { gunzipSync } from 'node:zlib';
import type { Archive, ReportName, TenantryClient, Transaction } from '@tenantry/contracts';
import { eventually } from '@tenantry/stack/testing/eventually.ts';
import { seeded } from '@tenantry/stack/testing/seeded.ts';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { problemOf } from '../../testing/problem-of.ts';
import { makeReportData, type ReportData, storeReportData } from '../../testing/report-data.ts';
import { type ServiceWorld, serviceWorld, type TestTenant } from '../../testing/service-world.ts';
import { type TransferWorld, transferWorld } from '../../testing/transfer-world.ts';
import { type WorkerProcesses, workerProcesses } from '../../testing/worker-processes.ts';
import { reportQueries } from '../features/reports/report-queries.ts';
import { Connection, clientConfig } from '../postgres/connection.ts';
import type { ReportQuery, ReportRequest } from '../reporting/report-request.ts';
import { RollUps } from '../rollups/roll-ups.ts';
import { type Door, pooledDoor } from '../tenancy/doors.ts';
import { ARCHIVE_CONTENTS } from './archive-contents.ts';

const OFTEN = { JOB_CLEAN_MS: '250', JOB_LEASE_MS: '300' };
const DAY_MS = 86_400_000;
/** Nothing was booked or posted on this day, so the cut may move over a midnight while this runs. */
const CUT = '2026-07-01T00:00:00.000Z';
const CUT_END = '2026-07-02T00:00:00.000Z';
/** So long ago were those transactions that are not of the data. */
const AGE_MS = Date.now() - Date.parse('2026-03-01T00:00:00Z');
const period = { from: '2026-07-02', to: '2026-11-05' };
const TOMORROW = new Date(Date.now() + DAY_MS).toISOString();
/** Of one account beside the data: more than the smallest file takes. */
const MANY = 700;

let world: ServiceWorld;
let transfers: TransferWorld;
let workers: WorkerProcesses;
let door: Door;
let acme: TestTenant;
let client: TenantryClient;
let data: ReportData;

const rows = async <Row>(sql: string, values: readonly unknown[] = []): Promise<Row[]> =>
  (await world.admin.query(sql.replaceAll('{schema}', acme.schema), [...values])).rows as Row[];
const stored = async () => (await rows<{ id: string }>('select id from {schema}.transactions order by 1')).map(({ id }) => id);
const isOn = (instant: string): boolean => instant >= CUT && instant < CUT_END;

/** An id as the service would have given it so long ago. */
const aged = (id: string): string => {
  const time = (Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16) - AGE_MS).toString(16).padStart(12, '0');
  return `${time.slice(0, 8)}-${time.slice(8)}${id.slice(13)}`;
};

/** Makes transactions that were just posted old ones, as if they had been posted then. */
async function age(ids: readonly string[]): Promise<void> {
  for (const id of ids) {
    await rows('update {schema}.transactions set reverses_id = $2 where reverses_id = $1', [id, aged(id)]);
    await rows(
      `update {schema}.history set after = jsonb_set(after, '{transactionId}', to_jsonb($2::text)) where after ->> 'transactionId' = $1`,
      [id, aged(id)],
    );
    await rows(
      `update {schema}.transactions set id = $2, booked_at = booked_at - $3 * interval '1 second', created_at = created_at - $3 * interval '1 second'
       where id = $1`,
      [id, aged(id), AGE_MS / 1000],
    );
  }
}

const files = async (query: object = {}): Promise<Archive[]> =>
  (await client.listArchives({ query: { kind: 'transactions', ...query } })).data.items;

async function archived(): Promise<Transaction[]> {
  const found: Transaction[] = [];
  for (const { file } of await files()) {
    const lines = gunzipSync(Buffer.from(await (await fetch(file.url)).arrayBuffer()))
      .toString()
      .trimEnd()
      .split('\n');
    found.push(...lines.map((line) => JSON.parse(line) as Transaction));
  }
  return found;
}

/** The accounts and transactions of the API's own. */
interface Posted {
  readonly ours: string;
  readonly theirs: string;
  readonly old: Transaction;
  readonly transferId: string;
  readonly lateTakenBack: string;
  readonly late: string;
}
let posted: Posted;

beforeAll(async () => {
  world = await serviceWorld();
  transfers = await transferWorld(world);
  workers = await workerProcesses(world, transfers);
  const transactionDays = Math.floor((Date.now() - Date.parse(CUT)) / DAY_MS);
  acme = await world.addTenant('acme', { quotas: { transactionDays } });
  const { rows: login } = transfers.workerConfig();
  door = pooledDoor({ connect: () => new Connection(clientConfig(login, 'test'), true), connections: 1, connectionsPerTenant: 1 });
  const made = makeReportData(seeded(20261123));
  // Of some customers nothing stays but the sum.
  const gone = new Set(made.customers.slice(0, 15).map(({ id }) => id));
  const quiet = new Set(made.accounts.filter(({ customerId }) => gone.has(customerId)).map(({ id }) => id));
  const isKept = ({ accountId, bookedAt, createdAt }: ReportData['transactions'][number]) =>
    !isOn(bookedAt) && !isOn(createdAt) && (!quiet.has(accountId) || (bookedAt < CUT && createdAt < CUT));
  data = { ...made, transactions: made.transactions.filter(isKept) };
  await storeReportData(world.admin, acme.schema, data);
  await rows(
    `insert into {schema}.transactions (id, account_id, account_version, kind, amount_minor, currency, balance_after_minor, booked_at, created_at)
     select gen_random_uuid(), a.id, 2000 + n, 'adjustment', n, a.currency, n, at, at
     from {schema}.accounts a, generate_series(1, $2::int) n, lateral (select timestamptz '2026-02-01 UTC' + n * interval '1 hour' as at) t where a.id = $1`,
    [data.accounts[0]?.id, MANY],
  );

  const api = await world.startApi({ redis: transfers.redis, s3: transfers.s3 });
  client = api.client(await world.token(acme, { expiresIn: 3500 }));
  const { id: customer } = (await client.createCustomer({ body: { name: 'Ada' } })).data;
  const open = async () => (await client.createAccount({ params: { id: customer }, body: { type: 'current', currency: 'EUR' } })).data.id;
  const [ours, theirs] = [await open(), await open()];
  const post = async (amountMinor: string, more: object = {}) =>
    (await client.postTransaction({ params: { id: ours }, body: { kind: 'adjustment', amountMinor, ...more } as never })).data;
  const takeBack = async (id: string, body: object = {}) =>
    (await client.reverseTransaction({ params: { id }, body: body as never })).data.id;
  // Booked a minute before what stays, so that there is an edge between them.
  const earlier = { bookedAt: new Date(Date.now() - 60_000).toISOString() };
  const old = await post('1000', earlier);
  const transfer = (
    await client.createTransfer({ body: { fromAccountId: ours, toAccountId: theirs, amountMinor: '300', ...earlier } as never })
  ).data;
  const takenBack = await post('50', earlier);
  const its = await takeBack(takenBack.id, earlier);
  const lateTakenBack = await post('7');
  await age([old.id, transfer.debit.id, transfer.credit.id, takenBack.id, its, lateTakenBack.id]);
  await rows('update {schema}.transactions set transfer_id = $2 where transfer_id = $1', [transfer.id, aged(transfer.id)]);
  // Taken back only now, though it says otherwise; and posted only now, though booked long ago.
  const bookedAt = new Date(Date.now() - 100 * DAY_MS).toISOString();
  await takeBack(aged(lateTakenBack.id), { bookedAt: new Date(Date.now() - AGE_MS).toISOString() });
  const late = await post('11', { bookedAt: new Date(Date.now() - AGE_MS).toISOString() });
  await post('13', { bookedAt: bookedAt > CUT_END ? bookedAt : new Date().toISOString() });
  const ids = { transferId: aged(transfer.id), lateTakenBack: aged(lateTakenBack.id), late: late.id };
  posted = { ours, theirs, old: { ...old, id: aged(old.id) }, ...ids };
});

afterAll(async () => {
  workers?.[Symbol.dispose]();
  await door?.close();
  await transfers?.[Symbol.asyncDispose]();
  await world?.[Symbol.asyncDispose]();
});

/** What may be asked of the days that stay, in every way there is. */
async function told(): Promise<object> {
  const reports: Record<string, unknown> = {};
  for (const asOf of ['2026-07-19T12:00:00.000Z', '2026-11-20T12:00:00.000Z']) {
    const busiest = data.accounts.toSorted((a, b) => countOf(b.id) - countOf(a.id))[0]?.id ?? '';
    const asked: Partial<Record<ReportName, object>> = {
      'transaction-volume': { period, by: 'week' },
      'account-statement': { accountId: busiest, period },
      'account-balances': {},
      'top-customers': { period, top: 5 },
      'dormant-customers': { days: 30 },
      'customer-cohorts': { period: { from: '2026-08-01', to: '2026-11-05' }, by: 'month' },
    };
    for (const [report, parameters] of Object.entries(asked)) {
      const request = { report, parameters, format: 'csv', timeZone: 'UTC', asOf } as unknown as ReportRequest;
      const { text, values } = (reportQueries[report as ReportName] as ReportQuery<ReportName>)(request);
      const literal = (at: string) => world.admin.escapeLiteral(String(values[Number(at) - 1]));
      reports[`${report} ${asOf}`] = await rows(text.replaceAll(/\$(\d+)/g, (_, at: string) => literal(at)));
    }
  }
  const statements = await Promise.all(
    [posted.ours, posted.theirs].map(async (id) => {
      const query = { from: CUT_END, to: TOMORROW };
      const { data: statement } = await client.accountStatement({ params: { id }, query } as never);
      const { data: account } = await client.getAccount({ params: { id } });
      return { statement, account };
    }),
  );
  // Figures that are made anew of what is there now.
  await new RollUps(door).rebuild(acme, 2000);
  const daily = (await client.dailyFigures({ query: { from: '2026-01-01', to: '2026-12-31' } })).data;
  const { cohorts } = (await client.cohortFigures({ query: { from: '2026-01', to: '2026-12' } })).data;
  return { reports, statements, daily: { ...daily, freshness: undefined }, cohorts };
}

const countOf = (accountId: string): number => data.transactions.filter((each) => each.accountId === accountId).length;

it('nothing leaves while figures have not counted what happened before the cut', async () => {
  const going = async () => {
    const bounds = { cut: CUT, limit: 5, since: null, afterId: '00000000-0000-0000-0000-000000000000', afterVersion: 0 };
    const of = async (kind: 'history' | 'transactions') => {
      const { text, values } = ARCHIVE_CONTENTS[kind].rows(bounds);
      return (await rows(text, values)).length;
    };
    return [await of('history'), await of('transactions')];
  };
  const whenAnEventIsOf = async (at: string) => {
    await world.admin.query('begin');
    try {
      await rows(
        `insert into {schema}.events (seq, id, type, subject, version, occurred_at, data, hash)
         select r.seq + n, gen_random_uuid(), 'probe', 'probe', n, case n when 2 then $1::timestamptz else now() end, '{}', sha256('')
         from {schema}.report_rollups r, generate_series(1, 2) n`,
        [at],
      );
      return await going();
    } finally {
      await world.admin.query('rollback');
    }
  };
  expect(await whenAnEventIsOf(CUT)).toEqual([5, 5]);
  expect(await whenAnEventIsOf('2026-06-30T23:59:59.999Z')).toEqual([0, 0]);
});

it('killed at every step, each transaction is in a file or in the table, and all that may be asked is answered as before', {
  timeout: 180_000,
}, async () => {
  const before = { told: await told(), stored: await stored() };
  const sums = () =>
    rows(`select a.id, a.archived_minor + coalesce(sum(t.amount_minor), 0) as sum
      from {schema}.accounts a left join {schema}.transactions t on t.account_id = a.id group by a.id order by a.id`);
  const summed = await sums();
  for (const place of ['written', 'stored', 'described', 'removed']) {
    const doomed = workers.start({ ...OFTEN, CRASH_AFTER: `archive.${place}:1` });
    expect((await once(doomed, 'exit'))[1]).toBe('SIGKILL');
    // Its claim would run out by itself. After many attempts files are small: there are several then.
    await rows('update {schema}.archives set claimed_until = null, attempt = attempt + 4');
  }
  workers.start(OFTEN);
  const isOld = (each: { readonly bookedAt: string; readonly createdAt: string }) => each.bookedAt < CUT && each.createdAt < CUT;
  const own = 5;
  const due = data.transactions.filter(isOld).length + MANY + own;
  await eventually(async () => expect((await files()).reduce((sum, each) => sum + each.rows, 0)).toBe(due), { limitMs: 60_000 });
  workers.killAll();
  expect((await files()).length).toBeGreaterThan(1);

  const gone = await archived();
  expect([...gone.map(({ id }) => id), ...(await stored())].sort()).toEqual(before.stored);
  expect(gone.find(({ id }) => id === posted.old.id)).toMatchObject({
    amountMinor: '1000',
    balanceAfterMinor: '1000',
    accountId: posted.ours,
  });
  expect(await sums()).toEqual(summed);
  expect(await told()).toEqual(before.told);
});

it('what is archived is refused where it was asked for, and nothing is taken back by half', async () => {
  const { ours, old, transferId, lateTakenBack, late } = posted;
  const problem = { code: 'archived', status: 410 };
  expect(await problemOf(client.getTransaction({ params: { id: old.id } }))).toMatchObject(problem);
  expect(await problemOf(client.getTransfer({ params: { id: transferId } }))).toMatchObject(problem);
  expect(await problemOf(client.reverseTransaction({ params: { id: old.id }, body: {} as never }))).toMatchObject(problem);
  // It was taken back later than the cut: both are there, so it cannot be taken back once more.
  expect(await problemOf(client.reverseTransaction({ params: { id: lateTakenBack }, body: {} as never }))).toMatchObject({
    code: 'transaction-reversed',
  });
  expect((await client.getTransaction({ params: { id: late } })).data.amountMinor).toBe('11');
  // Nobody can have archived what was never made, or was made just now.
  for (const id of [randomUUID(), `${late.slice(0, 24)}000000000000`]) {
    expect((await problemOf(client.getTransaction({ params: { id } })))?.code).toBe('not-found');
  }

  const list = await client.listAccountTransactions({ params: { id: ours } });
  expect(list.data.items.map(({ amountMinor }) => amountMinor).sort()).toEqual(['-7', '11', '13', '7']);
  const edge = list.headers.get('archived-before') ?? '';
  const since = (from: string) => client.accountStatement({ params: { id: ours }, query: { from, to: TOMORROW } } as never);
  expect((await since(edge)).data).toMatchObject({ closingBalanceMinor: '724', totals: { count: 4 } });
  const earlier = new Date(Date.parse(edge) - 1).toISOString();
  expect(await problemOf(since(earlier))).toMatchObject({
    ...problem,
    before: edge,
  });
  const early = { ...period, from: '2026-06-30' };
  for (const body of [
    { report: 'transaction-volume', parameters: { period: early, by: 'day' } },
    { report: 'top-customers', parameters: { period: early } },
    { report: 'account-balances', asOf: '2026-06-30T12:00:00Z' },
    { report: 'dormant-customers', asOf: '2026-06-30T12:00:00Z' },
    { report: 'customer-cohorts', parameters: { period: { ...period, from: '2026-07-02' }, by: 'year' } },
    { report: 'account-statement', parameters: { accountId: ours, period: { from: '2020-01-01', to: '2026-11-05' } } },
  ]) {
    expect(await problemOf(client.createReport({ body: body as never })), body.report).toMatchObject(problem);
  }
});

it('a report that is made by itself fails when a part of it has moved, and money goes on', async () => {
  const worker = await transfers.startWorker();
  const body = {
    name: 'volume',
    report: 'transaction-volume',
    parameters: { period: { ...period, from: '2026-06-30' }, by: 'month' },
    cron: '0 0 1 1 *',
    format: 'csv',
  };
  const { id } = (await client.createReportSchedule({ body: body as never })).data;
  await rows(`update {schema}.report_schedules set next_at = date_trunc('minute', now()) where id = $1`, [id]);
  await eventually(
    async () => {
      const [report] = (await client.listReports({ query: { scheduleId: id } })).data.items;
      expect(report).toMatchObject({ status: 'failed', problem: { code: 'archived' } });
    },
    { limitMs: 60_000 },
  );
  await worker.stop();

  const { ours } = posted;
  const next = await client.postTransaction({ params: { id: ours }, body: { kind: 'withdrawal', amountMinor: '-700' } as never });
  expect(next.data.balanceAfterMinor).toBe('24');
  expect((await client.reverseTransaction({ params: { id: next.data.id }, body: {} as never })).data.balanceAfterMinor).toBe('724');
});

it('an account, a transaction and a transfer are found in the archive by their ids', async () => {
  const { ours, theirs, old, transferId } = posted;
  const read = async (of: string): Promise<string[]> => {
    const found: string[] = [];
    for (const { id } of await files({ of })) {
      const { items } = (await client.listArchivedRows({ params: { id }, query: { of } })).data;
      found.push(...items.map(({ amountMinor }) => String(amountMinor)));
    }
    return found.sort();
  };
  expect(await read(ours)).toEqual(['-300', '-50', '1000', '50']);
  expect(await read(theirs)).toEqual(['300']);
  expect(await read(old.id)).toEqual(['1000']);
  expect(await read(transferId)).toEqual(['-300', '300']);
});

/** An archive whose file has these transactions of an account. */
async function store(id: string, accountId: string, first: number, last: number, count: number): Promise<void> {
  // What a killed worker had begun.
  await rows(`delete from {schema}.archives where state <> 'removed'`);
  await rows(
    `insert into {schema}.archives (id, kind, state, cut, is_last, object_key, row_count, bytes, sha256, first_id, first_version, last_id, last_version,
       oldest_at, newest_at)
     values ($1, 'transactions', 'stored', now() + interval '1 day', true, 'k', $5, 1, '', $2, $3, $2, $4, now(), now())`,
    [id, accountId, first, last, count],
  );
}

it('nobody but the job worker takes transactions out, and never a reversal before what it takes back', async () => {
  const { ours } = posted;
  const [range] = await rows<{ first: number; last: number; count: number }>(
    `select min(account_version) as first, max(account_version) as last, count(*)::int as count from {schema}.transactions where account_id = $1`,
    [ours],
  );
  const archive = '019a9a4e-5e0c-7c3f-9d55-0f6a3b7c1f01';
  const [reversal] = await rows<{ version: number }>(
    `select r.account_version as version from {schema}.transactions r join {schema}.transactions o on o.id = r.reverses_id where r.account_id = $1
     order by 1 limit 1`,
    [ours],
  );
  const take = async (login: string, first: number, last: number, count: number): Promise<number> => {
    await world.admin.query('begin');
    try {
      await store(archive, ours, first, last, count);
      await world.admin.query(`set local session authorization "${login}"`);
      await world.admin.query(`set local role "${acme.appRole}"`);
      return (await rows('select account_id from {schema}.remove_archived_transactions($1, 1)', [archive])).length;
    } finally {
      await world.admin.query('rollback');
    }
  };
  const { first = 0, last = 0, count = 0 } = range ?? {};
  const { version = 0 } = reversal ?? {};
  expect(await take(world.cell.logins.jobs, first, last, count)).toBe(count);
  expect(await take(world.cell.logins.api, first, last, count)).toBe(0);
  expect(await take(world.cell.logins.jobs, first, last, count - 1)).toBe(0);
  expect(await take(world.cell.logins.jobs, version, version, 1)).toBe(0);
});

it('what leaves while money moves is brought forward once, and the movement stays', async () => {
  const { theirs } = posted;
  const body = { kind: 'adjustment', amountMinor: '5' };
  const { accountVersion: version } = (await client.postTransaction({ params: { id: theirs }, body: body as never })).data;
  const archive = '019a9a4e-5e0c-7c3f-9d55-0f6a3b7c1f02';
  await store(archive, theirs, version, version, 1);
  const account = () =>
    rows(`select archived_minor::int as archived, balance_minor::int as balance from {schema}.accounts where id = $1`, [theirs]);
  expect(await account()).toEqual([{ archived: 300, balance: 305 }]);

  // It finds the account in another's hands, and as it was before that one has posted.
  await world.admin.query('begin');
  await rows('update {schema}.accounts set balance_minor = balance_minor + 11 where id = $1', [theirs]);
  const removal = door.write({ ...acme, statementTimeoutMs: 120_000 }, (tx) => tx.run(ARCHIVE_CONTENTS.transactions.remove, [archive, 1]));
  await eventually(async () => {
    const waiting = 'select from pg_locks l join pg_stat_activity a using (pid) where not l.granted and a.usename = $1';
    expect(await rows(waiting, [world.cell.logins.jobs])).toHaveLength(1);
  });
  await world.admin.query('commit');
  expect(await removal).toMatchObject([{ rows: 1 }]);
  expect(await account()).toEqual([{ archived: 305, balance: 316 }]);
});
