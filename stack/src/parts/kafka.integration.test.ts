import { randomBytes } from 'node:crypto';
import {
  Admin,
  alterUserScramCredentialsV0,
  Consumer,
  Producer,
  ScramMechanisms,
  stringDeserializers,
  stringSerializers,
} from '@platformatic/kafka';
import { PROJECTOR_GROUPS } from '@tenantry/contracts';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { eventually } from '../../testing/eventually.ts';
import { type RunningStack, runningStack } from '../../testing/running-stack.ts';
import { type KafkaAccess, listTopics } from '../kafka/prepare-kafka.ts';
import { isLoginRefused, restoreLogins } from '../kafka/restore-logins.ts';
import { SECRETS } from '../secrets.ts';

let stack: RunningStack;
let admin: Admin;
const topic = `test-${randomBytes(5).toString('hex')}.events`;

const login = (access: KafkaAccess) => ({
  clientId: 'stack-test',
  bootstrapBrokers: [`${access.address}:${access.port}`],
  sasl: { mechanism: 'SCRAM-SHA-512' as const, username: access.username, password: access.password },
  retries: 0,
  connectTimeout: 5000,
});

/** Everything an error says, causes included. */
const words = (error: unknown): string => {
  if (error instanceof AggregateError) return `${error.message} ${error.errors.map(words).join(' ')}`;
  return error instanceof Error
    ? `${error.message} ${(error as { apiId?: string }).apiId ?? ''} ${words(error.cause ?? '')}`
    : String(error);
};

beforeAll(async () => {
  stack = await runningStack('kafka');
  admin = new Admin(login(await stack.kafka('operator')));
  await admin.createTopics({ topics: [topic], partitions: 1, replicas: 1 });
});
afterAll(async () => {
  await admin?.deleteTopics({ topics: [topic] }).catch(() => {});
  await admin?.close();
});

it('lets the relay write and nothing else', async () => {
  const access = await stack.kafka('relay');
  const producer = new Producer({ ...login(access), serializers: stringSerializers });
  await eventually(async () => await producer.send({ messages: [{ topic, key: 'k', value: 'v' }], acks: -1 }));
  await producer.close();
  const relay = new Admin(login(access));
  const refusal = await relay.createTopics({ topics: [`${topic}.more`], partitions: 1, replicas: 1 }).catch(words);
  expect(refusal).toContain('TOPIC_AUTHORIZATION_FAILED');
  await relay.close();
});

it('lets the projector read in its own groups, and nothing else', async () => {
  const access = login(await stack.kafka('projector'));
  const consumer = new Consumer({ ...access, groupId: `${PROJECTOR_GROUPS}${topic}`, deserializers: stringDeserializers });
  const stream = await consumer.consume({ topics: [topic], mode: 'earliest', maxWaitTime: 100 });
  for await (const message of stream) {
    expect(message.key).toBe('k');
    break;
  }
  await consumer.close(true);
  const elsewhere = new Consumer({ ...access, groupId: `${topic}.group`, deserializers: stringDeserializers });
  expect(await elsewhere.consume({ topics: [topic] }).then(() => 'let in', words)).toContain('GROUP_AUTHORIZATION_FAILED');
  await elsewhere.close(true).catch(() => {});
  const producer = new Producer({ ...access, serializers: stringSerializers });
  expect(await producer.send({ messages: [{ topic, value: 'v' }], acks: -1 }).then(() => 'let in', words)).toContain(
    'TOPIC_AUTHORIZATION_FAILED',
  );
  await producer.close();
});

it('refuses a wrong password', async () => {
  const client = new Admin(login({ ...(await stack.kafka('relay')), password: 'wrong' }));
  expect(await client.listTopics().then(() => 'let in', words)).toContain('SASL_AUTHENTICATION_FAILED');
  await client.close();
});

it('refuses a client without a login', async () => {
  const { sasl: _sasl, ...anonymous } = login(await stack.kafka('relay'));
  const client = new Admin({ ...anonymous, timeout: 3000 });
  await expect(client.listTopics()).rejects.toThrow();
  await client.close();
});

it('makes no topic that nobody asked for', async () => {
  const access = await stack.kafka('admin');
  const producer = new Producer({ ...login(access), serializers: stringSerializers, autocreateTopics: true, timeout: 3000 });
  const missing = `${topic}.missing`;
  await producer.send({ messages: [{ topic: missing, value: 'v' }], acks: -1 }).catch(() => {});
  await producer.close();
  expect(await admin.listTopics()).not.toContain(missing);
});

it('gets lost logins back through the controller, which needs none of them', async () => {
  const username = `test-${randomBytes(5).toString('hex')}`;
  const access = { ...(await stack.kafka('admin')), username, password: 'restored' };
  const refusal = await listTopics(access).catch((error: unknown) => error);
  expect(isLoginRefused(refusal)).toBe(true);
  await restoreLogins(await stack.secret(SECRETS.kafkaController), { [username]: 'restored' });
  await eventually(async () => await listTopics(access));
  const [broker] = (await admin.connectToBrokers()).values();
  if (broker) await alterUserScramCredentialsV0.api.async(broker, [{ name: username, mechanism: ScramMechanisms.SCRAM_SHA_512 }], []);
});
