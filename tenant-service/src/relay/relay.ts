import type { ClientBase } from 'pg';
import type { Failpoint } from '../failpoint.ts';
import type { Log } from '../telemetry/log.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import type { EventStream } from './event-stream.ts';
import { claimEvents, countUnroutable, deleteEvents, type OutboxEvent, type OutboxKey } from './outbox.ts';

interface RelayOptions {
  readonly stream: EventStream;
  readonly poll: { readonly minMs: number; readonly maxMs: number; readonly batch: number };
  readonly metrics: Metrics;
  readonly log: Log;
  readonly failpoint: Failpoint;
}

/** A topic that failed is left alone for a while, so that its rows do not fill every claim. */
const AWAY = { firstMs: 250, mostMs: 30_000 };
const COUNT_UNROUTABLE_EVERY_MS = 30_000;

/**
 * Outbox → Kafka (design D8): claim, publish, delete after the acknowledgement. Killed at any line it repeats events, it never loses one.
 * Runs on the connection that holds the leader's lock, so without the lock there is no claim.
 */
export class Relay {
  readonly #options: RelayOptions;
  readonly #away = new Map<string, { until: number; waitMs: number }>();
  #lastSlug = '';
  #countAt = 0;

  constructor(options: RelayOptions) {
    this.#options = options;
  }

  /** Publishes until `signal` is aborted. @throws when the connection breaks; the lock is gone with it. */
  async run(client: ClientBase, signal: AbortSignal): Promise<void> {
    const { poll } = this.#options;
    let waitMs = poll.minMs;
    while (!signal.aborted) {
      const claimed = await this.publishOnce(client);
      await this.#countUnroutable(client);
      if (claimed >= poll.batch) continue;
      // Busy: look again soon. Quiet: up to the longest wait, doubling.
      waitMs = claimed > 0 ? poll.minMs : Math.min(waitMs * 2, poll.maxMs);
      await sleep(waitMs, signal);
    }
  }

  /** One claim; resolves with the number of events that were published and deleted. */
  async publishOnce(client: ClientBase): Promise<number> {
    const { poll, metrics } = this.#options;
    const events = await claimEvents(client, poll.batch, this.#lastSlug, this.#topicsAway());
    metrics.oldestEventSeconds.set(events.length === 0 ? 0 : ageSeconds(events));
    if (events.length === 0) return 0;
    this.#lastSlug = events.at(-1)?.slug ?? '';
    const published = await Promise.all([...byTopic(events)].map(([topic, own]) => this.#publish(topic, own)));
    const keys = published.flat();
    if (keys.length === 0) return 0;
    this.#options.failpoint('relay.produced');
    await deleteEvents(client, keys);
    metrics.eventsPublished.inc(keys.length);
    return keys.length;
  }

  /** Keys of the acknowledged events: all of the topic, or none. */
  async #publish(topic: string, events: readonly OutboxEvent[]): Promise<OutboxKey[]> {
    const { stream, metrics, log } = this.#options;
    try {
      await stream.publish(
        topic,
        events.map(({ record }) => record),
      );
      this.#away.delete(topic);
      return events.map(({ key }) => key);
    } catch (error) {
      const waitMs = Math.min((this.#away.get(topic)?.waitMs ?? AWAY.firstMs / 2) * 2, AWAY.mostMs);
      this.#away.set(topic, { until: Date.now() + waitMs, waitMs });
      metrics.publishFailures.inc();
      log.warn({ err: error, topic, waitMs }, 'events stay in the outbox: the topic did not take them');
      return [];
    }
  }

  #topicsAway(): string[] {
    const now = Date.now();
    return [...this.#away].filter(([, { until }]) => until > now).map(([topic]) => topic);
  }

  async #countUnroutable(client: ClientBase): Promise<void> {
    if (Date.now() < this.#countAt) return;
    this.#countAt = Date.now() + COUNT_UNROUTABLE_EVERY_MS;
    const count = await countUnroutable(client);
    this.#options.metrics.unroutableEvents.set(count);
    if (count > 0) this.#options.log.warn({ count }, 'the outbox has events of writers that are no tenant');
  }
}

function byTopic(events: readonly OutboxEvent[]): Map<string, OutboxEvent[]> {
  return Map.groupBy(events, ({ topic }) => topic);
}

function ageSeconds(events: readonly OutboxEvent[]): number {
  const oldest = Math.min(...events.map(({ occurredAt }) => occurredAt.getTime()));
  return Math.max(0, (Date.now() - oldest) / 1000);
}

function sleep(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal.addEventListener('abort', end);
  });
}
