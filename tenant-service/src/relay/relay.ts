import type { ClientBase } from 'pg';
import type { Failpoint } from '../failpoint.ts';
import type { Log } from '../telemetry/log.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import { AwayTopics } from './away-topics.ts';
import type { EventStream } from './event-stream.ts';
import { type Lane, Lanes, type Page } from './lanes.ts';
import { claimEvents, countUnroutable, deleteEvents, findWaiting, leaveTopics, type OutboxEvent } from './outbox.ts';
import { recordChunks } from './record-chunks.ts';
import { ShardLeases } from './shard-leases.ts';

interface RelayOptions {
  readonly stream: EventStream;
  readonly poll: { readonly minMs: number; readonly maxMs: number; readonly batch: number };
  readonly metrics: Metrics;
  readonly log: Log;
  readonly failpoint: Failpoint;
}

/** Tenants that begin to wait while others are served are seen this soon. */
const LOOK_EVERY_MS = 50;
/** Relays that came or went are noticed this soon. */
const REBALANCE_EVERY_MS = 1000;
/** How soon the operator hears that a tenant's topic was left. */
const LEAVE_EVERY_MS = 250;
const COUNT_UNROUTABLE_EVERY_MS = 30_000;
/** Tenants a full page has room for. */
const TENANTS_A_PAGE = 4;

/**
 * Outbox → Kafka (design D8): claim, publish, delete after the acknowledgement. Killed at any line it repeats events, it never loses one, and
 * whatever is repeated, the first time an event is seen every earlier one of its aggregate has been. While a page is published, the next one is
 * claimed and the one before is deleted. Serves the shards it holds the locks of, on the connection that holds them: without a lock there is no claim.
 */
export class Relay {
  readonly #options: RelayOptions;
  readonly #lanes = new Lanes();
  readonly #away = new AwayTopics();
  /** Publishing of the page before; never rejects. */
  #published: Promise<void> = Promise.resolve();
  /** Deletion of what was published last. */
  #deleted: Promise<void> = Promise.resolve();
  #lastSlug = '';
  #lookAt = 0;
  #leaveAt = 0;
  #isHinted = false;
  #wake: () => void = () => {};
  #rebalanceAt = 0;
  #countAt = 0;

  constructor(options: RelayOptions) {
    this.#options = options;
  }

  /** Somebody has written: looks at once instead of waiting. */
  hint(): void {
    this.#isHinted = true;
    this.#wake();
  }

