import type { EventStream } from '../relay/event-stream.ts';
import type { RelayConfig } from '../role-config.ts';
import type { Log } from '../telemetry/log.ts';
import { kafkajsEventStream } from './kafkajs-event-stream.ts';
import { platformaticEventStream } from './platformatic-event-stream.ts';

/** Kafka by the client the configuration names. @throws when no broker can be reached, if the client connects at once. */
export async function openEventStream({ kafka, ca }: Pick<RelayConfig, 'kafka' | 'ca'>, log: Log): Promise<EventStream> {
  return kafka.client === 'kafkajs' ? await kafkajsEventStream(kafka, log) : platformaticEventStream(kafka, ca);
}
