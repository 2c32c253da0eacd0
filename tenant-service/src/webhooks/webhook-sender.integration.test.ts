import { eventually } from '@tenantry/stack/testing/eventually.ts';
import { Webhook } from 'standardwebhooks';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { kafkaLink } from '../../testing/kafka-link.ts';
import type { TestTenant } from '../../testing/service-world.ts';
import { type SenderWishes, type WebhookWorld, webhookWorld } from '../../testing/webhook-world.ts';

const PATIENCE = { limitMs: 20_000, everyMs: 50 };
let world: WebhookWorld;
let acme: TestTenant;
let globex: TestTenant;
let stop: (() => Promise<void>) | undefined;

beforeAll(async () => {
  world = await webhookWorld();
  [acme, globex] = [await world.tenant('acme'), await world.tenant('globex')];
});
afterEach(async () => {
  await stop?.();
  for (const { schema } of [acme, globex]) await world.admin.query(`delete from ${schema}.webhook_endpoints`);
});
afterAll(() => world?.close());

async function sending(wishes: SenderWishes = {}) {
  const started = await world.startSender(wishes);
  stop = started.stop;
  return started;
}

const deliveries = (tenant: TestTenant) =>
  world.run(
    tenant,
    `select state, attempts, last_outcome as outcome, last_status as status, event_id as "eventId" from {schema}.webhook_deliveries order by event_seq`,
  );
const endpoints = (tenant: TestTenant) =>
  world.run(tenant, 'select status, disabled_reason as reason, failing_since as "failingSince", version from {schema}.webhook_endpoints');
const dueCount = async () => (await world.admin.query('select from tenantry.webhook_due')).rowCount;

