import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { customerEvents, type TenantryClient } from '@tenantry/contracts';
import { eventually } from '@tenantry/stack/testing/eventually.ts';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { type KafkaTopics, kafkaTopics } from '../../testing/kafka-topics.ts';
import { type ServiceWorld, serviceWorld, type TestTenant } from '../../testing/service-world.ts';

let world: ServiceWorld;
let kafka: KafkaTopics;
let acme: TestTenant;
let homeless: TestTenant;
let client: TenantryClient;
let other: TenantryClient;
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

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  return port;
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

it('has one leader: a second process waits, and takes over when the first is gone', async () => {
  const first = await startRelayProcess();
  await eventually(async () => expect(await first.metrics()).toContain('tenantry_relay_leader 1'), { limitMs: 20_000 });
  const second = await startRelayProcess();
  await eventually(async () => expect(await second.metrics()).toContain('tenantry_relay_leader 0'), { limitMs: 20_000 });
  first.process.kill('SIGKILL');
  await eventually(async () => expect(await second.metrics()).toContain('tenantry_relay_leader 1'), { limitMs: 20_000 });
  await client.createCustomer({ body: { name: 'After the change' } });
  await eventually(async () => expect(await waiting()).toBe(0), { limitMs: 20_000 });
});

it('tells a person what is wrong with its configuration, and ends with 78', async () => {
  const broken = await startRelayProcess({ SECRETS_DIR: '/nowhere', RELAY_BATCH: '500' });
  expect((await once(broken.process, 'exit'))[0]).toBe(78);
  expect(broken.output()).toContain('postgres-relay-password');
  expect(broken.output()).toContain('kafka-relay-password');
});
