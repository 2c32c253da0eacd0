import { Kafka, logLevel, Partitioners, type Producer } from 'kafkajs';
import type { RelayConfig } from '../config.ts';
import type { EventStream } from '../relay/event-stream.ts';
import type { Log } from '../telemetry/log.ts';

const ALL_REPLICAS = -1;

/**
 * Publishes with kafkajs: idempotent producer, acks of all replicas.
 *
 * A kafkajs client asks for the metadata of every topic it ever sent to, in one request, and fails as a whole when one of them is gone: the
 * topic of one removed tenant would stop the events of all. So a producer is given up after its first failure, and a topic that failed is
 * tried with a producer of its own until it works again.
 * @throws when no broker can be reached.
 */
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
  const connected = async (): Promise<Producer> => {
    const producer = kafka.producer({
      idempotent: true,
      createPartitioner: Partitioners.DefaultPartitioner,
      allowAutoTopicCreation: false,
    });
    await producer.connect();
    return producer;
  };
  let shared = connected();
  await shared;
  const suspects = new Set<string>();
  return {
    publish: async (topic, records) => {
      const send = (producer: Producer): Promise<unknown> =>
        producer.send({
          topic,
          acks: ALL_REPLICAS,
          messages: records.map(({ key, value, headers }) => ({ key, value, headers: { ...headers } })),
        });
      if (suspects.has(topic)) {
        const own = await connected();
        await send(own).finally(() => own.disconnect());
        suspects.delete(topic);
        return;
      }
      const used = shared;
      try {
        await send(await used);
      } catch (error) {
        suspects.add(topic);
        if (shared === used) {
          shared = connected();
          // Whoever publishes next sees why it failed; nobody may be waiting now.
          shared.catch(() => {});
          await used.then((producer) => producer.disconnect()).catch(() => {});
        }
        throw error;
      }
    },
    close: async () => {
      await (await shared).disconnect();
    },
  };
}
