import { Kafka, type KafkaConfig, logLevel } from 'kafkajs';
import type { KafkaLogin } from '../role-config.ts';
import type { Log } from '../telemetry/log.ts';

/** A kafkajs client that logs as we do. Gives up soon: whoever uses it knows better what to do meanwhile. */
export function kafkajsClient(login: KafkaLogin, clientId: string, log: Log, more: Partial<KafkaConfig> = {}): Kafka {
  return new Kafka({
    clientId,
    brokers: [...login.brokers],
    sasl: { mechanism: 'scram-sha-512', username: login.username, password: login.password },
    ssl: login.tls,
    retry: { retries: 3, initialRetryTime: 100, maxRetryTime: 1000 },
    requestTimeout: 10_000,
    logCreator: () => (entry) => {
      const fields = { 'log.logger': entry.namespace, detail: entry.log.message };
      if (entry.level <= logLevel.ERROR) log.warn(fields, 'kafkajs');
      else log.debug(fields, 'kafkajs');
    },
    ...more,
  });
}
