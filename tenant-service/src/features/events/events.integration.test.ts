import { randomUUID } from 'node:crypto';
import { connect } from 'node:net';
import type { ProblemError, TenantryClient } from '@tenantry/contracts';
import { eventually } from '@tenantry/stack/testing/eventually.ts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ProjectorWorld, projectorWorld } from '../../../testing/projector-world.ts';
import { EventReader } from '../../../testing/read-events.ts';
import type { RunningApi, TestTenant } from '../../../testing/service-world.ts';
import type { LoggedEvent } from '../../event-log/event-chain.ts';
import { EventLogWriter } from '../../event-log/event-log-writer.ts';
import { Connection, clientConfig } from '../../postgres/connection.ts';
import { startRelay } from '../../relay-role.ts';
import { createLog } from '../../telemetry/log.ts';
import { createMetrics } from '../../telemetry/metrics.ts';
import { type Door, pooledDoor } from '../../tenancy/doors.ts';

let projection: ProjectorWorld;
let api: RunningApi;
let door: Door;
let writer: EventLogWriter;
const stops: (() => Promise<unknown>)[] = [];

beforeAll(async () => {
  projection = await projectorWorld();
  const { world } = projection;
  api = await world.startApi();
  const { rows } = await projection.config();
  door = pooledDoor({ connect: () => new Connection(clientConfig(rows, 'test'), true), connections: 1, connectionsPerTenant: 1 });
  writer = new EventLogWriter(door);
});
afterAll(async () => {
  for (const stop of stops) await stop();
  await door?.close();
  await projection?.[Symbol.asyncDispose]();
});

const event = (wishes: Partial<LoggedEvent> = {}): LoggedEvent => ({
  id: randomUUID(),
  type: 'dev.tenantry.customer.created.v1',
  subject: `customers/${randomUUID()}`,
  version: 1,
  time: '2026-11-23T03:00:00.000Z',
  traceparent: null,
  data: '{"customer": {"name": "Zoë"}}',
  ...wishes,
});
const clientOf = async (tenant: TestTenant, role = 'viewer'): Promise<TenantryClient> =>
  api.client(await projection.world.token(tenant, { groups: [`/${role}`], subject: `a-${role}` }));
const stream = async (tenant: TestTenant, query = '', headers: Record<string, string> = {}, base = api, token?: string) => {
  const response = await fetch(`${base.url}/v1/events/stream${query}`, {
    headers: { authorization: `Bearer ${token ?? (await projection.world.token(tenant, { groups: ['/viewer'] }))}`, ...headers },
  });
  if (response.status !== 200 || response.body === null) throw new Error(`${response.status} ${await response.text()}`);
  return { response, reader: new EventReader(response.body) };
};

