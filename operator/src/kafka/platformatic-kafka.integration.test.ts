import { Consumer, Producer, stringDeserializers, stringSerializers } from '@platformatic/kafka';
import { tenantNames } from '@tenantry/contracts';
import { eventually } from '@tenantry/stack/testing/eventually.ts';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type TestPlatform, testPlatform } from '../../testing/test-platform.ts';
import { TenantCredentials } from '../tenant/credentials.ts';
import { wantedAccess } from '../tenant/plans/kafka-access-plan.ts';
import { hasKafkaCode } from './kafka-errors.ts';
import { loginMark } from './login-mark.ts';
import type { KafkaAdministration } from './port.ts';

let platform: TestPlatform;
let kafka: KafkaAdministration;

beforeAll(async () => {
  platform = await testPlatform({ claim: false });
  ({ kafka } = platform.ports);
});
afterAll(async () => {
  await platform?.[Symbol.asyncDispose]();
});

const settings = { 'retention.ms': '3600000', 'cleanup.policy': 'delete' };

it('makes, grows, configures and deletes a topic, and shows each of it', async () => {
  const name = `${platform.slug()}.orders`;
  const seen = async () => (await kafka.topics([name])).get(name);
  expect(await seen()).toBeUndefined();
  await kafka.createTopic({ name, partitions: 2, replicationFactor: 1, configs: settings });
  await kafka.createTopic({ name, partitions: 2, replicationFactor: 1, configs: settings });
  await expect.poll(seen).toEqual({ name, partitions: 2, replicationFactor: 1, configs: settings });
  await kafka.growTopic(name, 3);
  await kafka.setTopicConfigs(name, { 'retention.ms': '7200000' }, ['cleanup.policy']);
  await expect.poll(seen).toEqual({ name, partitions: 3, replicationFactor: 1, configs: { 'retention.ms': '7200000' } });
  expect((await kafka.topics()).has(name)).toBe(true);
  await kafka.deleteTopic(name);
  await kafka.deleteTopic(name);
  await expect.poll(seen).toBeUndefined();
});

it('tells the other topics while one is just being deleted', async () => {
  const slug = platform.slug();
  const topic = (name: string) => ({ name: `${slug}.${name}`, partitions: 1, replicationFactor: 1, configs: settings });
  const [stays, ...goes] = ['stays', 'a', 'b', 'c', 'd', 'e', 'f'].map(topic);
  if (stays === undefined) throw new Error('no topic');
  for (const each of [stays, ...goes]) await kafka.createTopic(each);
  const names = [stays, ...goes].map(({ name }) => name);
  await expect.poll(async () => (await kafka.topics(names)).size).toBe(names.length);
  for (const { name } of goes) {
    let isThere = true;
    const end = kafka.deleteTopic(name).finally(() => {
      isThere = false;
    });
    while (isThere) expect((await kafka.topics(names)).get(stays.name)).toEqual(stays);
    await end;
  }
});

it('gives a tenant a login that reads its own topics and is refused everybody else’s by the broker', async () => {
  const [mine, other] = [platform.slug(), platform.slug()].map((slug) => tenantNames(slug, platform.cell.name));
  if (mine === undefined || other === undefined) throw new Error('no names');
  const credential = new TenantCredentials(Buffer.alloc(32, 3), 'a tenant', 1).for('kafka');
  for (const name of [mine.topic('orders'), mine.eventsTopic, other.topic('orders')])
    await kafka.createTopic({ name, partitions: 1, replicationFactor: 1, configs: settings });
  await kafka.allow(wantedAccess(mine, ['events', 'orders']));
  await kafka.setLogin(mine.kafkaUser, credential);
  // The controller has it; the broker that is asked hears of it a moment later.
  await eventually(async () => expect((await kafka.loginMarks(mine.kafkaUser)).get(mine.kafkaUser)).toBe(loginMark(credential)));

  const login = {
    clientId: 'tenant',
    bootstrapBrokers: [...platform.cell.kafka.brokers],
    sasl: { mechanism: 'SCRAM-SHA-512' as const, username: mine.kafkaUser, password: credential.password },
    retries: 0,
  };
  const producer = new Producer({ ...login, serializers: stringSerializers });
  const write = (topic: string) => producer.send({ messages: [{ topic, key: 'k', value: 'v' }] });
  const refused = (sending: Promise<unknown>) =>
    sending.then(
      () => 'accepted',
      (error: unknown) => hasKafkaCode(error, 'TOPIC_AUTHORIZATION_FAILED'),
    );
  await expect.poll(() => write(mine.topic('orders')).then(() => 'accepted', String), { timeout: 10_000 }).toBe('accepted');
  expect(await refused(write(mine.eventsTopic))).toBe(true);
  expect(await refused(write(other.topic('orders')))).toBe(true);
  await producer.close();

  const consumer = new Consumer({ ...login, groupId: `${mine.kafkaPrefix}readers`, deserializers: stringDeserializers });
  const stream = await consumer.consume({ topics: [mine.topic('orders')], mode: 'earliest' });
  for await (const message of stream) {
    expect(message.value).toBe('v');
    break;
  }
  await stream.close();
  await consumer.close(true);
  expect(await kafka.groups(mine.kafkaPrefix)).toEqual([`${mine.kafkaPrefix}readers`]);
  await kafka.deleteGroups([`${mine.kafkaPrefix}readers`]);
  expect(await kafka.groups(mine.kafkaPrefix)).toEqual([]);
});

it('takes rights and logins away, and does not mind when they are gone', async () => {
  const names = tenantNames(platform.slug(), platform.cell.name);
  const entries = wantedAccess(names, ['events']);
  await kafka.allow(entries);
  await kafka.setLogin(names.kafkaUser, { password: 'x'.repeat(43), fingerprint: '0123456789ab' });
  await expect.poll(async () => (await kafka.access(names.kafkaUser)).length).toBe(entries.length);
  for (let times = 0; times < 2; times += 1) {
    await kafka.revoke(entries);
    await kafka.deleteLogin(names.kafkaUser);
  }
  await expect.poll(async () => [await kafka.access(names.kafkaUser), (await kafka.loginMarks(names.kafkaUser)).size]).toEqual([[], 0]);
});
