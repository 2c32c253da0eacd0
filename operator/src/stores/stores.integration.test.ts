import { Consumer, Producer, stringDeserializers, stringSerializers } from '@platformatic/kafka';
import {
  sharedEventsTopic,
  TENANT_SECRET,
  TENANTS_NAMESPACE,
  type TenantNames,
  TenantStores,
  tenantKeys,
  tenantNames,
  tenantStoresPath,
} from '@tenantry/contracts';
import { eventually } from '@tenantry/stack/testing/eventually.ts';
import { freePort } from '@tenantry/stack/testing/free-port.ts';
import { latestVersion } from '@tenantry/tenant-schema';
import { connect } from 'amqplib';
import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type OperatorProcess, startOperator } from '../../testing/operator-process.ts';
import { type PrivateCluster, privateCluster } from '../../testing/private-cluster.ts';
import { conditionOf, type TenantWish, type TestCluster, testCluster } from '../../testing/test-cluster.ts';
import { type TestPlatform, testPlatform } from '../../testing/test-platform.ts';
import { CHILDREN } from '../kubernetes/resources.ts';

let platform: TestPlatform;
let home: PrivateCluster;
let cluster: TestCluster;
let operator: OperatorProcess;

const PATIENCE = { limitMs: 60_000, everyMs: 200 };
const HEALTH_PORT = await freePort();
const vhosts: string[] = [];

beforeAll(async () => {
  [platform, home] = await Promise.all([testPlatform({ claim: false, queues: true }), privateCluster()]);
  cluster = await testCluster(home.adminKubeconfig, `stores-${platform.cell.name}`);
  await cluster.makeClass({ workload: { mode: 'Dedicated', allowedModes: ['Pooled', 'Dedicated'] } });
  operator = await startOperator(
    platform.environment({
      KUBECONFIG_FILE: home.operatorKubeconfig,
      OPERATOR_NAME: cluster.name,
      SERVICE_IMAGE: 'localhost/none',
      METRICS_PORT: String(HEALTH_PORT),
      METRICS_HOST: '127.0.0.1',
      // It rests, so that what is written while it is asked is written because it is asked.
      DRIFT_CHECK_INTERVAL: '1h',
    }),
  );
}, 120_000);
afterAll(async () => {
  await operator?.stop();
  for (const vhost of vhosts) {
    await platform.ports.queues?.deleteVhost(vhost);
    for (const user of [vhost, `${vhost}.2`]) await platform.ports.queues?.deleteLogin(user);
  }
  await cluster?.[Symbol.asyncDispose]();
  await home?.[Symbol.asyncDispose]();
  await platform?.[Symbol.asyncDispose]();
});

async function readyTenant(spec: TenantWish): Promise<{ readonly slug: string; readonly names: TenantNames }> {
  const slug = platform.slug();
  await cluster.apply(slug, spec);
  await eventually(
    async () => expect(conditionOf(await cluster.tenant(slug), 'Ready'), operator.output().slice(-3000)).toBe('True/Ready'),
    PATIENCE,
  );
  vhosts.push(tenantKeys((await cluster.tenant(slug))?.status?.tenantId ?? '').vhost);
  return { slug, names: tenantNames(slug, platform.cell.name) };
}

const ask = (path: string) => fetch(`http://127.0.0.1:${HEALTH_PORT}${path}`);

async function storesOf(slug: string): Promise<TenantStores> {
  const answer = await ask(tenantStoresPath(slug));
  expect(answer.status).toBe(200);
  return TenantStores.parse(await answer.json());
}

/** What a program of the tenant's is given. */
async function secretOf({ credentialsSecret: name }: TenantNames): Promise<Readonly<Record<keyof typeof TENANT_SECRET, string>>> {
  const { data = {} } = (await cluster.api.get(CHILDREN.Secret, { namespace: TENANTS_NAMESPACE, name })) as {
    data?: Record<string, string>;
  };
  return Object.fromEntries(Object.entries(TENANT_SECRET).map(([key, file]) => [key, atob(data[file] ?? '')])) as Awaited<
    ReturnType<typeof secretOf>
  >;
}

async function effectsSoFar(): Promise<number> {
  const text = await (await ask('/metrics')).text();
  return [...text.matchAll(/^tenantry_operator_effects_total\{[^}]*\} (\d+)$/gm)].reduce((sum, [, count]) => sum + Number(count), 0);
}

