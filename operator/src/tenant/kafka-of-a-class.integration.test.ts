import { Admin, Producer, stringSerializers } from '@platformatic/kafka';
import { ANNOTATIONS, PROJECTOR_GROUPS, sharedEventsTopic, TENANT_SECRET, TENANTS_NAMESPACE, tenantNames } from '@tenantry/contracts';
import { eventually } from '@tenantry/stack/testing/eventually.ts';
import { freePort } from '@tenantry/stack/testing/free-port.ts';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type OperatorProcess, startOperator } from '../../testing/operator-process.ts';
import { type PrivateCluster, privateCluster } from '../../testing/private-cluster.ts';
import { conditionOf, type TestCluster, testCluster } from '../../testing/test-cluster.ts';
import { type TestPlatform, testPlatform } from '../../testing/test-platform.ts';
import { CHILDREN } from '../kubernetes/resources.ts';

let platform: TestPlatform;
let home: PrivateCluster;
let cluster: TestCluster;
let operator: OperatorProcess;
let metricsPort: number;
let shared: string;
let sharing: string;

const PATIENCE = { limitMs: 60_000, everyMs: 100 };

beforeAll(async () => {
  // The shared topic takes two, a tenant's own three: there is room for two tenants with their own.
  [platform, home] = await Promise.all([testPlatform({ claim: false, partitionBudget: 10, sharedTopicPartitions: 2 }), privateCluster()]);
  shared = sharedEventsTopic(platform.cell.name);
  cluster = await testCluster(home.adminKubeconfig, `share-${platform.cell.name}`);
  sharing = `${cluster.name}-small`;
  await cluster.makeClass({ messaging: { topicMode: 'Shared' } }, sharing);
  metricsPort = await freePort();
  operator = await startOperator(
    platform.environment({
      KUBECONFIG_FILE: home.operatorKubeconfig,
      OPERATOR_NAME: cluster.name,
      SERVICE_IMAGE: 'localhost/tenantry-no-such-image:1',
      METRICS_PORT: String(metricsPort),
      METRICS_HOST: '127.0.0.1',
      DRIFT_CHECK_INTERVAL: '500ms',
    }),
  );
});
afterAll(async () => {
  await operator?.stop();
  await cluster?.[Symbol.asyncDispose]();
  await home?.[Symbol.asyncDispose]();
  await platform?.[Symbol.asyncDispose]();
});

const condition = async (slug: string, type = 'Ready') => conditionOf(await cluster.tenant(slug), type);
const isReady = (slug: string) =>
  eventually(async () => expect(await condition(slug), operator.output().slice(-3000)).toBe('True/Ready'), PATIENCE);
const saysOf = async (slug: string, type: string) =>
  (await cluster.tenant(slug))?.status?.conditions?.find((each) => each.type === type)?.message;
const eventsTopic = async (slug: string): Promise<string | undefined> => {
  const { rows } = await platform.admin.query<{ events_topic: string }>('select events_topic from tenantry.tenants where slug = $1', [
    slug,
  ]);
  return rows[0]?.events_topic;
};
const topicsOf = async (slug: string) => [...(await platform.ports.kafka.topics()).keys()].filter((name) => name.startsWith(`${slug}.`));

it('holds the tenant’s Kafka user to the class’s quotas, puts them back, and takes away what the class no longer says', async () => {
  const slug = platform.slug();
  const { kafkaUser } = tenantNames(slug, platform.cell.name);
  const { kafka } = platform.ports;
  const quotas = async () => (await kafka.quotas(kafkaUser)).get(kafkaUser);
  await cluster.makeClass({ messaging: { producerByteRate: 1_000_000, requestPercentage: 50 } });
  await cluster.apply(slug);
  await isReady(slug);
  expect(await quotas()).toEqual({ producer_byte_rate: 1_000_000, request_percentage: 50 });

  await kafka.setQuotas(kafkaUser, { producer_byte_rate: 9e9, consumer_byte_rate: 1 }, ['request_percentage']);
  await eventually(async () => expect(await quotas()).toEqual({ producer_byte_rate: 1_000_000, request_percentage: 50 }), PATIENCE);

  await cluster.makeClass({});
  await eventually(async () => expect(await quotas()).toBeUndefined(), PATIENCE);
}, 120_000);

