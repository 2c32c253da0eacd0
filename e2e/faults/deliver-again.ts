import { PROJECTOR_GROUPS, RABBITMQ_SENDER, SENDER_VHOST, WEBHOOK_QUEUES } from '@tenantry/contracts';
import { eventually } from '@tenantry/stack/testing/eventually.ts';
import { jobQueue } from '@tenantry/tenant-service/jobs/job-queue.ts';
import { connect } from 'amqplib';
import { rowsOf } from '../support/cell-eye.ts';
import { holds } from '../support/holds.ts';
import { kafkaOf, readTopic } from '../support/kafka.ts';
import { localPlatform } from '../support/local-platform.ts';
import { redisCli } from '../support/redis-cli.ts';
import { freshName, type TestTenant } from '../support/test-tenant.ts';

/** How much was delivered a second time. */
export interface DeliveredAgain {
  readonly events: number;
  readonly webhooks: number;
  readonly operations: number;
}

const PATIENCE = { limitMs: 60_000, everyMs: 100 };
/** Of each kind: a queue takes ten times as many. */
const MOST = 1000;

/**
 * Publishes everything on the tenant's topic once more, and puts a ticket for each webhook that has ended and each operation that has ended into their
 * queues once more. Nothing of the tenant may be under way. Returns when all of it has been taken. @throws when an attempt more was made
 */
export async function deliverEverythingAgain(tenant: TestTenant): Promise<DeliveredAgain> {
  const events = await publishAgain(tenant);
  const webhooks = await sendTicketsAgain(tenant);
  const operations = await askAgain(tenant);
  return { events, webhooks, operations };
}

/** To the same partitions, by the relay's own user. */
async function publishAgain({ kafka, names }: TestTenant): Promise<number> {
  const topic = names.eventsTopic;
  const { secret, cell } = localPlatform();
  const admin = kafkaOf('projector', secret('kafka-projector-password')).admin();
  const producer = kafkaOf('relay', secret('kafka-relay-password')).producer({ allowAutoTopicCreation: false });
  await Promise.all([admin.connect(), producer.connect()]);
  try {
    const ends = async () => (await admin.fetchTopicOffsets(topic)).map(({ partition, high }) => [partition, Number(high)] as const);
    const there = (await ends()).reduce((total, [, high]) => total + high, 0);
    const records = await readTopic(kafka, {
      topic,
      group: `${names.kafkaPrefix}again-${freshName('g')}`,
      enough: (found) => found.length >= there,
    });
    for (let at = 0; at < records.length; at += MOST) {
      const messages = records
        .slice(at, at + MOST)
        .map(({ partition, key, headers, value }) => ({ partition, key: key ?? null, headers, value: JSON.stringify(value) }));
      await producer.send({ topic, acks: -1, messages });
    }
    const wanted = new Map(await ends());
    await eventually(async () => {
      const [group] = await admin.fetchOffsets({ groupId: `${PROJECTOR_GROUPS}${cell}`, topics: [topic] });
      const behind = group?.partitions.filter(({ partition, offset }) => Math.max(Number(offset), 0) < (wanted.get(partition) ?? 0));
      holds(`partitions of ${topic} the projector has not read again`, behind, []);
    }, PATIENCE);
    return records.length;
  } finally {
    await Promise.all([admin.disconnect(), producer.disconnect()]);
  }
}

async function sendTicketsAgain(tenant: TestTenant): Promise<number> {
  const deliveries = () =>
    rowsOf<{ deliveryId: string; attempts: number }>(
      tenant.name,
      `select id as "deliveryId", attempts from {schema}.webhook_deliveries order by id limit ${MOST}`,
    );
  const before = await deliveries();
  const { rabbitmq, secret, cell } = localPlatform();
  const { host: hostname, port } = await rabbitmq();
  const password = secret('rabbitmq-sender-password');
  const connection = await connect({ hostname, port, username: RABBITMQ_SENDER, password, vhost: SENDER_VHOST });
  try {
    const channel = await connection.createConfirmChannel();
    const queue = `${WEBHOOK_QUEUES}.${cell}`;
    for (const { deliveryId } of before)
      channel.sendToQueue(queue, Buffer.from(JSON.stringify({ tenantId: tenant.tenantId, deliveryId })), { persistent: true });
    await channel.waitForConfirms();
    await eventually(async () => holds('tickets nobody has taken', (await channel.checkQueue(queue)).messageCount, 0), PATIENCE);
  } finally {
    await connection.close();
  }
  // Those in hand are in front of the one of a new event: when that has arrived, they have been worked.
  const marker = await tenant.api.create({ name: 'Behind everything' });
  await eventually(async () => {
    const path = 'select state from {schema}.webhook_deliveries where subject = $1';
    holds('the webhook of a new event', await rowsOf(tenant.name, path, [`customers/${marker.id}`]), [{ state: 'delivered' }]);
  }, PATIENCE);
  const after = (await deliveries()).filter(({ deliveryId }) => before.some((one) => one.deliveryId === deliveryId));
  holds(`attempts of webhooks of ${tenant.name}`, after, before);
  return before.length;
}

async function askAgain({ name, tenantId }: TestTenant): Promise<number> {
  const operations = () =>
    rowsOf<{ id: string; attempt: number; version: number }>(
      name,
      `select id, attempt, version from {schema}.operations order by id limit ${MOST}`,
    );
  const before = await operations();
  const { redis, cell } = localPlatform();
  const login = await redis();
  const queue = jobQueue({ ...login, ca: undefined }, cell, () => {});
  try {
    for (const { id, attempt } of before) await queue.add({ tenantId, operationId: id, attempt });
  } finally {
    await queue.close();
  }
  const keys = before.map(({ id, attempt }) => `tenantry:${cell}:jobs:${tenantId}.${id}.${attempt}`);
  await eventually(async () => holds('jobs nobody has done', Number(await redisCli('exists', ...keys)), 0), PATIENCE);
  holds(`operations of ${name}`, await operations(), before);
  return before.length;
}