it('tells what a tenant has in PostgreSQL, Kafka and RabbitMQ as it is now, and writes nothing for it', async () => {
  const { slug, names } = await readyTenant({ messaging: { topics: [{ name: 'orders', partitions: 2 }], queues: [{ name: 'tasks' }] } });
  const secret = await secretOf(names);
  const sasl = { mechanism: 'SCRAM-SHA-512' as const, username: secret.kafkaUsername, password: secret.kafkaPassword };
  const login = { clientId: 'tenant', bootstrapBrokers: [...platform.cell.kafka.brokers], sasl };
  const topic = names.topic('orders');
  const producer = new Producer({ ...login, serializers: stringSerializers });
  await producer.send({ messages: ['a', 'b', 'c', 'd', 'e'].map((value) => ({ topic, key: value, value })) });
  await producer.close();
  const group = `${names.kafkaPrefix}bills`;
  const consumer = new Consumer({ ...login, groupId: group, deserializers: stringDeserializers });
  const stream = await consumer.consume({ topics: [topic], mode: 'earliest', autocommit: false });
  for await (const message of stream) {
    await message.commit();
    break;
  }
  await stream.close();
  await consumer.close(true);

  const { host: hostname = '', port = 0 } = platform.cell.rabbitmq ?? {};
  const broker = await connect({
    hostname,
    port,
    username: secret.rabbitmqUsername,
    password: secret.rabbitmqPassword,
    vhost: secret.rabbitmqVhost,
  });
  broker.on('error', () => {});
  const channel = await broker.createConfirmChannel();
  for (const text of ['one', 'two']) channel.sendToQueue('tasks', Buffer.from(text), { persistent: true });
  await channel.waitForConfirms();

  const { host, port: postgresPort, database } = platform.cell.postgres;
  const user = secret.postgresUsername;
  const session = new pg.Client({
    host,
    port: postgresPort,
    database,
    user,
    password: secret.postgresPassword,
    ssl: { ca: platform.stack.ca, host },
  });
  await session.connect();
  try {
    await eventually(async () => {
      const { database: schema, topics, queues } = await storesOf(slug);
      expect(schema).toMatchObject({
        state: 'read',
        schema: names.schema,
        version: latestVersion('tenant'),
        latestVersion: latestVersion('tenant'),
      });
      if (schema.state !== 'read') return;
      expect(schema.tables).toBeGreaterThan(20);
      expect(schema.tableBytes).toBeGreaterThan(0);
      expect(schema.indexBytes).toBeGreaterThan(0);
      expect(schema.logins[0]).toEqual({ name: user, isOwn: true, connections: 1, limit: expect.toBeOneOf([null, expect.any(Number)]) });
      expect(schema.server.connections).toBeGreaterThan(1);
      expect(schema.server.limit).toBeGreaterThanOrEqual(schema.server.connections);
      // Those that two test runs, or two tenants with the same beginning, have are not among them.
      expect(topics).toEqual({
        state: 'read',
        topics: [
          { name: names.eventsTopic, partitions: 3, messages: 0, groups: [] },
          { name: topic, partitions: 2, messages: 5, groups: [{ name: group, lag: 4 }] },
        ],
        groupsLeftOut: 0,
      });
      expect(queues).toMatchObject({
        state: 'read',
        queues: [
          { name: 'tasks', type: 'quorum', ready: 2, unacknowledged: 0, consumers: 0 },
          { name: 'tasks.dead', type: 'quorum', ready: 0 },
        ],
      });
    }, PATIENCE);
  } finally {
    await session.end();
    await broker.close();
  }
  const written = async () => [await effectsSoFar(), (await cluster.tenant(slug))?.metadata.resourceVersion];
  const before = await written();
  const { asOf } = await storesOf(slug);
  await eventually(async () => expect((await storesOf(slug)).asOf).not.toBe(asOf), PATIENCE);
  expect(await written()).toEqual(before);
}, 180_000);

it('sees that the schema’s size is as PostgreSQL’s own tables say', async () => {
  const { slug, names } = await readyTenant({});
  const { rows } = await platform.admin.query<{ bytes: string; tables: number }>(
    `select sum(pg_total_relation_size(oid)) as bytes, count(*) filter (where relkind in ('r', 'p'))::int as tables
       from pg_class where relnamespace = $1::regnamespace and relkind in ('r', 'p', 'm', 'S')`,
    [names.schema],
  );
  const { database } = await storesOf(slug);
  if (database.state !== 'read') throw new Error(JSON.stringify(database));
  expect({ bytes: database.tableBytes + database.indexBytes, tables: database.tables }).toEqual({
    bytes: Number(rows[0]?.bytes),
    tables: rows[0]?.tables,
  });
}, 90_000);

it('names the topic that tenants share instead of counting on it, and has no queues for who names none', async () => {
  const shared = `shared-${platform.cell.name}`;
  await cluster.makeClass({ messaging: { maxTopics: 0, maxPartitions: 1, maxQueues: 0, topicMode: 'Shared' } }, shared);
  const { slug } = await readyTenant({ classRef: { name: shared } });
  const { topics, queues } = await storesOf(slug);
  expect(topics).toEqual({ state: 'read', sharedTopic: sharedEventsTopic(platform.cell.name), topics: [], groupsLeftOut: 0 });
  expect(queues).toEqual({ state: 'none' });
}, 90_000);

it('is not told of a tenant that it does not have', async () => {
  const answer = await ask(tenantStoresPath('nobody-at-all'));
  expect([answer.status, answer.headers.get('content-type')]).toEqual([404, 'application/problem+json']);
});
