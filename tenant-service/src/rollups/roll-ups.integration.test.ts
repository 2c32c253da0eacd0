import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { eventually } from '@tenantry/stack/testing/eventually.ts';
import { seeded } from '@tenantry/stack/testing/seeded.ts';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { modelCohortFigures, modelDailyFigures } from '../../testing/figures-model.ts';
import { projectorProcesses } from '../../testing/projector-process.ts';
import { type ProjectorWorld, projectorWorld } from '../../testing/projector-world.ts';
import { anEvent, publishEvents } from '../../testing/publish-events.ts';
import { makeReportData, type ReportChange, storeReportData } from '../../testing/report-data.ts';
import type { RunningApi, TestTenant } from '../../testing/service-world.ts';
import type { LoggedEvent } from '../event-log/event-chain.ts';
import { EventLogWriter } from '../event-log/event-log-writer.ts';
import { Connection, clientConfig } from '../postgres/connection.ts';
import { createLog } from '../telemetry/log.ts';
import { createMetrics } from '../telemetry/metrics.ts';
import { type Door, pooledDoor } from '../tenancy/doors.ts';
import { COUNT_ROWS } from './roll-up-statements.ts';
import { RollUpWork } from './roll-up-work.ts';
import { RollUps } from './roll-ups.ts';

const PERIOD = { from: '2026-01-01', to: '2026-12-31' };
const random = seeded(20261123);
const data = makeReportData(random);
let projection: ProjectorWorld;
let api: RunningApi;
const doors: Door[] = [];

beforeAll(async () => {
  projection = await projectorWorld();
  api = await projection.world.startApi();
  const { rows } = await projection.config();
  for (let count = 0; count < 2; count += 1) {
    doors.push(pooledDoor({ connect: () => new Connection(clientConfig(rows, 'test'), true), connections: 1, connectionsPerTenant: 1 }));
  }
});
afterAll(async () => {
  await Promise.all(doors.map((door) => door.close()));
  await projection?.[Symbol.asyncDispose]();
});

/** A tenant with all the rows of the data, and nothing in its event log yet. */
async function addTenant(slug: string) {
  const tenant = await projection.addTenant(slug);
  const changes = shuffled(await storeReportData(projection.world.admin, tenant.schema, data));
  // An account that has moved since: what was booked before counts for whom it was booked.
  const { id, type, currency } = data.accounts[0] as (typeof data.accounts)[0];
  const after = { id, type, currency, customerId: data.customers[1]?.id, status: 'active' };
  await projection.world.admin.query(
    `insert into ${tenant.schema}.history (aggregate, aggregate_id, version, changed_at, actor, change, before, after)
     values ('account', $1, 500, '2026-12-01T00:00:00Z', 'test', 'updated', $2, $2)`,
    [id, JSON.stringify(after)],
  );
  await projection.world.admin.query(`update ${tenant.schema}.accounts set customer_id = $2 where id = $1`, [id, after.customerId]);
  return { tenant, changes };
}

const shuffled = <T>(items: readonly T[]): T[] =>
  items
    .map((item) => ({ item, at: random() }))
    .sort((a, b) => a.at - b.at)
    .map(({ item }) => item);

/** Only names what happened: what is counted is what the rows say. */
const eventOf = ({ aggregate, id, version, at, change }: ReportChange): LoggedEvent => ({
  id: randomUUID(),
  type: `dev.tenantry.${change === 'posted' ? 'transaction' : aggregate}.${change}.v1`,
  subject: `${aggregate}s/${id}`,
  ...{ version, time: at, traceparent: null, data: '{}' },
});

async function figures(tenant: TestTenant) {
  const client = api.client(await projection.world.token(tenant, { groups: ['/viewer'] }));
  const daily = (await client.dailyFigures({ query: PERIOD })).data;
  const { cohorts } = (await client.cohortFigures({ query: { from: '2026-01', to: '2026-12' } })).data;
  return { daily, cohorts };
}

/** Waits until all figures are made of the log up to this number. */
async function counted({ schema }: TestTenant, seq: number): Promise<void> {
  const reached = async () => (await projection.world.admin.query(`select seq::int from ${schema}.report_rollups`)).rows;
  await eventually(async () => expect(await reached()).toEqual([{ seq }]), { limitMs: 90_000 });
}

async function expectFigures(tenant: TestTenant, logged: readonly ReportChange[]): Promise<void> {
  const { daily, cohorts } = await figures(tenant);
  const { freshness, ...rest } = daily;
  expect(rest).toEqual(modelDailyFigures(data, logged, PERIOD));
  expect(cohorts).toEqual(modelCohortFigures(data, '2026-01', '2026-12'));
  expect(freshness).toMatchObject({ sequence: String(logged.length), eventsBehind: 0, lagSeconds: 0 });
}

