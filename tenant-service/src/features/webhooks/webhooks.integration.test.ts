import { eventTypes, ProblemError, type TenantryClient } from '@tenantry/contracts';
import { eventually } from '@tenantry/stack/testing/eventually.ts';
import { Webhook } from 'standardwebhooks';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { TestTenant } from '../../../testing/service-world.ts';
import { type WebhookWorld, webhookWorld } from '../../../testing/webhook-world.ts';

const PATIENCE = { limitMs: 20_000, everyMs: 50 };
let world: WebhookWorld;
let acme: TestTenant;
let admin: TenantryClient;
let viewer: TenantryClient;

beforeAll(async () => {
  world = await webhookWorld();
  acme = await world.tenant('acme');
  const api = await world.startApi({ webhooks: { keys: [world.key], allowedOrigins: new Set([world.sink.origin]) } });
  admin = api.client(await world.token(acme, { groups: ['/admin'] }));
  viewer = api.client(await world.token(acme, { groups: ['/viewer'] }));
  await world.startSender({ ladder: [] });
});
afterEach(async () => {
  for (const { id, version } of (await admin.listWebhookEndpoints({})).data.items)
    await admin.deleteWebhookEndpoint({ params: { id }, ifMatch: `"${version}"` });
});
afterAll(() => world?.close());

const refusal = (call: Promise<unknown>): Promise<unknown> =>
  call.then(
    () => 'done',
    (error: unknown) => (error instanceof ProblemError ? error.problem.code : error),
  );
const make = async (path: string, wishes: { ordered?: boolean; types?: string[] } = {}) =>
  (await admin.createWebhookEndpoint({ body: { url: `${world.sink.origin}${path}`, ...wishes } })).data;
const stateOf = async (id: string) => (await viewer.getWebhookDelivery({ params: { id } })).data;

describe('webhook endpoints', () => {
  it('are made by admins with a secret that is shown once, and read by viewers without it', async () => {
    const body = { url: `${world.sink.origin}/ok/made`, types: ['dev.tenantry.customer.*'] };
    const first = (await admin.createWebhookEndpoint({ body, idempotencyKey: 'one' })).data;
    expect(first.secret).toMatch(/^whsec_/);
    const again = (await admin.createWebhookEndpoint({ body, idempotencyKey: 'one' })).data;
    expect(again).toEqual({ endpoint: first.endpoint, secret: null });
    expect((await viewer.getWebhookEndpoint({ params: { id: first.endpoint.id } })).data).toEqual(first.endpoint);
    expect((await viewer.listWebhookEndpoints({})).data.items).toEqual([first.endpoint]);
    expect(await refusal(viewer.createWebhookEndpoint({ body }))).toBe('role-missing');
    const stored = JSON.stringify(
      await world.run(acme, 'select w.*, k.body from {schema}.webhook_endpoints w, {schema}.idempotency_keys k'),
    );
    expect(stored).not.toContain(first.secret?.slice(6));
  });

  it.each([
    'http://127.0.0.1:1/',
    'https://169.254.169.254/latest',
    'https://localhost/',
    'https://[::ffff:7f00:1]/',
    'https://a.example:6379/',
  ])('are not made at %s, nor moved there', async (url) => {
    expect(await refusal(admin.createWebhookEndpoint({ body: { url } }))).toBe('invalid-request');
    const { endpoint } = await make('/ok/moved');
    const moved = admin.updateWebhookEndpoint({ params: { id: endpoint.id }, ifMatch: '"1"', body: { url } });
    expect(await refusal(moved)).toBe('invalid-request');
  });

  it('are told of with every change, in the order of their versions and without the secret', async () => {
    const { endpoint, secret } = await make('/ok/told', { types: ['com.example.*'] });
    const params = { id: endpoint.id };
    const change = (version: number, body: object) => admin.updateWebhookEndpoint({ params, ifMatch: `"${version}"`, body });
    await change(1, { status: 'disabled', description: 'Off' });
    await change(2, { status: 'enabled', types: ['*'] });
    await admin.rotateWebhookSecret({ params });
    await admin.deleteWebhookEndpoint({ params, ifMatch: '"4"' });
    const sql = 'select type, version, data from tenantry.outbox where writer = $1 and aggregate_id = $2 order by version';
    const rows: { type: keyof typeof eventTypes; version: number; data: object }[] = await world.run(acme, sql, [
      acme.appRole,
      endpoint.id,
    ]);
    const state = { ...{ id: endpoint.id, url: endpoint.url, ordered: false }, description: 'Off', types: ['*'] };
    expect(rows.map(({ type, data }) => [type.replace('dev.tenantry.webhook.', ''), data])).toEqual([
      [
        'created.v1',
        { endpoint: { ...state, description: endpoint.description, types: ['com.example.*'], status: 'enabled', version: 1 } },
      ],
      [
        'updated.v1',
        { endpoint: { ...state, types: ['com.example.*'], status: 'disabled', version: 2 }, changed: ['description', 'status'] },
      ],
      ['enabled.v1', { endpoint: { ...state, status: 'enabled', version: 3 }, changed: ['types', 'status'] }],
      ['updated.v1', { endpoint: { ...state, status: 'enabled', version: 4 }, changed: ['secret'] }],
      ['deleted.v1', { endpointId: endpoint.id, version: 5 }],
    ]);
    expect(rows.map(({ version }) => version)).toEqual([1, 2, 3, 4, 5]);
    for (const { type, data } of rows) expect(() => eventTypes[type].parse(data)).not.toThrow();
    expect(JSON.stringify(rows)).not.toContain(secret?.slice(6));
  });

  it('are changed from the version that was read, switched off and on', async () => {
    const { endpoint } = await make('/ok/changed');
    const change = (ifMatch: string, body: { status?: 'enabled' | 'disabled'; description?: string }) =>
      admin.updateWebhookEndpoint({ params: { id: endpoint.id }, ifMatch, body });
    expect((await change('"1"', { status: 'disabled' })).data).toMatchObject({ status: 'disabled', disabledReason: 'admin', version: 2 });
    expect(await refusal(change('"1"', { description: 'late' }))).toBe('version-stale');
    await world.publish(acme, [{}]);
    expect((await viewer.listWebhookDeliveries({})).data.items).toEqual([]);
    expect((await change('"2"', { status: 'enabled' })).data).toMatchObject({ status: 'enabled', disabledReason: null, types: ['*'] });
  });

  it('sign with the earlier secret, too, after a rotation', async () => {
    const { endpoint, secret: earlier } = await make('/ok/rotated');
    const { endpoint: rotated, secret } = (await admin.rotateWebhookSecret({ params: { id: endpoint.id } })).data;
    expect(rotated.earlierSecretUntil).not.toBeNull();
    await world.publish(acme, [{}]);
    await eventually(async () => expect(world.sink.at('/ok/rotated')).toHaveLength(1), PATIENCE);
    const [got] = world.sink.at('/ok/rotated');
    for (const each of [earlier, secret])
      expect(new Webhook(each ?? '').verify(got?.body ?? '', got?.headers as Record<string, string>)).toBeTruthy();
  });
});