it('shows what a tenant did to that tenant, in pages and in the stream, and to no other', async () => {
  const { world } = projection;
  const [acme, globex] = [await projection.addTenant('acme'), await projection.addTenant('globex')];
  const { address, port, password } = await world.stack.kafka('relay');
  const common = await projection.config();
  const relay = await startRelay(
    {
      ...common,
      role: 'relay',
      postgres: world.login(world.cell.logins.relay, world.cell.passwords.relay),
      kafka: { brokers: [`${address}:${port}`], username: 'relay', password, tls: false, client: 'platformatic', requestTimeoutMs: 5000 },
      poll: { minMs: 5, maxMs: 50, batch: 100 },
    },
    createLog('silent', 'tenantry-relay'),
    createMetrics(),
  );
  stops.push(() => relay.stop());
  await projection.start();
  const [ours, theirs] = [await stream(acme, '?after=0'), await stream(globex, '?after=0')];

  const customer = (await api.client(await world.token(acme)).createCustomer({ body: { name: 'Ada' } })).data;
  await api.client(await world.token(globex)).createCustomer({ body: { name: 'Theirs' } });
  await eventually(() => expect(ours.reader.events).toHaveLength(1), { limitMs: 20_000 });
  await eventually(() => expect(theirs.reader.events).toHaveLength(1), { limitMs: 20_000 });

  const { items, page } = (await (await clientOf(acme)).listEvents({ query: {} })).data;
  expect(items).toHaveLength(1);
  expect(items[0]).toMatchObject({
    type: 'dev.tenantry.customer.created.v1',
    subject: `customers/${customer.id}`,
    source: `/tenants/${acme.tenantId}`,
    sequence: '1',
    data: { customer },
  });
  expect(page).toEqual({ after: '1', hasMore: false, limit: 50 });
  expect(ours.reader.events).toEqual([{ id: '1', event: items[0] }]);
  expect(JSON.stringify(theirs.reader.events)).not.toContain(customer.id);

  const editor = await clientOf(acme, 'editor');
  const about = `orders/${randomUUID()}`;
  const told = {
    body: { type: 'com.example.order.placed', subject: about, data: { order: 'A-17', é: ['\u{1f600}', null] } },
    idempotencyKey: 'order-17',
  };
  const published = await editor.publishEvent(told);
  expect(await editor.publishEvent(told)).toMatchObject({ status: 202, replayed: true, data: published.data });
  await eventually(() => expect(ours.reader.events).toHaveLength(2), { limitMs: 20_000 });
  const { id, type, time } = published.data;
  const logged = (await editor.listEvents({ query: { type: 'com.example.' } })).data.items;
  expect(logged).toEqual([expect.objectContaining({ id, type, time, subject: about, sequence: '2', data: told.body.data })]);
  for (const wrong of ['dev.tenantry.customer.created.v1', 'order.placed', 'Com.Example.Order', 'com.example.'] as const) {
    const refused = await editor.publishEvent({ body: { type: wrong, data: {} } }).catch((error: unknown) => error as ProblemError);
    expect((refused as ProblemError).problem.code).toBe('invalid-request');
  }
  const nul = await editor
    .publishEvent({ body: { type: 'com.example.a.b', data: { a: '\0' } } })
    .catch((error: unknown) => error as ProblemError);
  expect((nul as ProblemError).problem.code).toBe('invalid-request');
}, 60_000);