describe('a webhook', () => {
  it('reaches the endpoint signed, is recorded, and leaves nothing due', async () => {
    const { secret } = await world.endpoint(acme, '/ok/signed');
    const [eventId] = await world.publish(acme, [{ data: { customer: { name: 'Müller' } } }]);
    await sending();
    await eventually(
      async () => expect(await deliveries(acme)).toMatchObject([{ state: 'delivered', attempts: 1, outcome: 'delivered', status: 200 }]),
      PATIENCE,
    );
    const [got] = world.sink.at('/ok/signed');
    expect(got?.headers['webhook-id']).toBe(eventId);
    expect(new Webhook(secret).verify(got?.body ?? '', got?.headers as Record<string, string>)).toMatchObject({
      type: 'dev.tenantry.customer.created.v1',
      id: eventId,
      data: { customer: { name: 'Müller' } },
    });
    expect(await world.run(acme, 'select number, outcome, status, answer, request_headers from {schema}.webhook_attempts')).toMatchObject([
      {
        number: 1,
        outcome: 'delivered',
        status: 200,
        answer: 'said',
        request_headers: { 'webhook-id': eventId, 'webhook-signature': '[signature]' },
      },
    ]);
    expect(await dueCount()).toBe(0);
  });

  it('goes to the endpoints that ask for its type, and to no other tenant’s', async () => {
    await world.endpoint(acme, '/ok/types-some', { types: ['dev.tenantry.account.*', 'dev.tenantry.customer.deleted.v1'] });
    await world.endpoint(globex, '/ok/types-stranger');
    await world.publish(acme, [
      { type: 'dev.tenantry.account.opened.v1' },
      { type: 'dev.tenantry.customer.deleted.v1' },
      { type: 'dev.tenantry.customer.created.v1' },
    ]);
    await sending();
    await eventually(async () => expect(await deliveries(acme)).toMatchObject([{ state: 'delivered' }, { state: 'delivered' }]), PATIENCE);
    expect(world.sink.at('/ok/types-some').map(({ body }) => JSON.parse(body).type)).toHaveLength(2);
    expect(await deliveries(globex)).toEqual([]);
    expect(world.sink.at('/ok/types-stranger')).toEqual([]);
  });

  it('is one, however often its event is routed', async () => {
    await world.endpoint(acme, '/ok/once');
    const ids = await world.publish(acme, [{}]);
    await world.routeAgain(acme, ids);
    await sending();
    await eventually(async () => expect(await deliveries(acme)).toMatchObject([{ state: 'delivered', attempts: 1 }]), PATIENCE);
  });

  it('is tried again by the ladder with the same id, and ends delivered or exhausted', async () => {
    await world.endpoint(acme, '/third/ladder');
    await world.endpoint(globex, '/fail/ladder');
    await world.publish(acme, [{}]);
    await world.publish(globex, [{}]);
    await sending({ ladder: [30, 30, 30] });
    await eventually(async () => expect(await deliveries(acme)).toMatchObject([{ state: 'delivered', attempts: 3 }]), PATIENCE);
    await eventually(
      async () => expect(await deliveries(globex)).toMatchObject([{ state: 'exhausted', attempts: 4, status: 500 }]),
      PATIENCE,
    );
    expect(new Set(world.sink.at('/fail/ladder').map(({ headers }) => headers['webhook-id'])).size).toBe(1);
    expect(await dueCount()).toBe(0);
  });

  it('is not tried before the receiver wants it', async () => {
    await world.endpoint(acme, '/slow/asked');
    await world.publish(acme, [{}]);
    await sending();
    await eventually(async () => expect(await deliveries(acme)).toMatchObject([{ state: 'pending', attempts: 1, status: 429 }]), PATIENCE);
    const [{ wait }] = (await world.admin.query('select extract(epoch from due_at - now())::float8 as wait from tenantry.webhook_due'))
      .rows;
    expect(wait).toBeGreaterThan(100);
    await world.admin.query('delete from tenantry.webhook_due');
  });

  it('switches off an endpoint that is gone, and says so as an event', async () => {
    const { id } = await world.endpoint(acme, '/gone/for-good');
    await world.publish(acme, [{}]);
    await sending();
    await eventually(
      async () => expect(await endpoints(acme)).toMatchObject([{ status: 'disabled', reason: 'gone', version: 2 }]),
      PATIENCE,
    );
    expect(await deliveries(acme)).toMatchObject([{ state: 'exhausted', outcome: 'gone' }]);
    const { rows } = await world.admin.query('select type, aggregate_id, data from tenantry.outbox where aggregate_id = $1', [id]);
    expect(rows).toMatchObject([{ type: 'dev.tenantry.webhook.disabled.v1', data: { endpointId: id, reason: 'gone' } }]);
    await world.publish(acme, [{}]);
    expect(await deliveries(acme)).toHaveLength(1);
  });

  it('switches off an endpoint where nothing gets through for long, but not one that was well in between', async () => {
    await world.endpoint(acme, '/third/well');
    await world.endpoint(globex, '/fail/long');
    await world.publish(acme, [{}]);
    await world.publish(globex, [{}]);
    await sending({ failingMs: 1, ladder: [30, 30, 30, 30] });
    await eventually(async () => expect(await endpoints(globex)).toMatchObject([{ status: 'disabled', reason: 'failing' }]), PATIENCE);
    // The rest of what waited for it ends without an attempt.
    await eventually(
      async () => expect(await deliveries(globex)).toMatchObject([{ state: 'exhausted', outcome: 'endpoint-disabled' }]),
      PATIENCE,
    );
  });

  it('to an address inside is never sent', async () => {
    const { port } = world.sink;
    await world.endpoint(acme, '/ok/inside', { origin: `http://localhost:${port}` });
    await world.publish(acme, [{}]);
    await sending({ ladder: [] });
    await eventually(
      async () => expect(await deliveries(acme)).toMatchObject([{ state: 'exhausted', outcome: 'blocked-address' }]),
      PATIENCE,
    );
    expect(world.sink.at('/ok/inside')).toEqual([]);
  });

  it('waits while its tenant is suspended, and goes out afterwards', async () => {
    await world.endpoint(acme, '/ok/suspended');
    await world.endpoint(globex, '/ok/meanwhile');
    await world.setState(acme, 'Suspended');
    await world.publish(acme, [{}]);
    await world.publish(globex, [{}]);
    await sending();
    await eventually(async () => expect(await deliveries(globex)).toMatchObject([{ state: 'delivered' }]), PATIENCE);
    expect(await deliveries(acme)).toMatchObject([{ state: 'pending', attempts: 0 }]);
    await world.setState(acme, 'Active');
    await eventually(async () => expect(await deliveries(acme)).toMatchObject([{ state: 'delivered' }]), PATIENCE);
  });
});