describe('webhook deliveries', () => {
  it('show every attempt, and are replayed with the same id, also when the endpoint is off', async () => {
    const { endpoint } = await make('/third/replayed');
    const [eventId] = await world.publish(acme, [{}]);
    const list = async () => (await viewer.listWebhookDeliveries({ filter: { endpointId: endpoint.id } })).data.items;
    await eventually(async () => expect(await list()).toMatchObject([{ state: 'exhausted', attempts: 1, eventId }]), PATIENCE);
    const id = (await list())[0]?.id ?? '';
    await admin.updateWebhookEndpoint({ params: { id: endpoint.id }, ifMatch: '"1"', body: { status: 'disabled' } });
    expect(await refusal(viewer.replayWebhookDelivery({ params: { id } }))).toBe('role-missing');
    for (const attempts of [2, 3]) {
      await admin.replayWebhookDelivery({ params: { id } });
      await eventually(async () => expect(await stateOf(id)).toMatchObject({ attempts, finishedAt: expect.any(String) }), PATIENCE);
    }
    expect(await stateOf(id)).toMatchObject({
      state: 'delivered',
      lastStatus: 200,
      attemptLog: [
        { number: 3, status: 200 },
        { number: 2, status: 500 },
        { number: 1, outcome: 'refused-status' },
      ],
    });
    expect(new Set(world.sink.at('/third/replayed').map(({ headers }) => headers['webhook-id']))).toEqual(new Set([eventId]));
  });

  it('can be tests', async () => {
    const { endpoint } = await make('/ok/tested', { types: ['nothing.at.all'] });
    const { id, eventType } = (await admin.testWebhookEndpoint({ params: { id: endpoint.id } })).data;
    expect(eventType).toBe('dev.tenantry.webhook.test.v1');
    await eventually(async () => expect(await stateOf(id)).toMatchObject({ state: 'delivered' }), PATIENCE);
    expect(JSON.parse(world.sink.at('/ok/tested')[0]?.body ?? '')).toMatchObject({ type: eventType, data: { endpointId: endpoint.id } });
  });

  it('are made up for what an endpoint has missed, and not for what it has', async () => {
    const since = new Date(Date.now() - 60_000).toISOString();
    const { endpoint } = await make('/ok/recovered', { types: ['dev.tenantry.recover.*'] });
    const type = 'dev.tenantry.recover.v1';
    await world.publish(acme, [{ type }]);
    await eventually(async () => expect(world.sink.at('/ok/recovered')).toHaveLength(1), PATIENCE);
    const off = await admin.updateWebhookEndpoint({ params: { id: endpoint.id }, ifMatch: '"1"', body: { status: 'disabled' } });
    await world.publish(acme, [{ type }, { type }]);
    const recover = () => admin.recoverWebhookEndpoint({ params: { id: endpoint.id }, body: { since } });
    expect(await refusal(recover())).toBe('webhook-endpoint-disabled');
    await admin.updateWebhookEndpoint({ params: { id: endpoint.id }, ifMatch: `"${off.data.version}"`, body: { status: 'enabled' } });
    expect((await recover()).data).toEqual({ deliveries: 2 });
    await eventually(async () => expect(world.sink.at('/ok/recovered')).toHaveLength(3), PATIENCE);
    expect(new Set(world.sink.at('/ok/recovered').map(({ headers }) => headers['webhook-id'])).size).toBe(3);
  });
});