describe('POST /v1/events', () => {
  const type = 'com.example.order.placed';
  const params = { type };
  const schema = { type: 'object', properties: { order: { type: 'string', maxLength: 5 } }, required: ['order'] };
  const codeOf = async (work: Promise<unknown>) =>
    work.then(
      () => 'done',
      (error: ProblemError) => error.problem.code,
    );

  it('takes what fits the schema of the type, through every replica from the moment it was set, changed or taken away', async () => {
    const tenant = await projection.world.addTenant('typed');
    const second = await projection.world.startApi();
    const admin = await clientOf(tenant, 'admin');
    const here = await clientOf(tenant, 'machine');
    const there = second.client(await projection.world.token(tenant, { groups: ['/machine'] }));
    const publish = (by: TenantryClient, data: Record<string, unknown>) => codeOf(by.publishEvent({ body: { type, data } }));
    for (const by of [here, there]) expect(await publish(by, { order: 17 })).toBe('done');
    const { data: first } = await admin.putEventSchema({ params, body: { schema }, ifMatch: '"0"' });
    expect(first).toMatchObject({ type, version: 1, schema });
    for (const by of [here, there]) {
      expect([await publish(by, { order: 17 }), await publish(by, { order: 'A-17' })]).toEqual(['invalid-request', 'done']);
    }
    const wider = { ...schema, properties: { order: { type: 'string', maxLength: 50 } } };
    expect(await codeOf(admin.putEventSchema({ params, body: { schema: wider }, ifMatch: '"0"' }))).toBe('version-stale');
    expect((await admin.putEventSchema({ params, body: { schema: wider }, ifMatch: '"1"' })).data.version).toBe(2);
    for (const by of [there, here]) expect(await publish(by, { order: 'A-1234567' })).toBe('done');
    expect((await here.listEventSchemas({})).data.items.map((each) => [each.type, each.version])).toEqual([[type, 2]]);
    expect((await here.getEventSchema({ params })).headers.get('etag')).toBe('"2"');
    expect(await codeOf(admin.deleteEventSchema({ params, ifMatch: '"1"' }))).toBe('version-stale');
    await admin.deleteEventSchema({ params, ifMatch: '"2"' });
    for (const by of [here, there]) expect(await publish(by, { order: 17 })).toBe('done');
    expect(await codeOf(here.getEventSchema({ params }))).toBe('not-found');
    // The numbers go on, so that no replica takes a new schema for one it knows.
    expect((await admin.putEventSchema({ params, body: { schema }, ifMatch: '"0"' })).data.version).toBe(4);
    for (const by of [there, here]) expect(await publish(by, { order: 17 })).toBe('invalid-request');
    const wrong = [{ type: 'nonsense' }, { $ref: 'https://example.org/x' }, { properties: { a: { type: 'string', 'x-indexable': true } } }];
    for (const each of wrong) {
      const refused = codeOf(admin.putEventSchema({ params, body: { schema: each as never }, ifMatch: '"4"' }));
      expect(await refused).toBe('invalid-request');
    }
    const refusal = (await here.publishEvent({ body: { type, data: {} } }).catch((error: unknown) => error)) as ProblemError;
    expect(refusal.problem.errors).toEqual([expect.objectContaining({ pointer: expect.stringMatching(/^\/data/) })]);
    const { rows } = await projection.world.admin.query('select version from tenantry.outbox where writer = $1', [tenant.appRole]);
    expect(rows).toHaveLength(8);
  });

  it('is about a thing of the tenant’s own, and takes as many in a minute as the plan says', async () => {
    const { world } = projection;
    const tenant = await world.addTenant('counted', { quotas: { publishedEventsPerMinute: 1 } });
    const machine = await clientOf(tenant, 'machine');
    const subject = `orders/${randomUUID()}`;
    const publish = (about: string) => codeOf(machine.publishEvent({ body: { type, data: {}, subject: about } }));
    for (const wrong of ['orders/17', `customers/${randomUUID()}`, 'orders', `Orders/${randomUUID()}`]) {
      expect(await publish(wrong)).toBe('invalid-request');
    }
    expect([await publish(subject), await publish(subject)]).toEqual(['done', 'too-many-requests']);
    const { rows } = await world.admin.query('select distinct aggregate from tenantry.outbox where writer = $1', [tenant.appRole]);
    expect(rows).toEqual([{ aggregate: subject }]);
    expect((await machine.getTenant({})).data.limits.publishedEventsPerMinute).toBe(1);
  });
});

