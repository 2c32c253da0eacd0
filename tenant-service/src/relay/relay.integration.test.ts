import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { customerEvents, LIFECYCLE_VERSIONS, sharedEventsTopic, type TenantryClient } from '@tenantry/contracts';
import { eventually } from '@tenantry/stack/testing/eventually.ts';
import { freePort } from '@tenantry/stack/testing/free-port.ts';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { type KafkaLink, kafkaLink } from '../../testing/kafka-link.ts';
import { type KafkaTopics, kafkaTopics } from '../../testing/kafka-topics.ts';
import { type PrivateRedis, privateRedis } from '../../testing/private-redis.ts';
import { type ServiceWorld, serviceWorld, type TestTenant } from '../../testing/service-world.ts';

let world: ServiceWorld;
let kafka: KafkaTopics;
let acme: TestTenant;
let homeless: TestTenant;
let client: TenantryClient;
let other: TenantryClient;
let redis: PrivateRedis;
let link: KafkaLink;
const folder = mkdtempSync(join(tmpdir(), 'tenantry-relay-'));
const relays: ChildProcess[] = [];

beforeAll(async () => {
  world = await serviceWorld();
  kafka = await kafkaTopics(world.stack);
  // Topics are the broker's, so names must be fresh; the second tenant's topic is missing until a test makes it.
  const run = randomBytes(4).toString('hex');
  acme = await world.addTenant(`r${run}-acme`);
  homeless = await world.addTenant(`r${run}-away`);
  await kafka.create(acme.eventsTopic);
  const api = await world.startApi();
  client = api.client(await world.token(acme));
  other = api.client(await world.token(homeless));
  const { address, port, password } = await world.stack.kafka('relay');
  const cells = {
    cells: [
      {
        name: world.cell.cell,
        postgres: { host: world.stack.postgres.host, port: world.stack.postgres.port, database: world.cell.database },
        kafka: { brokers: [`${address}:${port}`], replicationFactor: 1 },
      },
    ],
    identity: { issuer: world.issuer.url },
    pooledUrl: 'http://127.0.0.1:1',
  };
  writeFileSync(join(folder, 'cells.json'), JSON.stringify(cells));
  redis = await privateRedis();
  link = await kafkaLink({ address, port });
  const [cell] = cells.cells;
  const hears = { ...cell, redis: { host: redis.login.host, port: redis.login.port, tls: false } };
  writeFileSync(join(folder, 'hears.json'), JSON.stringify({ ...cells, cells: [hears] }));
  writeFileSync(join(folder, 'redis-password'), redis.login.password);
  writeFileSync(
    join(folder, 'linked.json'),
    JSON.stringify({ ...cells, cells: [{ ...cell, kafka: { ...cell?.kafka, brokers: [link.broker] } }] }),
  );
  writeFileSync(join(folder, 'ca.crt'), world.stack.ca);
  writeFileSync(join(folder, 'postgres-relay-password'), world.cell.passwords.relay);
  writeFileSync(join(folder, 'kafka-relay-password'), password);
});
afterEach(async () => {
  for (const relay of relays.splice(0)) {
    if (relay.exitCode === null && relay.signalCode === null) {
      relay.kill('SIGKILL');
      await once(relay, 'exit');
    }
  }
});
afterAll(async () => {
  await link?.[Symbol.asyncDispose]();
  await redis?.[Symbol.asyncDispose]();
  await kafka?.[Symbol.asyncDispose]();
  await world?.[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});

interface RelayProcess {
  readonly process: ChildProcess;
  readonly metrics: () => Promise<string>;
  readonly output: () => string;
}

/** The real process, as its Deployment starts it. */
async function startRelayProcess(environment: Record<string, string> = {}): Promise<RelayProcess> {
  const port = await freePort();
  const child = spawn(process.execPath, [new URL('../main.ts', import.meta.url).pathname], {
    env: {
      TENANTRY_ROLE: 'relay',
      CELLS_FILE: join(folder, 'cells.json'),
      CA_FILE: join(folder, 'ca.crt'),
      SECRETS_DIR: folder,
      HOST: '127.0.0.1',
      METRICS_PORT: String(port),
      ...environment,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  relays.push(child);
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      output += chunk.toString();
    });
  }
  return { process: child, metrics: async () => (await fetch(`http://127.0.0.1:${port}/metrics`)).text(), output: () => output };
}

const waiting = async (tenant?: TestTenant): Promise<number> => {
  const { rows } = await world.admin.query<{ n: number }>(
    'select count(*)::int as n from tenantry.outbox where $1::text is null or writer = $1',
    [tenant?.appRole ?? null],
  );
  return rows[0]?.n ?? -1;
};

it('publishes what was committed as CloudEvents on the tenant’s own topic, in the order of versions, and empties the outbox', async () => {
  const relay = await startRelayProcess();
  const made = await Promise.all(
    Array.from({ length: 20 }, (_, at) => client.createCustomer({ body: { name: `Event ${at}`, email: `event${at}@example.org` } })),
  );
  const [first] = made;
  const params = { id: first?.data.id ?? '' };
  await client.updateCustomer({ params, ifMatch: '"1"', body: { segment: 'gold' } });
  await client.deleteCustomer({ params, ifMatch: '"2"' });
  await eventually(async () => expect(await waiting()).toBe(0), { limitMs: 20_000 });

  const events = await kafka.readAll(acme.eventsTopic);
  expect(events).toHaveLength(22);
  expect(new Set(events.map(({ attributes }) => attributes.id)).size).toBe(22);
  const own = events.filter(({ key }) => key === params.id);
  expect(own.map(({ attributes }) => `${attributes.aggregateversion} ${attributes.type}`)).toEqual([
    '1 dev.tenantry.customer.created.v1',
    '2 dev.tenantry.customer.updated.v1',
    '3 dev.tenantry.customer.deleted.v1',
  ]);
  expect(own[0]?.attributes).toMatchObject({
    source: `/tenants/${acme.tenantId}`,
    tenantid: acme.tenantId,
    subject: `customers/${params.id}`,
    traceparent: first?.headers.get('traceparent'),
  });
  for (const { attributes, data } of events) {
    const schema = customerEvents[attributes.type as keyof typeof customerEvents];
    expect(schema.safeParse(data).error?.issues).toBeUndefined();
  }
  expect(own[0]?.data).toEqual({ customer: first?.data });
  expect(await relay.metrics()).toContain('tenantry_relay_events_published_total 22');
  relay.process.kill('SIGTERM');
  expect((await once(relay.process, 'exit'))[0]).toBe(0);
});

it('killed between produce and delete loses nothing: what was published is published again', async () => {
  const before = new Set((await kafka.readAll(acme.eventsTopic)).map(({ attributes }) => attributes.id));
  await Promise.all(Array.from({ length: 30 }, (_, at) => client.createCustomer({ body: { name: `Crash ${at}` } })));
  const { rows } = await world.admin.query<{ id: string }>('select id from tenantry.outbox');
  expect(rows).toHaveLength(30);
  const doomed = await startRelayProcess({ CRASH_AFTER: 'relay.produced:1' });
  const [, signal] = await once(doomed.process, 'exit');
  expect(signal).toBe('SIGKILL');
  expect(await waiting()).toBe(30);
  await startRelayProcess();
  await eventually(async () => expect(await waiting()).toBe(0), { limitMs: 20_000 });
  const events = (await kafka.readAll(acme.eventsTopic)).filter(({ attributes }) => !before.has(attributes.id));
  expect(new Set(events.map(({ attributes }) => attributes.id))).toEqual(new Set(rows.map(({ id }) => id)));
  expect(events.length).toBe(60);
});

it('goes on with other tenants while one tenant’s topic is missing, and catches up when it is there', async () => {
  const relay = await startRelayProcess();
  await Promise.all(Array.from({ length: 5 }, (_, at) => other.createCustomer({ body: { name: `Waits ${at}` } })));
  await client.createCustomer({ body: { name: 'Goes' } });
  await eventually(async () => expect(await waiting(acme)).toBe(0), { limitMs: 30_000 });
  await eventually(async () => expect(await relay.metrics()).toMatch(/tenantry_relay_publish_failures_total [1-9]/), { limitMs: 30_000 });
  expect(await waiting(homeless)).toBe(5);
  for (let at = 0; at < 3; at += 1) {
    await client.createCustomer({ body: { name: `Goes on ${at}` } });
    await eventually(async () => expect(await waiting(acme)).toBe(0), { limitMs: 30_000 });
  }
  await kafka.create(homeless.eventsTopic);
  await eventually(async () => expect(await waiting(homeless)).toBe(0), { limitMs: 60_000 });
  expect(await kafka.readAll(homeless.eventsTopic)).toHaveLength(5);
});

it('goes on with every tenant after the topic of one was deleted, also with tenants it sends to for the first time', async () => {
  const run = randomBytes(4).toString('hex');
  const [purged, fresh] = [await world.addTenant(`r${run}-purged`), await world.addTenant(`r${run}-fresh`)];
  await kafka.create(purged.eventsTopic);
  await kafka.create(fresh.eventsTopic);
  const api = await world.startApi();
  await startRelayProcess();
  await api.client(await world.token(purged)).createCustomer({ body: { name: 'Before the purge' } });
  await eventually(async () => expect(await waiting()).toBe(0), { limitMs: 20_000 });
  await kafka.remove(purged.eventsTopic);
  await api.client(await world.token(fresh)).createCustomer({ body: { name: 'First of its topic' } });
  await client.createCustomer({ body: { name: 'Of a topic known before' } });
  await eventually(async () => expect(await waiting()).toBe(0), { limitMs: 20_000 });
  // Nobody's events may be lost or stuck when the deleted tenant still has some.
  await api.client(await world.token(purged)).createCustomer({ body: { name: 'Too late' } });
  await client.createCustomer({ body: { name: 'Still goes' } });
  await eventually(async () => expect(await waiting(acme)).toBe(0), { limitMs: 20_000 });
  expect(await waiting(purged)).toBe(1);
  await world.admin.query('truncate tenantry.outbox');
});

it('leaves rows of a writer that is no tenant alone, counts them, and is not held up', async () => {
  await world.admin.query(
    `insert into tenantry.outbox (id, writer, type, aggregate, aggregate_id, version, occurred_at, data)
     values ($1, 'nobody', 'dev.tenantry.customer.created.v1', 'customer', $2, 1, now(), '{}')`,
    [randomUUID(), randomUUID()],
  );
  const relay = await startRelayProcess();
  await client.createCustomer({ body: { name: 'Past the stranger' } });
  await eventually(async () => expect(await waiting(acme)).toBe(0), { limitMs: 20_000 });
  expect(await waiting()).toBe(1);
  await eventually(async () => expect(await relay.metrics()).toContain('tenantry_relay_unroutable_events 1'));
  await world.admin.query('truncate tenantry.outbox');
});

it('shares the shards between replicas, loses and reorders nothing when one is killed, and gives its part to the other', async () => {
  const shards = async (relay: RelayProcess): Promise<number> =>
    Number(/^tenantry_relay_shards (\d+)/m.exec(await relay.metrics())?.[1] ?? Number.NaN);
  const first = await startRelayProcess();
  await eventually(async () => expect(await shards(first)).toBe(16), { limitMs: 20_000 });
  const second = await startRelayProcess();
  await eventually(async () => expect([await shards(first), await shards(second)]).toEqual([8, 8]), { limitMs: 20_000 });

  const tenants = [acme, await world.addTenant(`r${randomBytes(4).toString('hex')}-twin`)];
  await kafka.create(tenants[1]?.eventsTopic ?? '');
  const api = await world.startApi();
  const made = await Promise.all(
    tenants.flatMap(async (tenant) => {
      const own = api.client(await world.token(tenant));
      const { data } = await own.createCustomer({ body: { name: 'Changes hands' } });
      return { tenant, own, params: { id: data.id } };
    }),
  );
  for (let version = 1; version <= 20; version += 1) {
    for (const { own, params } of made) await own.updateCustomer({ params, ifMatch: `"${version}"`, body: { segment: `s${version}` } });
    if (version === 8) first.process.kill('SIGKILL');
  }
  await eventually(async () => expect(await shards(second)).toBe(16), { limitMs: 20_000 });
  await eventually(async () => expect(await waiting()).toBe(0), { limitMs: 20_000 });
  for (const { tenant, params } of made) {
    const versions = (await kafka.readAll(tenant.eventsTopic))
      .filter(({ key }) => key === params.id)
      .map(({ attributes }) => Number(attributes.aggregateversion));
    // What was under way with the first one may come twice; the first time of each is in order.
    expect([...new Set(versions)]).toEqual(Array.from({ length: 21 }, (_, at) => at + 1));
  }
});

it('moves a tenant to a shared topic: leaves the old one, keeps what is written meanwhile, and sends it there in order, each tenant in its partition', async () => {
  const run = randomBytes(4).toString('hex');
  const [moving, settled] = [await world.addTenant(`r${run}-moving`), await world.addTenant(`r${run}-settled`)];
  const shared = sharedEventsTopic(world.cell.cell);
  await kafka.create(moving.eventsTopic);
  await kafka.create(shared, 5);
  await world.operator.query('update tenantry.tenants set events_topic = $2 where tenant_id = $1', [settled.tenantId, shared]);
  const api = await world.startApi();
  const [own, neighbour] = [api.client(await world.token(moving)), api.client(await world.token(settled))];
  await startRelayProcess();
  const { data } = await own.createCustomer({ body: { name: 'Moves' } });
  let version = 1;
  const change = async (): Promise<void> => {
    await own.updateCustomer({ params: { id: data.id }, ifMatch: `"${version}"`, body: { segment: `s${version}` } });
    version += 1;
  };
  const left = async (): Promise<boolean> => {
    await change();
    const { rows } = await world.admin.query<{ left: boolean }>(
      'select left_at is not null as left from tenantry.topic_moves where tenant_id = $1',
      [moving.tenantId],
    );
    return rows[0]?.left ?? false;
  };
  for (let at = 0; at < 5; at += 1) await change();
  await world.operator.query(`insert into tenantry.topic_moves (tenant_id, held_until) values ($1, now() + interval '60 seconds')`, [
    moving.tenantId,
  ]);
  await eventually(async () => expect(await left()).toBe(true), { limitMs: 30_000 });
  const before = (await kafka.readAll(moving.eventsTopic)).length;
  for (let at = 0; at < 5; at += 1) await change();
  await neighbour.createCustomer({ body: { name: 'Goes on' } });
  await eventually(async () => expect(await waiting(settled)).toBe(0), { limitMs: 30_000 });
  expect(await waiting(moving)).toBeGreaterThanOrEqual(5);
  await world.operator.query(
    'with moved as (delete from tenantry.topic_moves where tenant_id = $1) update tenantry.tenants set events_topic = $2 where tenant_id = $1',
    [moving.tenantId, shared],
  );
  await change();
  await eventually(async () => expect(await waiting()).toBe(0), { limitMs: 30_000 });

  const [old, now] = [await kafka.readAll(moving.eventsTopic), await kafka.readAll(shared)];
  expect(old).toHaveLength(before);
  const versions = [...old, ...now.filter(({ key }) => key === moving.tenantId)].map(({ attributes }) =>
    Number(attributes.aggregateversion),
  );
  expect(versions).toEqual(Array.from({ length: version }, (_, at) => at + 1));
  expect(now.length).toBe(version - before + 1);
  for (const { tenantId } of [moving, settled]) {
    const partitions = now.filter(({ attributes }) => attributes.tenantid === tenantId).map(({ partition }) => partition);
    expect(new Set(partitions).size).toBe(1);
  }
  // What the operator tells of a tenant's own life.
  await world.operator.query(
    `insert into tenantry.outbox (id, writer, type, aggregate, aggregate_id, version, occurred_at, data)
     values ($1, $2, 'dev.tenantry.tenant.resumed.v1', 'tenant', $3, $4, now(), '{}')`,
    [randomUUID(), settled.appRole, settled.tenantId, LIFECYCLE_VERSIONS + 7],
  );
  await eventually(async () => expect(await waiting(settled)).toBe(0), { limitMs: 30_000 });
  const told = (await kafka.readAll(shared)).find(({ attributes }) => attributes.type === 'dev.tenantry.tenant.resumed.v1');
  expect(told?.attributes).toMatchObject({ subject: `tenants/${settled.tenantId}`, aggregateversion: '7', tenantid: settled.tenantId });
  // Who asked for the move is gone: nobody waits for it longer than it said.
  await world.operator.query('insert into tenantry.topic_moves (tenant_id, held_until) values ($1, now())', [moving.tenantId]);
  await change();
  await eventually(async () => expect(await waiting(moving)).toBe(0), { limitMs: 30_000 });
});

it('hears of a write through Redis, and publishes it without waiting for its own next look', async () => {
  const relay = await startRelayProcess({ CELLS_FILE: join(folder, 'hears.json'), RELAY_POLL_MIN_MS: '60000', RELAY_POLL_MAX_MS: '60000' });
  await eventually(async () => expect(await relay.metrics()).toContain('tenantry_relay_shards 16'), { limitMs: 20_000 });
  expect(await relay.metrics()).toContain('tenantry_relay_events_published_total 0');
  const api = await world.startApi({ redis: redis.login });
  const writer = api.client(await world.token(acme));
  await eventually(
    async () => {
      await writer.createCustomer({ body: { name: 'Is heard of' } });
      expect(await relay.metrics()).toMatch(/tenantry_relay_events_published_total [1-9]/);
    },
    { limitMs: 20_000 },
  );
});

it('keeps what is written while Kafka is away, and publishes it in order when it is back', async () => {
  await startRelayProcess({ CELLS_FILE: join(folder, 'linked.json') });
  const { data } = await client.createCustomer({ body: { name: 'Waits for Kafka' } });
  await eventually(async () => expect(await waiting()).toBe(0), { limitMs: 20_000 });
  link.cut();
  const params = { id: data.id };
  for (let version = 1; version <= 10; version += 1)
    await client.updateCustomer({ params, ifMatch: `"${version}"`, body: { segment: `s${version}` } });
  await Promise.all(Array.from({ length: 40 }, (_, at) => client.createCustomer({ body: { name: `Meanwhile ${at}` } })));
  expect(await waiting(acme)).toBe(50);
  link.heal();
  await eventually(async () => expect(await waiting()).toBe(0), { limitMs: 30_000 });
  const own = (await kafka.readAll(acme.eventsTopic)).filter(({ key }) => key === data.id);
  expect([...new Set(own.map(({ attributes }) => Number(attributes.aggregateversion)))]).toEqual(
    Array.from({ length: 11 }, (_, at) => at + 1),
  );
});

it('tells a person what is wrong with its configuration, and ends with 78', async () => {
  const broken = await startRelayProcess({ SECRETS_DIR: '/nowhere', RELAY_BATCH: '500' });
  expect((await once(broken.process, 'exit'))[0]).toBe(78);
  expect(broken.output()).toContain('postgres-relay-password');
  expect(broken.output()).toContain('kafka-relay-password');
});
