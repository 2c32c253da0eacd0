import { fromRecord } from '@tenantry/contracts';
import type { RunningStack } from '@tenantry/stack/testing/running-stack.ts';
import { Kafka, logLevel } from 'kafkajs';

interface ReadEvent extends ReturnType<typeof fromRecord> {
  readonly key: string;
  readonly partition: number;
}

/** Topics of one test file, and what is on them. */
export interface KafkaTopics extends AsyncDisposable {
  readonly create: (topic: string, partitions?: number) => Promise<void>;
  readonly remove: (topic: string) => Promise<void>;
  /** Everything on the topic by now, in the order of each partition. */
  readonly readAll: (topic: string) => Promise<ReadEvent[]>;
}

export async function kafkaTopics(stack: RunningStack): Promise<KafkaTopics> {
  const { address, port, username, password } = await stack.kafka('admin');
  const kafka = new Kafka({
    clientId: 'tenant-service-test',
    brokers: [`${address}:${port}`],
    sasl: { mechanism: 'scram-sha-512', username, password },
    logLevel: logLevel.NOTHING,
  });
  const admin = kafka.admin();
  await admin.connect();
  const made: string[] = [];
  let readers = 0;

  return {
    create: async (topic, numPartitions = 3) => {
      made.push(topic);
      await admin.createTopics({ topics: [{ topic, numPartitions, replicationFactor: 1 }], waitForLeaders: true });
    },
    remove: async (topic) => {
      await admin.deleteTopics({ topics: [topic] });
      // kafkajs tries for seconds to delete what is gone.
      made.splice(made.indexOf(topic), 1);
    },
    readAll: async (topic) => {
      const offsets = await admin.fetchTopicOffsets(topic);
      const missing = new Map(
        offsets.filter(({ low, high }) => Number(high) > Number(low)).map(({ partition, high }) => [partition, Number(high) - 1]),
      );
      if (missing.size === 0) return [];
      readers += 1;
      const consumer = kafka.consumer({ groupId: `${topic}.reader-${process.pid}-${readers}` });
      const events: ReadEvent[] = [];
      await consumer.connect();
      await consumer.subscribe({ topic, fromBeginning: true });
      await new Promise<void>((resolve, reject) => {
        consumer
          .run({
            eachMessage: async ({ partition, message }) => {
              events.push({ ...fromRecord(message), key: message.key?.toString() ?? '', partition });
              if (Number(message.offset) >= (missing.get(partition) ?? Number.POSITIVE_INFINITY)) missing.delete(partition);
              if (missing.size === 0) resolve();
            },
          })
          .catch(reject);
      });
      await consumer.disconnect();
      return events;
    },
    [Symbol.asyncDispose]: async () => {
      if (made.length > 0) await admin.deleteTopics({ topics: made }).catch(() => {});
      await admin.disconnect();
    },
  };
}
