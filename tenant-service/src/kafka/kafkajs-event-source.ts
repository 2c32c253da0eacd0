import type { Consumer, EachBatchPayload } from 'kafkajs';
import type { BatchOutcome, EventSource, RecordBatch } from '../projector/event-source.ts';
import type { KafkaLogin } from '../role-config.ts';
import type { Log } from '../telemetry/log.ts';
import { kafkajsClient } from './kafkajs-client.ts';

interface KafkajsEventSourceOptions {
  readonly login: KafkaLogin;
  readonly groupId: string;
  readonly handle: (batch: RecordBatch) => Promise<BatchOutcome>;
  /** Batches of different partitions at once. */
  readonly concurrency: number;
  readonly log: Log;
}

/** A consumer whose topics changed is replaced, which stops the whole group for a moment: not more often than this. */
const REPLACE_MS = 2000;
/** How often a topic that was not there is looked for. */
const LOOK_MS = 2000;
const FAILED_MS = { first: 500, most: 10_000 };
/** Whoever is not heard of for this long has died, and its partitions go to others. We are heard of while a batch takes long, too. */
const SESSION_MS = 10_000;
const HEARTBEAT_MS = 2000;
/** An empty fetch holds up the end of the consumer for this long. */
const FETCH_WAIT_MS = 250;

interface Generation {
  readonly consumer: Consumer;
  readonly topics: ReadonlySet<string>;
  failed: boolean;
}

/**
 * Reads with a kafkajs consumer group; offsets are committed after a batch is done. Two of kafkajs' ways decide the form: a consumer cannot be given
 * other topics while it runs, and one topic that was deleted fails the metadata of all. So a consumer reads topics that are there, and is replaced when they change
 * or it fails; what it had not committed comes again.
 */
export class KafkajsEventSource implements EventSource {
  readonly #options: KafkajsEventSourceOptions;
  #wanted: readonly string[] = [];
  #generation: Generation | undefined;
  #wake: () => void = () => {};
  #stopped = false;
  #failures = 0;
  readonly #running: Promise<void>;

  constructor(options: KafkajsEventSourceOptions) {
    this.#options = options;
    this.#running = this.#run();
  }

  follow(topics: readonly string[]): void {
    const before = new Set(this.#wanted);
    this.#wanted = [...new Set(topics)];
    if (before.size !== this.#wanted.length || this.#wanted.some((topic) => !before.has(topic))) this.#wake();
  }

  async close(): Promise<void> {
    this.#stopped = true;
    this.#wake();
    await this.#running;
  }

  async #run(): Promise<void> {
    while (!this.#stopped) {
      const woken = new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      await this.#look().catch((error: unknown) => {
        this.#failures += 1;
        this.#options.log.warn({ err: error }, 'events cannot be read; trying again');
      });
      if (this.#stopped) break;
      const isComplete = this.#generation !== undefined && !this.#generation.failed && this.#wanted.length === this.#generation.topics.size;
      // Changes that come while a consumer is being replaced are seen by the next look.
      await Promise.race([woken, isComplete ? new Promise(() => {}) : pause(this.#failures === 0 ? LOOK_MS : this.#backoffMs())]);
      if (isComplete && !this.#stopped) await pause(REPLACE_MS);
    }
    await this.#end();
  }

  /** Brings the consumer to the topics that are wanted and there. */
  async #look(): Promise<void> {
    if (this.#generation?.failed) await this.#end();
    const topics = this.#wanted.length === 0 ? new Set<string>() : await this.#present();
    const current = this.#generation?.topics ?? new Set();
    if (topics.size === current.size && [...topics].every((topic) => current.has(topic))) return;
    await this.#end();
    if (topics.size > 0) await this.#begin(topics);
    this.#failures = 0;
  }

  async #present(): Promise<ReadonlySet<string>> {
    const admin = kafkajsClient(this.#options.login, this.#options.groupId, this.#options.log).admin();
    try {
      await admin.connect();
      const present = new Set(await admin.listTopics());
      return new Set(this.#wanted.filter((topic) => present.has(topic)));
    } finally {
      await admin.disconnect().catch(() => {});
    }
  }

  async #begin(topics: ReadonlySet<string>): Promise<void> {
    const { login, groupId, concurrency, log } = this.#options;
    const consumer = kafkajsClient(login, groupId, log).consumer({
      groupId,
      allowAutoTopicCreation: false,
      sessionTimeout: SESSION_MS,
      heartbeatInterval: HEARTBEAT_MS,
      maxWaitTimeInMs: FETCH_WAIT_MS,
      retry: { retries: 3, initialRetryTime: 100, maxRetryTime: 1000, restartOnFailure: async () => false },
    });
    const generation: Generation = { consumer, topics, failed: false };
    this.#generation = generation;
    consumer.on(consumer.events.CRASH, ({ payload }) => {
      if (generation.failed || this.#generation !== generation) return;
      generation.failed = true;
      this.#failures += 1;
      log.warn({ err: payload.error }, 'the consumer ended; another one takes its place');
      this.#wake();
    });
    try {
      await consumer.connect();
      await consumer.subscribe({ topics: [...topics], fromBeginning: true });
      await consumer.run({
        eachBatchAutoResolve: false,
        partitionsConsumedConcurrently: concurrency,
        eachBatch: (payload) => this.#each(payload),
      });
      log.info({ topics: topics.size }, 'events are read');
    } catch (error) {
      generation.failed = true;
      throw error;
    }
  }

  /** Never rejects: to kafkajs that would mean a consumer to be restarted. */
  async #each({ batch, resolveOffset, heartbeat, pause: pausePartition }: EachBatchPayload): Promise<void> {
    const { topic, partition } = batch;
    const records = batch.messages.map(({ offset, key, value, headers }) => ({ offset, key, value, headers: headers ?? {} }));
    // What it may say (a rebalance) kafkajs finds out again by itself.
    const beat = setInterval(() => void heartbeat().catch(() => {}), HEARTBEAT_MS);
    const outcome = await this.#options
      .handle({ topic, partition, records })
      .catch((error: unknown): BatchOutcome => {
        this.#options.log.error({ err: error, topic }, 'a batch of events failed unexpectedly; it comes again');
        return { retryAfterMs: FAILED_MS.most };
      })
      .finally(() => clearInterval(beat));
    if (outcome === 'done') {
      const last = records.at(-1);
      if (last) resolveOffset(last.offset);
      return;
    }
    const resume = pausePartition();
    // A paused partition stays where it was; a consumer that has been replaced by then has nothing to resume.
    setTimeout(resume, outcome.retryAfterMs).unref();
  }

  async #end(): Promise<void> {
    const generation = this.#generation;
    this.#generation = undefined;
    await generation?.consumer.disconnect().catch(() => {});
  }

  #backoffMs(): number {
    return Math.min(FAILED_MS.first * 2 ** (this.#failures - 1), FAILED_MS.most);
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
