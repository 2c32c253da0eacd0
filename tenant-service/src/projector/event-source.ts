/** A record as the broker keeps it. */
export interface SourceRecord {
  readonly offset: string;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: Readonly<Record<string, Buffer | string | (Buffer | string)[] | undefined>>;
}

/** Consecutive records of one partition. */
export interface RecordBatch {
  readonly topic: string;
  readonly partition: number;
  readonly records: readonly SourceRecord[];
}

/**
 * What became of a batch. `done`: its effects are durable, and it need not come again. Otherwise the same records come again after the given time,
 * those of the partition behind them stay where they are, and other partitions go on.
 */
export type BatchOutcome = 'done' | { readonly retryAfterMs: number };

/** Where events come from: each at least once, those of a partition in order. The native adapter is kafkajs. */
export interface EventSource {
  /** The topics to read, from now on, each from where it was left or else from its beginning. A topic that is not there (yet) hurts nobody. */
  readonly follow: (topics: readonly string[]) => void;
  /** Ends when the batches under way are done. */
  readonly close: () => Promise<void>;
}