it('a tenant of a class with shared topics has neither a topic nor a way into Kafka, and its events are on the cell’s shared topic', async () => {
  const slug = platform.slug();
  const { kafka } = platform.ports;
  const names = tenantNames(slug, platform.cell.name);
  await cluster.apply(slug, { classRef: { name: sharing } });
  await isReady(slug);
  expect(await eventsTopic(slug)).toBe(shared);
  expect((await kafka.topics([shared])).get(shared)).toMatchObject({ partitions: 2, configs: { 'cleanup.policy': 'delete' } });
  expect(await topicsOf(slug)).toEqual([]);
  expect([...(await kafka.loginMarks(names.kafkaUser)).keys(), ...(await kafka.accessToPrefix(names.kafkaPrefix))]).toEqual([]);
  const secret = await cluster.api.get(CHILDREN.Secret, { namespace: TENANTS_NAMESPACE, name: names.credentialsSecret });
  expect(Object.keys((secret as unknown as { data: object }).data)).toContain(TENANT_SECRET.clientSecret);
  expect(Object.keys((secret as unknown as { data: object }).data)).not.toContain(TENANT_SECRET.kafkaPassword);
  expect((await cluster.tenant(slug))?.status?.messaging).toEqual({ eventsTopic: shared, topics: 1, topicPartitions: [] });

  // A way in that somebody makes by hand is taken away.
  await kafka.allow([{ user: names.kafkaUser, resource: 'topic', name: shared, pattern: 'literal', operation: 'READ' }]);
  await eventually(async () => expect(await kafka.access(names.kafkaUser)).toEqual([]), PATIENCE);
});

it('refuses what goes above the cell’s partition budget and says what to do; a tenant that moves to the shared topic when everything was read makes room', async () => {
  const { kafka } = platform.ports;
  const [first, second] = [platform.slug(), platform.slug()];
  const own = tenantNames(first, platform.cell.name).eventsTopic;
  await cluster.apply(first);
  await isReady(first);
  await cluster.apply(second);
  await eventually(async () => expect(await condition(second)).toBe('False/PartitionBudgetExceeded'), PATIENCE);
  expect(await saysOf(second, 'Ready')).toContain(
    `${second}.events (3 more) would bring cell ${platform.cell.name} to 11 of its 10 partitions. Give the tenant a class with shared topics`,
  );
  expect(await condition(second, 'Stalled')).toBe('True/PartitionBudgetExceeded');
  const metrics = async () => (await fetch(`http://127.0.0.1:${metricsPort}/metrics`)).text();
  await eventually(async () => expect(await metrics()).toContain('tenantry_operator_partitions 8'), PATIENCE);
  expect(await metrics()).toContain('tenantry_operator_partition_budget 10');

  // An event that nobody has read yet; then the class changes.
  const admin = await platform.stack.kafka('admin');
  const sign = { mechanism: 'SCRAM-SHA-512', username: admin.username, password: admin.password } as const;
  const client = { clientId: 'shared-topics-test', bootstrapBrokers: [`${admin.address}:${admin.port}`], sasl: sign };
  const producer = new Producer({ ...client, serializers: stringSerializers });
  const kafkaAdmin = new Admin(client);
  try {
    await producer.send({ messages: [{ topic: own, key: 'a', value: '{}', partition: 0 }], acks: -1 });
    await cluster.apply(first, { classRef: { name: sharing } });
    await eventually(async () => expect(await saysOf(first, 'EventsRouted')).toContain(`until the relay has left ${own}`), PATIENCE);
    expect(await condition(first)).toBe('False/Waiting');
    // The relay's part.
    await platform.admin.query('update tenantry.topic_moves set left_at = now()');
    await eventually(async () => expect(await saysOf(first, 'EventsRouted')).toContain(`read 1 more records of ${own}`), PATIENCE);
    expect(await eventsTopic(first)).toBe(own);
    // The projector's part.
    await kafkaAdmin.alterConsumerGroupOffsets({
      groupId: `${PROJECTOR_GROUPS}${platform.cell.name}`,
      topics: [{ name: own, partitionOffsets: [{ partition: 0, offset: 1n }] }],
    });
    await isReady(first);
    expect(await eventsTopic(first)).toBe(shared);
    expect((await platform.admin.query('select from tenantry.topic_moves')).rowCount).toBe(0);
    const { rows } = await platform.admin.query(
      `select data ->> 'before' as before, data #>> '{tenant,class}' as class from tenantry.outbox
       where type = 'dev.tenantry.tenant.class-changed.v1' and data #>> '{tenant,name}' = $1`,
      [first],
    );
    expect(rows).toEqual([{ before: cluster.name, class: sharing }]);

    // What is on the old topic stays until it has expired; then the topic goes, and there is room.
    expect(await saysOf(first, 'EventsRouted')).toContain(`${own} is kept until what is on it has expired`);
    expect(await topicsOf(first)).toEqual([own]);
    await kafkaAdmin.deleteRecords({ topics: [{ name: own, partitions: [{ partition: 0, offset: 1n }] }] });
    const again = { [ANNOTATIONS.reconcileRequestedAt]: new Date().toISOString() };
    await cluster.apply(first, { classRef: { name: sharing } }, again);
    await eventually(async () => expect(await topicsOf(first)).toEqual([]), PATIENCE);
    await cluster.apply(second, {}, again);
    await isReady(second);
    expect((await kafka.topics([`${second}.events`])).size).toBe(1);
  } finally {
    await producer.close();
    await kafkaAdmin.close();
  }
}, 120_000);