describe('GET /v1/events', () => {
  it('walks through all events, each once, whatever the page and the filter, and says where to go on', async () => {
    const tenant = await projection.world.addTenant('walk');
    const client = await clientOf(tenant);
    const one = `customers/${randomUUID()}`;
    const events = Array.from({ length: 25 }, (_, at) =>
      event({
        type: `dev.tenantry.${at % 2 === 0 ? 'customer' : 'account'}.created.v1`,
        ...(at % 5 === 0 ? { subject: one, version: at / 5 + 1 } : {}),
      }),
    );
    await writer.append(tenant, events);
    const walk = async (query: { limit: number; type?: string; subject?: string }): Promise<string[]> => {
      const seen: string[] = [];
      for (let after = '0'; ; ) {
        const { items, page } = (await client.listEvents({ query: { ...query, after } })).data;
        seen.push(...items.map(({ id }) => id));
        after = page.after;
        if (!page.hasMore) {
          expect(after).toBe('25');
          return seen;
        }
      }
    };
    for (const limit of [1, 7, 12, 24, 25, 200]) {
      expect(await walk({ limit })).toEqual(events.map(({ id }) => id));
      expect(await walk({ limit, type: 'dev.tenantry.account.' })).toEqual(events.filter((_, at) => at % 2 === 1).map(({ id }) => id));
      expect(await walk({ limit, subject: one })).toEqual(events.filter((_, at) => at % 5 === 0).map(({ id }) => id));
    }
    expect((await client.listEvents({ query: { after: 'latest' } })).data).toEqual({
      items: [],
      page: { after: '25', hasMore: false, limit: 50 },
    });
    for (const query of [{ after: '-1' }, { after: 'soon' }, { type: '%' }, { subject: 'x' }]) {
      const refused = await client.listEvents({ query }).catch((error: unknown) => error as ProblemError);
      expect((refused as ProblemError).problem.code).toBe('invalid-request');
    }
  });

  it('shows events of members to admins only, and others the place behind them', async () => {
    const tenant = await projection.world.addTenant('members');
    await writer.append(tenant, [
      event(),
      event({ type: 'dev.tenantry.user.invited.v1', data: '{"user": {"email": "secret@example.org"}}' }),
    ]);
    for (const [role, count] of [
      ['admin', 2],
      ['editor', 1],
      ['viewer', 1],
      ['machine', 1],
    ] as const) {
      const { items, page } = (await (await clientOf(tenant, role)).listEvents({ query: {} })).data;
      expect([role, items.length, page.after]).toEqual([role, count, '2']);
    }
    const { reader } = await stream(tenant, '?after=0');
    await eventually(() => expect(reader.events).toHaveLength(1));
    await writer.append(tenant, [event()]);
    await eventually(() => expect(reader.events.map(({ id }) => id)).toEqual(['1', '3']));
  });
});

