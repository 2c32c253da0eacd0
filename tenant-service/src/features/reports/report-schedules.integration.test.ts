import type { TenantryClient } from '@tenantry/contracts';
import { eventually } from '@tenantry/stack/testing/eventually.ts';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { codeOf } from '../../../testing/problem-of.ts';
import { type ServiceWorld, serviceWorld, type TestTenant } from '../../../testing/service-world.ts';
import { type TransferWorld, transferWorld } from '../../../testing/transfer-world.ts';

let world: ServiceWorld;
let transfers: TransferWorld;
let acme: TestTenant;
let client: TenantryClient;

beforeAll(async () => {
  world = await serviceWorld();
  transfers = await transferWorld(world);
  acme = await world.addTenant('acme');
  const api = await world.startApi({ redis: transfers.redis, s3: transfers.s3 });
  client = api.client(await world.token(acme));
});
afterAll(async () => {
  await transfers?.[Symbol.asyncDispose]();
  await world?.[Symbol.asyncDispose]();
});

const body = { name: 'Segments', report: 'customer-segments', cron: '0 6 1 * *', timeZone: 'Europe/Berlin' } as const;
const dueSince = (id: string, at: string) =>
  world.admin.query(`update ${acme.schema}.report_schedules set next_at = $2 where id = $1`, [id, at]);

it('is made, shown with its next runs, changed by who knows its version, and deleted', async () => {
  const made = (await client.createReportSchedule({ body })).data;
  expect(made.nextRuns).toHaveLength(3);
  for (const run of made.nextRuns)
    expect(new Date(run).toLocaleString('en-GB', { timeZone: 'Europe/Berlin' })).toMatch(/^01\/\d\d\/\d{4}, 06:00:00$/);
  const params = { id: made.id };
  expect((await client.getReportSchedule({ params })).data).toEqual(made);
  expect(await codeOf(client.createReportSchedule({ body: { ...body, name: 'SEGMENTS' } }))).toBe('report-schedule-name-taken');
  expect(await codeOf(client.createReportSchedule({ body: { ...body, name: 'Other', cron: '61 * * * *' } }))).toBe('invalid-request');
  const off = await client.updateReportSchedule({ params, ifMatch: '"1"', body: { enabled: false } });
  expect(off.data).toMatchObject({ enabled: false, nextRuns: [], version: 2 });
  const { rows } = await world.admin.query(`select next_at from ${acme.schema}.report_schedules`);
  expect(rows).toEqual([{ next_at: null }]);
  expect(await codeOf(client.updateReportSchedule({ params, ifMatch: '"1"', body: { enabled: true } }))).toBe('version-stale');
  await client.deleteReportSchedule({ params, ifMatch: '"2"' });
  expect((await client.listReportSchedules({})).data.items).toEqual([]);
});

it('three workers make one report for an instant, catch up once after a long absence, and the next one waits for its time', async () => {
  const { id } = (await client.createReportSchedule({ body: { ...body, cron: '0 * * * *', timeZone: 'UTC' } })).data;
  await dueSince(id, '2026-01-05T07:00:00Z');
  await Promise.all([1, 2, 3].map(() => transfers.startWorker()));
  const hour = new Date(Math.floor(Date.now() / 3_600_000) * 3_600_000).toISOString();
  const ofSchedule = async () => (await client.listReports({ query: { scheduleId: id } })).data.items;
  await eventually(async () => expect((await ofSchedule()).map(({ status }) => status)).toContain('succeeded'), { limitMs: 30_000 });
  const [report, ...others] = await ofSchedule();
  // Should the clock strike meanwhile, there are two: of two instants.
  expect(new Set([report, ...others].map((each) => each?.scheduledFor)).size).toBe(others.length + 1);
  const first = others.at(-1) ?? report;
  expect(first).toMatchObject({ scheduleId: id, scheduledFor: hour, asOf: hour, timeZone: 'UTC', format: 'csv' });
  const [{ nextRuns } = { nextRuns: [] }] = (await client.listReportSchedules({})).data.items;
  const { rows } = await world.admin.query<{ next_at: Date }>(`select next_at from ${acme.schema}.report_schedules`);
  expect(rows[0]?.next_at.toISOString()).toBe(nextRuns[0]);
  const { version } = (await client.getReportSchedule({ params: { id } })).data;
  expect(version).toBe(1);
  await client.deleteReportSchedule({ params: { id }, ifMatch: '"1"' });
  expect((await client.getReport({ params: { id: first?.id ?? '' } })).data.scheduleId).toBeNull();
});