it('counts every change on its day once, in whatever order and however often it is told, and whoever counts', async () => {
  const { tenant, changes } = await addTenant('acme');
  // A tenant whose past came without events would be counted from its rows first; this one has a log from the beginning.
  const writer = new EventLogWriter(doors[0] as Door);
  const counters = doors.map((door) => new RollUps(door));
  for (let at = 0; at < changes.length; at += 100) {
    const events = changes.slice(at, at + 100).map(eventOf);
    await writer.append(tenant, [...events, ...events]);
    await Promise.all(counters.map((rollUps) => rollUps.count(tenant, 1 + Math.floor(random() * 120))));
    await writer.append(tenant, events);
  }
  const [waiting] = await (counters[0] as RollUps).watermarks(tenant);
  const { freshness } = (await figures(tenant)).daily;
  expect(waiting).toMatchObject({ last: changes.length, isComplete: true });
  expect(freshness.eventsBehind).toBe(changes.length - (waiting?.seq ?? 0));
  for (let isBehind = true; isBehind; ) ({ isBehind } = await (counters[1] as RollUps).count(tenant, 500));
  await expectFigures(tenant, changes);
}, 60_000);

it('counts rows anew while the old figures are read, and nothing twice whose event comes later', async () => {
  const { tenant, changes } = await addTenant('globex');
  const { admin } = projection.world;
  const writer = new EventLogWriter(doors[0] as Door);
  const rollUps = new RollUps(doors[1] as Door);
  const half = changes.slice(0, Math.floor(changes.length / 2));
  await writer.append(tenant, half.map(eventOf));
  while ((await rollUps.count(tenant, 1000)).isBehind);
  await admin.query(`update ${tenant.schema}.report_daily_customers set change = change + 1000000`);
  const wrong = (await figures(tenant)).daily.customers;

  // One that was killed half way: what it made is there and is not read.
  const [begun] = await (doors[1] as Door).write(tenant, (tx) => tx.run(COUNT_ROWS, [true]));
  expect(begun).toEqual({ generation: 2 });
  expect((await figures(tenant)).daily.customers).toEqual(wrong);

  expect(await rollUps.rebuild(tenant, 1000)).toBe(2);
  await expectFigures(tenant, half);
  await writer.append(tenant, changes.slice(half.length).map(eventOf));
  while ((await rollUps.count(tenant, 1000)).isBehind);
  await expectFigures(tenant, changes);
  const { rows } = await admin.query(`select distinct generation from ${tenant.schema}.report_daily_accounts`);
  expect(rows).toEqual([{ generation: 2 }]);
}, 60_000);

it('makes the figures of a tenant that has rows and none, and says so until then', async () => {
  const { tenant, changes } = await addTenant('hooli');
  const { admin } = projection.world;
  await new EventLogWriter(doors[0] as Door).append(tenant, changes.map(eventOf));
  await admin.query(`delete from ${tenant.schema}.report_rollups`);
  await expect(figures(tenant)).rejects.toMatchObject({ problem: { code: 'unavailable' } });
  const rollUps = new RollUps(doors[1] as Door);
  const common = { rollUps, tenants: () => [tenant], metrics: createMetrics(), log: createLog('silent', 'test'), failpoint: () => {} };
  const work = new RollUpWork(common);
  await counted(tenant, changes.length);
  await work.stop();
  await expectFigures(tenant, changes);

  const client = api.client(await projection.world.token(tenant));
  const tooLong = client.dailyFigures({ query: { from: '2025-01-01', to: '2026-01-03' } });
  await expect(tooLong).rejects.toMatchObject({ problem: { code: 'invalid-request', errors: [{ pointer: '/query/to' }] } });
  const backwards = client.cohortFigures({ query: { from: '2026-02', to: '2026-01' } });
  await expect(backwards).rejects.toMatchObject({ problem: { code: 'invalid-request', errors: [{ pointer: '/query/to' }] } });
  // Without a question: the last thirty days, the last twelve months.
  expect((await client.dailyFigures({ query: {} })).data.days).toHaveLength(30);
  expect((await client.cohortFigures({ query: {} })).data.cohorts.length).toBeLessThanOrEqual(12);
}, 90_000);

it('is caught up with by the next process when one is killed, and counted anew by a command', async () => {
  const { tenant, changes } = await addTenant('initech');
  await using processes = await projectorProcesses(projection);
  const records = changes.map(eventOf).map(({ id, type, subject, version, time, data: text }) => {
    const attributes = { id, type, subject, time, aggregateversion: String(version), partitionkey: subject.split('/')[1] ?? '' };
    return anEvent(tenant, attributes, text);
  });
  const first = await processes.start({ CRASH_AFTER: 'rollups.counted:1' });
  const gone = once(first, 'exit');
  await publishEvents(projection.world.stack, tenant.eventsTopic, records);
  await gone;
  await processes.start();
  await counted(tenant, changes.length);
  await expectFigures(tenant, changes);
  expect(await processes.run('rebuild', tenant.slug)).toEqual({
    code: 0,
    output: `${tenant.slug}: counted anew; generation 2 is read from now on\n`,
  });
  await expectFigures(tenant, changes);
}, 180_000);