describe('an ordered endpoint', () => {
  it('gets the events of one thing one after the other, though the first one fails for a while', async () => {
    await world.endpoint(acme, '/third/ordered', { ordered: true });
    const ids = await world.publish(
      acme,
      Array.from({ length: 5 }, () => ({ subject: 'customers/1' })),
    );
    await sending({ ladder: [60, 60, 60] });
    await eventually(async () => expect((await deliveries(acme)).map(({ state }) => state)).toEqual(Array(5).fill('delivered')), PATIENCE);
    // The first three arrivals are the first event.
    const arrived = world.sink.at('/third/ordered').map(({ headers }) => headers['webhook-id']);
    expect(arrived).toEqual([ids[0], ids[0], ...ids]);
  });
});

describe('a dead receiver', () => {
  it('slows nobody else down, and its own line waits without attempts', async () => {
    await world.endpoint(acme, '/hang/dead');
    await world.endpoint(globex, '/ok/alive');
    await world.publish(
      acme,
      Array.from({ length: 60 }, () => ({})),
    );
    await world.publish(
      globex,
      Array.from({ length: 60 }, () => ({})),
    );
    const { metrics } = await sending({ timeoutMs: 2000, ladder: Array(5).fill(500), resetMs: 60_000 });
    await eventually(
      async () => expect((await deliveries(globex)).filter(({ state }) => state === 'delivered')).toHaveLength(60),
      PATIENCE,
    );
    await eventually(async () => expect((await metrics.webhooksPutOff.get()).values[0]?.value ?? 0).toBeGreaterThan(0), PATIENCE);
    const tried = (await deliveries(acme)).filter(({ attempts }) => attempts > 0);
    expect(tried.length).toBeLessThan(40);
    await world.admin.query('delete from tenantry.webhook_due');
  });
});

describe('the queue', () => {
  it('may be away or stand still: what is due waits in its rows, and goes out when it is back', async () => {
    const { host, port } = await world.stack.rabbitmq();
    await using link = await kafkaLink({ address: host, port });
    const [linkHost = '', linkPort] = link.broker.split(':');
    await world.endpoint(acme, '/ok/away');
    await sending({ rabbitmq: { host: linkHost, port: Number(linkPort) } });
    await world.publish(acme, [{}]);
    const delivered = (count: number) =>
      eventually(async () => expect((await deliveries(acme)).filter(({ state }) => state === 'delivered')).toHaveLength(count), {
        ...PATIENCE,
        limitMs: 60_000,
      });
    await delivered(1);
    for (const [count, fault] of [link.cut, link.freeze].entries()) {
      fault();
      await world.publish(acme, [{}, {}]);
      expect((await deliveries(acme)).filter(({ state }) => state === 'pending')).toHaveLength(2);
      link.heal();
      await delivered(3 + 2 * count);
    }
    await stop?.();
  }, 120_000);

  it('may lose everything: what it had is given to it again', async () => {
    await world.endpoint(acme, '/ok/lost');
    await world.publish(acme, [{}, {}, {}]);
    // As if given to a queue that was emptied.
    await world.admin.query(`update tenantry.webhook_due set queued_until = now() + interval '1 second'`);
    await sending();
    await eventually(
      async () => expect(await deliveries(acme)).toMatchObject(Array(3).fill({ state: 'delivered', attempts: 1 })),
      PATIENCE,
    );
  });
});
