import { type Backoff, backoffMs } from './backoff.ts';
import { type Clock, systemClock } from './clock.ts';
import { Heap } from './heap.ts';
import type { ControlMetrics } from './metrics.ts';
import { TokenBucket } from './token-bucket.ts';

export interface WorkQueueOptions {
  /** Label of the metrics. */
  readonly name?: string;
  readonly clock?: Clock;
  /** In [0, 1); spreads retries. */
  readonly random?: () => number;
  readonly baseDelayMs?: number;
  readonly maxDelayMs?: number;
  /** How much waiting outweighs one step of priority, so that nothing starves. */
  readonly ageingMs?: number;
  /** Limit over all keys' retries together: a broken server meets no storm. */
  readonly retryBucket?: { readonly perSecond: number; readonly burst: number };
  readonly metrics?: ControlMetrics;
}

interface Ready {
  readonly key: string;
  readonly priority: number;
  readonly since: number;
  /** Least first: the time of arrival, moved forward by priority. It never changes, so ageing costs nothing. */
  readonly rank: number;
  readonly order: number;
}

interface Delayed {
  readonly key: string;
  readonly priority: number;
  readonly dueAt: number;
}

/**
 * Keys to look at. A key waits once however often it is added, is in one pair of hands at a time, and is handed out again when it was added
 * meanwhile: no change is lost, none is worked on twice at once.
 */
export class WorkQueue {
  readonly name: string;
  private readonly clock: Clock;
  private readonly random: () => number;
  private readonly backoff: Backoff;
  private readonly ageingMs: number;
  private readonly retryBucket: TokenBucket | undefined;
  private readonly metrics: ControlMetrics | undefined;

  private readonly ready = new Map<string, Ready>();
  private readonly readyOrder = new Heap<Ready>((a, b) => a.rank < b.rank || (a.rank === b.rank && a.order < b.order));
  private readonly delayed = new Map<string, Delayed>();
  private readonly delayedOrder = new Heap<Delayed>((a, b) => a.dueAt < b.dueAt);
  /** Key → when it was handed out. */
  private readonly held = new Map<string, number>();
  /** Key added while held → its priority. */
  private readonly addedWhileHeld = new Map<string, number>();
  private readonly failureCount = new Map<string, number>();
  /** Delays told before their retry. */
  private readonly toldDelays = new Map<string, number>();
  private readonly takers: ((key: string | undefined) => void)[] = [];
  private readonly drainWaiters: (() => void)[] = [];
  private cancelTimer: (() => void) | undefined;
  private timerDueAt = Number.POSITIVE_INFINITY;
  private sequence = 0;
  private isShutDown = false;

  constructor(options: WorkQueueOptions = {}) {
    this.name = options.name ?? 'queue';
    this.clock = options.clock ?? systemClock;
    this.random = options.random ?? Math.random;
    this.backoff = { baseMs: options.baseDelayMs ?? 5, maxMs: options.maxDelayMs ?? 300_000 };
    this.ageingMs = options.ageingMs ?? 1_000;
    this.retryBucket = options.retryBucket && new TokenBucket(this.clock, options.retryBucket);
    this.metrics = options.metrics;
    this.metrics?.onScrape(() => this.measureHeld());
  }

  /** Keys that wait to be taken now. */
  get depth(): number {
    return this.ready.size;
  }

  /**
   * Higher priority first. With `afterMs` later; of several such wishes the earliest counts and the others fall away, because every look
   * decides anew when the next is due. Ignored after shutDown().
   */
  add(key: string, options: { readonly priority?: number; readonly afterMs?: number } = {}): void {
    if (this.isShutDown) return;
    const priority = options.priority ?? 0;
    if (options.afterMs !== undefined && options.afterMs > 0) this.addLater(key, priority, this.clock.now() + options.afterMs);
    else this.addNow(key, priority);
  }

  /** The delay that the next retry() of this key will have, for who must tell it before. */
  nextRetryMs(key: string): number {
    const told = this.toldDelays.get(key);
    if (told !== undefined) return told;
    const delayMs = Math.max(backoffMs(this.backoff, this.failures(key) + 1, this.random()), this.retryBucket?.reserveMs() ?? 0);
    this.toldDelays.set(key, delayMs);
    return delayMs;
  }

  /** After a failure: comes back with the key's growing delay, which is returned. */
  retry(key: string, options: { readonly priority?: number; readonly atLeastMs?: number | undefined } = {}): number {
    const afterMs = Math.max(this.nextRetryMs(key), Math.min(options.atLeastMs ?? 0, this.backoff.maxMs));
    this.toldDelays.delete(key);
    this.failureCount.set(key, this.failures(key) + 1);
    this.metrics?.queueRetries.inc({ name: this.name });
    this.add(key, { priority: options.priority ?? 0, afterMs });
    return afterMs;
  }

  /** After a success: the next failure starts with the shortest delay. */
  forget(key: string): void {
    this.failureCount.delete(key);
    this.toldDelays.delete(key);
  }

  failures(key: string): number {
    return this.failureCount.get(key) ?? 0;
  }