  /** Publishes until `signal` is aborted, and finishes what it has begun. @throws when the connection breaks; the lock is gone with it. */
  async run(client: ClientBase, signal: AbortSignal): Promise<void> {
    const { minMs, maxMs } = this.#options.poll;
    let waitMs = minMs;
    const leases = new ShardLeases(client);
    this.#rebalanceAt = 0;
    this.#deleted = Promise.resolve();
    try {
      while (!signal.aborted) {
        if (Date.now() >= this.#rebalanceAt) await this.#rebalance(leases);
        const [page, deletedBefore] = [await this.#claim(client, leases.held), this.#deleted];
        await this.#published;
        await deletedBefore;
        if (page !== undefined) {
          this.#deliver(client, page);
          if (page.events.length > 0) waitMs = minMs / 2;
          continue;
        }
        await this.#deleted;
        await this.#countUnroutable(client);
        // Busy: look again soon. Quiet: up to the longest wait, doubling.
        waitMs = Math.min(waitMs * 2, maxMs);
        if (!this.#isHinted) await this.#sleep(waitMs, signal);
        if (this.#isHinted) waitMs = minMs / 2;
        this.#isHinted = false;
      }
    } finally {
      await this.#published;
      this.#options.metrics.relayLeader.set(0);
      this.#options.metrics.relayShards.set(0);
    }
    await this.#deleted;
  }

  /** Finishes what is under way first: a shard given back with events on their way would have them overtaken. */
  async #rebalance(leases: ShardLeases): Promise<void> {
    await this.#published;
    await this.#deleted;
    this.#lanes.clear();
    const before = leases.held.length;
    await leases.rebalance();
    this.#rebalanceAt = Date.now() + REBALANCE_EVERY_MS;
    const { length } = leases.held;
    this.#options.metrics.relayLeader.set(length > 0 ? 1 : 0);
    this.#options.metrics.relayShards.set(length);
    if (length !== before) this.#options.log.info({ shards: length }, 'this process publishes its part of the outbox');
  }

  /** The next page; nothing when nobody waits beside those whose events are under way. */
  async #claim(client: ClientBase, shards: readonly number[]): Promise<Page | undefined> {
    const { poll, metrics } = this.#options;
    const now = Date.now();
    if (this.#lanes.open.length === 0 || now >= this.#lookAt) {
      this.#lookAt = now + LOOK_EVERY_MS;
      const [away, served] = [this.#away.topics(now), this.#lanes.writers];
      const waiting = shards.length === 0 ? [] : await findWaiting(client, { away, served, shards, lastSlug: this.#lastSlug });
      this.#lanes.begin(waiting, now);
      if (shards.length > 0 && now >= this.#leaveAt) {
        this.#leaveAt = now + LEAVE_EVERY_MS;
        await leaveTopics(client, { served: this.#lanes.writers, shards });
      }
      if (this.#lanes.writers.length === 0) metrics.oldestEventSeconds.set(0);
    }
    const lanes = this.#lanes.open;
    if (lanes.length === 0) return undefined;
    const limits = { each: poll.batch, most: poll.batch * TENANTS_A_PAGE };
    const found = await claimEvents(client, lanes, limits);
    const page = this.#lanes.advance(lanes, found, limits, now);
    this.#lastSlug = page.events.at(-1)?.[0].tenant.slug ?? this.#lastSlug;
    if (page.events.length > 0) metrics.oldestEventSeconds.set(ageSeconds(page.events));
    return page;
  }

  #deliver(client: ClientBase, page: Page): void {
    const before = this.#deleted;
    this.#published = this.#publish(page).then((published) => {
      this.#deleted = this.#delete(client, published, page.ended, before);
      // Looked at by the next round of `run`; until then it is nobody's unhandled rejection.
      this.#deleted.catch(() => {});
    });
  }

  /** What was acknowledged. */
  async #publish({ events }: Page): Promise<Page['events']> {
    const published: (readonly [Lane, OutboxEvent])[] = [];
    const topics = Map.groupBy(
      events.filter(([{ failed }]) => !failed),
      ([{ tenant }]) => tenant.topic,
    );
    for (const chunks of recordChunks(topics)) {
      const wanted = chunks.filter(({ entries }) => !entries.some(([{ failed }]) => failed));
      const failures = await this.#options.stream.publish(
        wanted.map(({ topic, entries }) => ({ topic, records: entries.map(([, { record }]) => record) })),
      );
      for (const { topic, entries } of wanted) {
        const failure = failures.get(topic);
        if (failure === undefined) {
          this.#away.took(topic);
          for (const entry of entries) published.push(entry);
        } else this.#failed(topic, topics.get(topic) ?? [], failure);
      }
    }
    return published;
  }

  #failed(topic: string, entries: Page['events'], failure: unknown): void {
    const waitMs = this.#away.refused(topic, Date.now());
    for (const lane of new Set(entries.map(([each]) => each))) this.#lanes.fail(lane);
    this.#options.metrics.publishFailures.inc();
    this.#options.log.warn({ err: failure, topic, waitMs }, 'events stay in the outbox: the topic did not take them');
  }

  async #delete(client: ClientBase, published: Page['events'], ended: readonly Lane[], before: Promise<void>): Promise<void> {
    await before;
    if (published.length > 0) {
      this.#options.failpoint('relay.produced');
      await deleteEvents(
        client,
        published.map(([{ tenant }, event]) => [tenant.writer, event]),
      );
      this.#options.metrics.eventsPublished.inc(published.length);
    }
    this.#lanes.release(ended);
  }

  #sleep(ms: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const end = (): void => {
        clearTimeout(timer);
        signal.removeEventListener('abort', end);
        resolve();
      };
      const timer = setTimeout(end, ms);
      signal.addEventListener('abort', end);
      this.#wake = end;
    });
  }

  async #countUnroutable(client: ClientBase): Promise<void> {
    if (Date.now() < this.#countAt) return;
    this.#countAt = Date.now() + COUNT_UNROUTABLE_EVERY_MS;
    const count = await countUnroutable(client);
    this.#options.metrics.unroutableEvents.set(count);
    if (count > 0) this.#options.log.warn({ count }, 'the outbox has events of writers that are no tenant');
  }
}

function ageSeconds(events: Page['events']): number {
  let oldest = Number.POSITIVE_INFINITY;
  for (const [, { occurredAt }] of events) oldest = Math.min(oldest, occurredAt.getTime());
  return Math.max(0, (Date.now() - oldest) / 1000);
}
