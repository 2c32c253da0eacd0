import { Kafka, logLevel, Partitioners, type Producer } from 'kafkajs';
import type { RelayConfig } from '../config.ts';
import type { EventStream } from '../relay/event-stream.ts';
import type { Log } from '../telemetry/log.ts';
import { isProducerLost } from './kafka-errors.ts';

const ALL_REPLICAS = -1;

/** Publishes with kafkajs: idempotent producer, acks of all replicas. @throws when no broker can be reached. */
export async function kafkajsEventStream(config: RelayConfig['kafka'], log: Log): Promise<EventStream> {
  const kafka = new Kafka({
    clientId: 'tenantry-relay',
    brokers: [...config.brokers],
    sasl: { mechanism: 'scram-sha-512', username: config.username, password: config.password },
    ssl: config.tls,
    // The outbox is the retry queue: give up soon, so that a topic that is away does not hold the others.
    retry: { retries: 3, initialRetryTime: 100, maxRetryTime: 1000 },
    requestTimeout: 10_000,
    logCreator: () => (entry) => {
      const fields = { 'log.logger': entry.namespace, detail: entry.log.message };
      if (entry.level <= logLevel.ERROR) log.warn(fields, 'kafkajs');
      else log.debug(fields, 'kafkajs');
    },
  });
  const connect = async (): Promise<Producer> => {
    const producer = kafka.producer({
      idempotent: true,
      createPartitioner: Partitioners.DefaultPartitioner,
      allowAutoTopicCreation: false,
    });
    await producer.connect();
    return producer;
  };
  let current = await connect();
  const retired: Producer[] = [];

  return {
    publish: async (topic, records) => {
      const producer = current;
      try {
        await producer.send({
          topic,
          acks: ALL_REPLICAS,
          messages: records.map(({ key, value, headers }) => ({ key, value, headers: { ...headers } })),
        });
      } catch (error) {
        // kafkajs cannot continue a sequence the broker has lost; a new producer begins a new one. Others may still be sending with the old.
        if (isProducerLost(error) && producer === current) {
          retired.push(producer);
          current = await connect();
        }
        throw error;
      }
    },
    close: async () => {
      await Promise.all([current, ...retired].map((producer) => producer.disconnect()));
    },
  };
}
