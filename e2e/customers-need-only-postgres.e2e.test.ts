import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Absence } from './faults/absence.ts';
import { useCustomersWithout } from './faults/parts-away.ts';
import { drained } from './support/backlog.ts';
import { ReportAsker } from './support/report-asker.ts';
import { freshName, onboard, removeCompletely, type TestTenant } from './support/test-tenant.ts';
import { verify } from './support/verify.ts';
import { type WebhookReceiver, webhookReceiver } from './support/webhook-receiver.ts';

const name = freshName('frugal');
let tenant: TestTenant;
let receiver: WebhookReceiver;

beforeAll(async () => {
  receiver = await webhookReceiver();
  tenant = await onboard(name);
  await receiver.subscribe(tenant);
});
afterAll(async () => {
  await receiver?.[Symbol.asyncDispose]();
  await removeCompletely(name);
});

/** The quick ones; `npm run prove -- api-faults` and `-- events-faults` take each part away every way. */
const ABSENCES: readonly Absence[] = [
  { part: 'redis', how: 'frozen' },
  { part: 'redis', how: 'gone' },
  { part: 'redis', how: 'flushed' },
  { part: 'redis', how: 'full' },
  { part: 's3', how: 'gone' },
  { part: 'kafka', how: 'frozen' },
  { part: 'rabbitmq', how: 'frozen' },
  { part: 'mongo', how: 'gone' },
  { part: 'keycloak', how: 'frozen' },
  { part: 'kube-apiserver', how: 'frozen' },
];

it.each(ABSENCES)('customers are created, changed, read, listed and deleted without fail while $part is $how', async (absence) => {
  const reports = new ReportAsker(tenant);
  const counts = await useCustomersWithout(tenant, absence, { ratePerSecond: 40, requests: 120 });
  expect(await reports.stop()).toBeGreaterThan(0);
  expect(reports.refused).toEqual([]);
  expect(counts.acknowledgedWrites).toBeGreaterThan(60);
});

it('every change of these times has its history, its event in topic and log and its webhook, and every report is made', async () => {
  await drained(tenant, 120_000);
  expect((await verify(tenant, [], receiver)).length).toBe(tenant.api.acknowledged.length);
});