describe('GET /v1/events/stream', () => {
  it('begins with what is to come, goes on where a reader was, and is never compressed', async () => {
    const tenant = await projection.world.addTenant('resume');
    await writer.append(tenant, [event(), event()]);
    const { response, reader } = await stream(tenant, '', { 'accept-encoding': 'gzip, br' });
    expect(
      Object.fromEntries(['content-type', 'cache-control', 'content-encoding'].map((name) => [name, response.headers.get(name)])),
    ).toEqual({
      'content-type': 'text/event-stream',
      'cache-control': 'no-store',
      'content-encoding': null,
    });
    // Beyond one page, and more than a reader's buffer.
    const more = Array.from({ length: 120 }, () => event({ data: JSON.stringify({ text: 'x'.repeat(4000) }) }));
    await writer.append(tenant, more);
    await eventually(() => expect(reader.events).toHaveLength(120));
    expect(reader.events.map(({ event: { sequence } }) => Number(sequence))).toEqual(more.map((_, at) => at + 3));
    const again = await stream(tenant, '?after=0', { 'last-event-id': '100' });
    await eventually(() =>
      expect(again.reader.events.map(({ id }) => Number(id))).toEqual(Array.from({ length: 22 }, (_, at) => at + 101)),
    );
    await expect(stream(tenant, '', { 'last-event-id': 'x' })).rejects.toThrow('400');
  });

  it('ends when the tenant is suspended, when the token is revoked, and when it expires; and a reader has so many at once', async () => {
    const { world } = projection;
    const tenant = await world.addTenant('ends');
    const brief = await stream(tenant, '', {}, api, await world.token(tenant, { groups: ['/viewer'], expiresIn: 2, subject: 'brief' }));
    const revoked = await stream(tenant, '', {}, api, await world.token(tenant, { groups: ['/viewer'], subject: 'gone' }));
    const open = await Promise.all(Array.from({ length: 5 }, () => stream(tenant)));
    await expect(stream(tenant)).rejects.toThrow('429');
    await brief.reader.ended;
    expect(brief.reader.comments).toContain('token or time is over');
    await world.admin.query(`insert into tenantry.revoked_tokens (writer, subject, issued_until) values ($1, 'gone', now())`, [
      tenant.appRole,
    ]);
    await world.admin.query(`notify tenantry_revoked_tokens`);
    await revoked.reader.ended;
    await world.operator.query(`update tenantry.tenants set state = 'Suspended' where tenant_id = $1`, [tenant.tenantId]);
    for (const { reader } of open) await reader.ended;
    expect(await api.metrics.registry.metrics()).toContain('tenantry_event_streams');
  });

  it('lets go of a reader who takes nothing, and of what was kept for it, while others read on', async () => {
    const tenant = await projection.world.addTenant('stalled');
    const impatient = await projection.world.startApi({ eventStreamStalledMs: 1500 });
    const token = await projection.world.token(tenant, { groups: ['/viewer'] });
    const socket = connect(Number(new URL(impatient.url).port), '127.0.0.1').pause();
    stops.push(async () => socket.destroy());
    socket.write(`GET /v1/events/stream?after=0 HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${token}\r\n\r\n`);
    const { reader } = await stream(tenant, '?after=0', {}, impatient);
    const open = async () => /^tenantry_event_streams (\d+)$/m.exec(await impatient.metrics.registry.metrics())?.[1];
    await eventually(async () => expect(await open()).toBe('2'), { limitMs: 30_000 });
    // More than the buffers of two sockets: the rest waits here, or nowhere.
    const large = JSON.stringify({ text: 'x'.repeat(250_000) });
    for (let round = 0; round < 4; round += 1)
      await writer.append(
        tenant,
        Array.from({ length: 25 }, () => event({ data: large })),
      );
    await eventually(() => expect(reader.events).toHaveLength(100), { limitMs: 30_000 });
    await eventually(async () => expect(await open()).toBe('1'), { limitMs: 30_000 });
    await writer.append(tenant, [event()]);
    await eventually(() => expect(reader.events).toHaveLength(101), { limitMs: 30_000 });
  });

  it('goes on at the end of a log that a backup has put back, also for who comes with a number beyond it', async () => {
    const { world } = projection;
    const tenant = await world.addTenant('rolled-back');
    await writer.append(tenant, [event(), event(), event(), event()]);
    const staying = await stream(tenant, '?after=2');
    await eventually(() => expect(staying.reader.events.map(({ id }) => id)).toEqual(['3', '4']), { limitMs: 30_000 });
    // As a restore leaves it: the log, its end, and its chain of before.
    await world.admin.query(`delete from ${tenant.schema}.events where seq > 2`);
    await world.admin.query(
      `update ${tenant.schema}.event_log_head set seq = 2, hash = (select hash from ${tenant.schema}.events where seq = 2)`,
    );
    const comingBack = await stream(tenant, '', { 'last-event-id': '4' });
    for (const { reader } of [staying, comingBack]) await eventually(() => expect(reader.lastId).toBe('2'), { limitMs: 30_000 });
    await new EventLogWriter(door).append(tenant, [event({ subject: 'customers/019a9a4e-5e0c-7c3f-9d55-0f6a3b7c1d22' })]);
    for (const { reader } of [staying, comingBack]) {
      await eventually(
        () => expect(reader.events.at(-1)).toMatchObject({ id: '3', event: { subject: 'customers/019a9a4e-5e0c-7c3f-9d55-0f6a3b7c1d22' } }),
        {
          limitMs: 30_000,
        },
      );
    }
  });

  it('is served by a dedicated tenant’s own replicas, which let go of their readers when they end', async () => {
    const { world } = projection;
    const tenant = await projection.addTenant('dedicated', { dedicated: true });
    const { user, password } = tenant.login ?? { user: '', password: '' };
    const login = world.login(user, password);
    const replica = await world.startApi({ tenantId: tenant.tenantId, rows: login, registry: login });
    const { reader } = await stream(tenant, '', {}, replica);
    await writer.append(tenant, [event()]);
    await eventually(() => expect(reader.events).toHaveLength(1));
    await replica.stop();
    await reader.ended;
    expect(reader.comments).toContain('restart');
  });
});