  /** The next key, which the caller holds until done(). `undefined`: shut down and nothing is left, or `signal` aborted. */
  get(signal?: AbortSignal): Promise<string | undefined> {
    if (signal?.aborted) return Promise.resolve(undefined);
    const key = this.take();
    if (key !== undefined || (this.isShutDown && this.isDrained())) return Promise.resolve(key);
    return new Promise((resolve) => {
      const taker = (next: string | undefined) => {
        signal?.removeEventListener('abort', leave);
        resolve(next);
      };
      const leave = () => {
        this.takers.splice(this.takers.indexOf(taker), 1);
        resolve(undefined);
      };
      this.takers.push(taker);
      signal?.addEventListener('abort', leave, { once: true });
    });
  }

  /** Hands the key back. It waits again if it was added while held. */
  done(key: string): void {
    const since = this.held.get(key);
    if (since === undefined) return;
    this.held.delete(key);
    this.metrics?.workSeconds.observe({ name: this.name }, (this.clock.now() - since) / 1000);
    const priority = this.addedWhileHeld.get(key);
    this.addedWhileHeld.delete(key);
    if (priority !== undefined) this.enqueue(key, priority);
    if (this.isShutDown && this.isDrained()) this.finish();
  }

  /** Nothing more comes in; delayed keys are dropped, waiting ones are still handed out. */
  shutDown(): void {
    this.isShutDown = true;
    this.delayed.clear();
    this.delayedOrder.clear();
    this.cancelTimer?.();
    if (this.isDrained()) this.finish();
  }

  /** After shutDown(): resolves when nothing waits and nobody holds a key. */
  drained(): Promise<void> {
    if (this.isShutDown && this.isDrained()) return Promise.resolve();
    return new Promise((resolve) => this.drainWaiters.push(resolve));
  }

  private addNow(key: string, priority: number): void {
    this.metrics?.queueAdds.inc({ name: this.name });
    if (this.held.has(key)) this.addedWhileHeld.set(key, Math.max(priority, this.addedWhileHeld.get(key) ?? priority));
    else this.enqueue(key, priority);
  }

  private enqueue(key: string, priority: number): void {
    const before = this.ready.get(key);
    if (before !== undefined && before.priority >= priority) return;
    const since = before?.since ?? this.clock.now();
    const entry = { key, priority, since, rank: since - priority * this.ageingMs, order: this.sequence++ };
    // A raised key leaves its old entry in the heap; take() knows it by identity.
    this.ready.set(key, entry);
    this.readyOrder.push(entry);
    this.metrics?.queueDepth.set({ name: this.name }, this.ready.size);
    const taker = this.takers.shift();
    taker?.(this.take());
  }

  private take(): string | undefined {
    for (let entry = this.readyOrder.pop(); entry !== undefined; entry = this.readyOrder.pop()) {
      if (this.ready.get(entry.key) !== entry) continue;
      this.ready.delete(entry.key);
      const now = this.clock.now();
      this.held.set(entry.key, now);
      this.metrics?.queueDepth.set({ name: this.name }, this.ready.size);
      this.metrics?.queueSeconds.observe({ name: this.name }, (now - entry.since) / 1000);
      return entry.key;
    }
    return undefined;
  }

  private addLater(key: string, priority: number, dueAt: number): void {
    const before = this.delayed.get(key);
    const entry = { key, priority: Math.max(priority, before?.priority ?? priority), dueAt: Math.min(dueAt, before?.dueAt ?? dueAt) };
    this.delayed.set(key, entry);
    this.delayedOrder.push(entry);
    this.setTimer();
  }

  private setTimer(): void {
    const next = this.delayedOrder.peek();
    if (next === undefined || next.dueAt >= this.timerDueAt) return;
    this.cancelTimer?.();
    this.timerDueAt = next.dueAt;
    this.cancelTimer = this.clock.setTimeout(() => this.releaseDue(), Math.max(0, next.dueAt - this.clock.now()));
  }

  private releaseDue(): void {
    this.timerDueAt = Number.POSITIVE_INFINITY;
    const now = this.clock.now();
    for (let entry = this.delayedOrder.peek(); entry !== undefined && entry.dueAt <= now; entry = this.delayedOrder.peek()) {
      this.delayedOrder.pop();
      if (this.delayed.get(entry.key) !== entry) continue;
      this.delayed.delete(entry.key);
      this.addNow(entry.key, entry.priority);
    }
    this.setTimer();
  }

  private isDrained(): boolean {
    return this.ready.size === 0 && this.held.size === 0;
  }

  private finish(): void {
    for (const taker of this.takers.splice(0)) taker(undefined);
    for (const resolve of this.drainWaiters.splice(0)) resolve();
  }

  private measureHeld(): void {
    const now = this.clock.now();
    const seconds = [...this.held.values()].map((since) => (now - since) / 1000);
    this.metrics?.unfinishedSeconds.set(
      { name: this.name },
      seconds.reduce((sum, each) => sum + each, 0),
    );
    this.metrics?.longestRunningSeconds.set({ name: this.name }, Math.max(0, ...seconds));
  }
}
