import type { EventRecord } from '@tenantry/contracts';

/** Where events go. The native adapter is kafkajs; another client would be a second file beside it. */
export interface EventStream {
  /** Resolves when every record is on all in-sync replicas; the order of records with one key is kept. */
  readonly publish: (topic: string, records: readonly EventRecord[]) => Promise<void>;
  readonly close: () => Promise<void>;
}
