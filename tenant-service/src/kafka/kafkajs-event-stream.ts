import { Kafka, logLevel, Partitioners, type Producer } from 'kafkajs';
import type { EventStream, TopicRecords } from '../relay/event-stream.ts';
import type { RelayConfig } from '../role-config.ts';
import type { Log } from '../telemetry/log.ts';
import { spoilsProducer } from './kafka-errors.ts';
import { publishTogether } from './publish-together.ts';

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
    requestTimeout: config.requestTimeoutMs,
    logCreator: () => (entry) => {
      const fields = { 'log.logger': entry.namespace, detail: entry.log.message };
      if (entry.level <= logLevel.ERROR) log.warn(fields, 'kafkajs');
      else log.debug(fields, 'kafkajs');
    },
  });
  const connect = async (): Promise<Shared> => {
    const producer = kafka.producer({
      idempotent: true,
      createPartitioner: Partitioners.DefaultPartitioner,
      allowAutoTopicCreation: false,
    });
    await producer.connect();
    return { producer, users: 0, spoilt: false };
  };
  let current = await connect();
  let renewing: Promise<void> | undefined;

  /** The next publish gets a new producer; this one is closed when nobody sends with it any more. */
  const renew = (spoilt: Shared): Promise<void> => {
    if (spoilt !== current) return renewing ?? Promise.resolve();
    renewing ??= connect()
      .then((fresh) => {
        spoilt.spoilt = true;
        current = fresh;
      })
      .finally(() => {
        renewing = undefined;
      });
    return renewing;
  };

  const send = async (batches: readonly TopicRecords[]): Promise<void> => {
    const shared = current;
    shared.users += 1;
    try {
      const topicMessages = batches.map(({ topic, records }) => ({
        topic,
        messages: records.map(({ key, value, headers }) => ({ key, value, headers: { ...headers } })),
      }));
      await shared.producer.sendBatch({ acks: ALL_REPLICAS, topicMessages });
    } catch (error) {
      if (spoilsProducer(error)) await renew(shared);
      throw error;
    } finally {
      shared.users -= 1;
      if (shared.spoilt && shared.users === 0) shared.producer.disconnect().catch(() => {});
    }
  };

  return {
    publish: (batches) =>
      publishTogether(batches, async (some) => {
        try {
          await send(some);
        } catch (error) {
          // Perhaps another topic spoilt the producer; with a new one the blame is this topic's own.
          if (!spoilsProducer(error)) throw error;
          await send(some);
        }
      }),
    close: () => current.producer.disconnect(),
  };
}

interface Shared {
  readonly producer: Producer;
  users: number;
  spoilt: boolean;
}
