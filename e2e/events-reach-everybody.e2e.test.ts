import { eventually } from '@tenantry/stack/testing/eventually.ts';
import { tokenForMachine } from '@tenantry/stack/testing/token-for.ts';
import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { deliverEverythingAgain } from './faults/deliver-again.ts';
import { killRole } from './faults/role-kills.ts';
import { backlogOf, drained } from './support/backlog.ts';
import { readTopic } from './support/kafka.ts';
import { SteadyLoad } from './support/steady-load.ts';
import { StreamFollower } from './support/stream-follower.ts';
import { cachedToken, freshName, onboard, removeCompletely, type TestTenant } from './support/test-tenant.ts';
import { verify } from './support/verify.ts';
import { type WebhookEndpoint, type WebhookReceiver, webhookReceiver } from './support/webhook-receiver.ts';

const name = freshName('heard');
/** Of a busy machine. What the platform itself takes is measured by `npm run prove -- events-faults`. */
const PATIENCE = { limitMs: 60_000 };
let tenant: TestTenant;
let receiver: WebhookReceiver;
let endpoint: WebhookEndpoint;
let stream: StreamFollower;

beforeAll(async () => {
  receiver = await webhookReceiver();
  tenant = await onboard(name);
  endpoint = await receiver.subscribe(tenant);
  stream = new StreamFollower(
    tenant.url,
    cachedToken(() => tokenForMachine(tenant.name, tenant.secret.clientSecret)),
  );
});
afterAll(async () => {
  await stream?.stop();
  await receiver?.[Symbol.asyncDispose]();
  await removeCompletely(name);
});

it('a change reaches the tenant’s topic, its event log, whoever streams it and its webhook, as one and the same event', async () => {
  const customer = await tenant.api.create({ name: 'Ada Lovelace', email: 'ada@example.org' });
  await tenant.api.update(customer, { segment: 'gold' });
  const subject = `customers/${customer.id}`;
  const ofCustomer = <Event extends { readonly subject: string }>(events: readonly Event[]) =>
    events.filter((event) => event.subject === subject);

  type Logged = { id: string; type: string; subject: string; aggregateversion: string; data: { customer: unknown } };
  const logged = await eventually(async () => {
    const path = `/v1/events?subject=${encodeURIComponent(subject)}`;
    const { items } = (await tenant.api.call<{ items: Logged[] }>('GET', path)).body;
    expect(items).toHaveLength(2);
    return items;
  }, PATIENCE);
  expect(logged.map(({ type, aggregateversion }) => `${aggregateversion} ${type}`)).toEqual([
    '1 dev.tenantry.customer.created.v1',
    '2 dev.tenantry.customer.updated.v1',
  ]);
  expect(logged[0]?.data.customer).toEqual(customer);

  const streamed = await eventually(() => {
    const events = ofCustomer(stream.events.map(({ event }) => event));
    expect(events).toHaveLength(2);
    return events;
  }, PATIENCE);
  expect(streamed).toEqual(logged);

  const posted = await eventually(() => {
    const webhooks = receiver.of(tenant).map(({ headers, body }) => ({ headers, body, ...(JSON.parse(body) as Logged) }));
    expect(ofCustomer(webhooks)).toHaveLength(2);
    return ofCustomer(webhooks);
  }, PATIENCE);
  for (const { id, headers, body } of posted) {
    expect(() => new Webhook(endpoint.secret).verify(body, headers as Record<string, string>)).not.toThrow();
    expect(headers['webhook-id']).toBe(id);
  }
  const ids = logged.map(({ id }) => id);
  expect(posted.map(({ id }) => id).sort()).toEqual([...ids].sort());
  expect(posted.map(({ data }) => data)).toEqual(expect.arrayContaining(logged.map(({ data }) => data)));

  const published = await readTopic(tenant.kafka, {
    topic: tenant.names.eventsTopic,
    group: `${tenant.names.kafkaPrefix}heard-${freshName('g')}`,
    enough: (records) => records.filter(({ key }) => key === customer.id).length >= 2,
  });
  expect(published.filter(({ key }) => key === customer.id).map(({ headers }) => headers.ce_id)).toEqual(ids);
});

it('nothing is lost when the relay is killed under writes, and a report is made meanwhile', async () => {
  const load = new SteadyLoad({
    url: tenant.url,
    token: cachedToken(() => tokenForMachine(tenant.name, tenant.secret.clientSecret)),
    ratePerSecond: 30,
  });
  try {
    await eventually(() => expect(load.acknowledged.length).toBeGreaterThan(20), PATIENCE);
    const asked = await tenant.api.call('POST', '/v1/reports', { body: { report: 'customer-segments' } });
    expect(asked.status).toBe(202);
    await killRole('tenantry-relay');
  } finally {
    await load.stop();
  }
  expect(load.refused).toEqual([]);
  tenant.api.acknowledged.push(...load.acknowledged);
  await drained(tenant, 120_000);
  await verify(tenant, [], receiver);
});

it('every effect has happened once after every event, webhook and job was delivered a second time', async () => {
  const before = receiver.of(tenant).length;
  const again = await deliverEverythingAgain(tenant);
  expect(again.events).toBeGreaterThan(20);
  expect(again.webhooks).toBeGreaterThan(20);
  expect(again.operations).toBe(1);
  expect(await backlogOf(tenant)).toEqual({ outbox: 0, unlogged: 0, webhooks: 0, operations: 0 });
  // The one more is of the event that shows that all the others are through.
  expect(receiver.of(tenant)).toHaveLength(before + 1);
  await verify(tenant, [], receiver);
});

it('who streams has seen every event once, in the order of the log, though streams may have ended', async () => {
  const { acknowledged } = tenant.api;
  const seen = (): readonly string[] =>
    stream.events.filter(({ event }) => event.subject.startsWith('customers/')).map(({ event }) => event.sequence);
  await eventually(() => expect(seen()).toHaveLength(acknowledged.length), PATIENCE);
  const numbers = seen().map(Number);
  expect(numbers).toEqual([...new Set(numbers)].sort((one, other) => one - other));
});
