import { Kafka, KafkaJSProtocolError, logLevel, type SASLOptions } from 'kafkajs';
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
    if (each instanceof KafkaJSProtocolError) return each.type;
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
 * @throws Error with the broker's own error when it refuses; Error when `timeoutMs` passes, saying what was read
 */
export async function readTopic(
  kafka: Kafka,
  options: {
    readonly topic: string;
    readonly group: string;
    readonly enough: (records: readonly ReadRecord[]) => boolean;
    readonly timeoutMs?: number;
  },
): Promise<readonly ReadRecord[]> {
  const consumer = kafka.consumer({ groupId: options.group, retry: { retries: 2, initialRetryTime: 100 }, maxWaitTimeInMs: 200 });
  const records: ReadRecord[] = [];
  try {
    await consumer.connect();
    await consumer.subscribe({ topics: [options.topic], fromBeginning: true });
    await new Promise<void>((resolve, reject) => {
      const timeoutMs = options.timeoutMs ?? 20_000;
      const timer = setTimeout(
        () => reject(new Error(`${options.topic}: not enough after ${timeoutMs} ms; read ${JSON.stringify(records)}`)),
        timeoutMs,
      );
      const settle = (end: () => void): void => {
        clearTimeout(timer);
        end();
      };
      consumer.on(consumer.events.CRASH, ({ payload }) => settle(() => reject(payload.error)));
      consumer
        .run({
          eachMessage: async ({ topic, partition, message }) => {
            records.push({
              topic,
              partition,
              offset: message.offset,
              key: message.key?.toString(),
              headers: Object.fromEntries(Object.entries(message.headers ?? {}).map(([name, value]) => [name, String(value)])),
              value: message.value === null ? null : JSON.parse(message.value.toString()),
            });
            if (options.enough(records)) settle(resolve);
          },
        })
        .catch((error: unknown) => settle(() => reject(error)));
    });
    return records;
  } finally {
    await consumer.disconnect();
  }
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
