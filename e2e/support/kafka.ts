import { Kafka, type KafkaJSProtocolError, type KafkaMessage, logLevel, type SASLOptions } from 'kafkajs';
import { localPlatform } from './local-platform.ts';

/**
 * A Kafka client of one user. It prints nothing: every refusal these specifications provoke would look like an error of theirs.
 * `onBrokerError` is told each error the broker answers, also those that kafkajs turns into another one.
 */
export function kafkaOf(username: string, password: string, onBrokerError: (message: string) => void = () => {}): Kafka {
  const sasl: SASLOptions = { mechanism: 'scram-sha-512', username, password };
  return new Kafka({
    clientId: `e2e-${username}`,
    brokers: [...localPlatform().brokers],
    sasl,
    ssl: false,
    logLevel: logLevel.ERROR,
    logCreator:
      () =>
      ({ namespace, log }) => {
        if (namespace === 'Connection') onBrokerError(String(log.error));
      },
    connectionTimeout: 5_000,
    // A refusal must come back as itself, not as "number of retries exceeded" a minute later.
    retry: { retries: 2, initialRetryTime: 100, maxRetryTime: 500 },
  });
}

/** The broker's own error code behind whatever kafkajs made of it; for `rejects`. */
export async function brokerErrorOf(attempt: Promise<unknown>): Promise<string> {
  const error = await attempt.then(
    () => undefined,
    (caught: unknown) => caught,
  );
  if (error === undefined) return 'accepted';
  for (let each: unknown = error; each instanceof Error; each = each.cause) {
    if (each.name === 'KafkaJSProtocolError') return (each as KafkaJSProtocolError).type;
  }
  return String(error);
}

/** One record as read from a topic. */
export interface ReadRecord {
  readonly topic: string;
  readonly partition: number;
  readonly offset: string;
  readonly key: string | undefined;
  readonly headers: Readonly<Record<string, string>>;
  readonly value: unknown;
}

/**
 * Reads a topic from its beginning with a consumer group, as the tenant's own programs do, until `enough` says so.
 * @throws Error with the broker's own error when it refuses; Error when nothing new came for 20 s, saying what was read last
 */
export async function readTopic(
  kafka: Kafka,
  options: { readonly topic: string; readonly group: string; readonly enough: (records: readonly ReadRecord[]) => boolean },
): Promise<readonly ReadRecord[]> {
  const { topic, group, enough } = options;
  const consumer = kafka.consumer({ groupId: group, retry: { retries: 2, initialRetryTime: 100 }, maxWaitTimeInMs: 200 });
  const records: ReadRecord[] = [];
  let look: NodeJS.Timeout | undefined;
  try {
    await consumer.connect();
    await consumer.subscribe({ topics: [topic], fromBeginning: true });
    await new Promise<void>((resolve, reject) => {
      let seen = -1;
      let since = performance.now();
      // Asked now and then, not per record: `enough` may look at all of them.
      look = setInterval(() => {
        if (records.length !== seen) {
          seen = records.length;
          since = performance.now();
          if (enough(records)) resolve();
        } else if (performance.now() - since > SILENCE_MS) {
          reject(new Error(`${topic}: ${seen} records are not enough, the last ones: ${JSON.stringify(records.slice(-3))}`));
        }
      }, 50);
      consumer.on(consumer.events.CRASH, ({ payload }) => reject(payload.error));
      consumer.run({ eachMessage: async ({ partition, message }) => void records.push(recordOf(topic, partition, message)) }).catch(reject);
    });
    return records;
  } finally {
    clearInterval(look);
    await consumer.disconnect();
  }
}

const SILENCE_MS = 20_000;

function recordOf(topic: string, partition: number, { offset, key, headers, value }: KafkaMessage): ReadRecord {
  return {
    topic,
    partition,
    offset,
    key: key?.toString(),
    headers: Object.fromEntries(Object.entries(headers ?? {}).map(([name, text]) => [name, String(text)])),
    value: value === null ? null : JSON.parse(value.toString()),
  };
}

/** Sends one record and waits for the broker's acknowledgement. @throws the broker's own error when it refuses */
export async function produceTo(kafka: Kafka, topic: string, value: unknown): Promise<void> {
  const producer = kafka.producer({ allowAutoTopicCreation: false });
  try {
    await producer.connect();
    await producer.send({ topic, acks: -1, messages: [{ key: 'e2e', value: JSON.stringify(value) }] });
  } finally {
    await producer.disconnect();
  }
}
