import type { EventRecord } from '@tenantry/contracts';

/** What one topic is to take. */
export interface TopicRecords {
  readonly topic: string;
  readonly records: readonly EventRecord[];
}

/** Where events go. Two clients of Kafka are behind it, held to one test: `kafka/event-stream.integration.test.ts`. */
export interface EventStream {
  /**
   * Resolves when each topic has all its records on all in-sync replicas, or a reason why not; a topic that failed may have some of them. Records
   * with one key are in one partition, in the order given: the same partition whichever the client. Never rejects.
   * @param batches of different topics
   * @returns why a topic failed, by topic; empty when none did
   */
  readonly publish: (batches: readonly TopicRecords[]) => Promise<ReadonlyMap<string, unknown>>;
  readonly close: () => Promise<void>;
}
