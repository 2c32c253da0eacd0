import { backoffMs } from './backoff.ts';
import { type Clock, sleep, systemClock } from './clock.ts';
import { type ControlLog, silentLog } from './control-log.ts';
import type { KubeApi, WatchEvent } from './kube-api.ts';
import { isKubeError } from './kube-error.ts';
import { type KubeObject, keyOf, type Resource } from './kube-object.ts';
import type { ControlMetrics } from './metrics.ts';
import { isNewer } from './resource-version.ts';
import { SharedStrings } from './shared-strings.ts';

export type ChangeReason = 'added' | 'updated' | 'deleted';

/** Should only enqueue keys. `object` is the new state, or of a deleted one the last state that was seen. */
export type ChangeListener<T> = (key: string, reason: ChangeReason, object: T) => void;

/** How the view and the server get along. */
export type Connection =
  | { readonly state: 'live' }
  | {
      readonly state: 'cut';
      readonly error: unknown;
      /** When it is tried again. */
      readonly retryInMs: number;
    };

export interface InformerOptions<T extends KubeObject> {
  readonly api: Pick<KubeApi, 'list' | 'watch'>;
  readonly resource: Resource<T>;
  readonly namespace?: string;
  readonly labelSelector?: string;
  /** A complete list from time to time, in case the watch lied. */
  readonly relistIntervalMs?: number;
  readonly pageSize?: number;
  readonly inactivityMs?: number;
  /** Drops what nobody reads before it is kept. */
  readonly transform?: (object: T) => T;
  /** For people: told when the view is cut off from the server, and when it is current again. Not of ends that are everyday life. */
  readonly onConnection?: (connection: Connection) => void;
  readonly clock?: Clock;
  readonly random?: () => number;
  readonly metrics?: ControlMetrics;
  readonly log?: ControlLog;
}

/** The server is asked at most once in this time, whatever goes wrong. */
const LEAST_PAUSE_MS = 1_000;
const RESTART_BACKOFF = { baseMs: 2 * LEAST_PAUSE_MS, maxMs: 30_000 };
/** A page is in memory as bytes, as text and as objects at the same time: of 500 tenants that is 60 MB, and the process keeps what it once had. */
const PAGE_SIZE = 100;
/** So many watches may fail on the same version before it is doubted and a list is taken. */
const WATCH_TRIES = 3;

/**
 * A view of all objects of one kind, kept current by list and watch, and begun anew after any error for as long as it runs.
 * It may be late, never silently wrong: `stalenessMs` says how late.
 */
export class Informer<T extends KubeObject> {
  /** The first complete list is in the view. Never rejects. */
  readonly synced: Promise<void>;
  private readonly options: InformerOptions<T>;
  private readonly clock: Clock;
  private readonly random: () => number;
  private readonly log: ControlLog;
  private readonly objects = new Map<string, T>();
  private readonly strings = new SharedStrings();
  private readonly listeners = new Set<ChangeListener<T>>();
  private markSynced: () => void = () => {};
  private isSynced = false;
  /** Where the next watch continues; undefined asks for a list. */
  private resourceVersion: string | undefined;
  private listDueAt = 0;
  private provenAt: number;
  private askedAt = Number.NEGATIVE_INFINITY;
  private failures = 0;
  private isLive = false;
  private stop: AbortSignal | undefined;

  constructor(options: InformerOptions<T>) {
    this.options = options;
    this.clock = options.clock ?? systemClock;
    this.random = options.random ?? Math.random;
    this.log = options.log ?? silentLog;
    this.provenAt = this.clock.now();
    this.synced = new Promise((resolve) => {
      this.markSynced = resolve;
    });
    const labels = { resource: options.resource.plural };
    options.metrics?.onScrape(() => {
      // What was ended on purpose does not grow old.
      if (this.stop?.aborted) return;
      options.metrics?.informerStaleness.set(labels, this.stalenessMs() / 1000);
      options.metrics?.informerObjects.set(labels, this.objects.size);
    });
  }

  get hasSynced(): boolean {
    return this.isSynced;
  }

  get(key: string): T | undefined {
    return this.objects.get(key);
  }

  list(): T[] {
    return [...this.objects.values()];
  }

  /** Also told of everything already in the view. Returns the way to stop listening. */
  onChange(listener: ChangeListener<T>): () => void {
    this.listeners.add(listener);
    for (const [key, object] of this.objects) this.tell(listener, key, 'added', object);
    return () => this.listeners.delete(listener);
  }

  /** Time since the server last proved that the view is current, by a list, an event or a bookmark (about one a minute). */
  stalenessMs(): number {
    return this.clock.now() - this.provenAt;
  }

  /** Runs until `signal` aborts. Never rejects. */
  async start(signal: AbortSignal): Promise<void> {
    this.stop = signal;
    while (!signal.aborted) {
      await sleep(this.clock, Math.max(0, this.askedAt + LEAST_PAUSE_MS - this.clock.now()), signal);
      if (signal.aborted) return;
      try {
        if (this.resourceVersion === undefined || this.clock.now() >= this.listDueAt) await this.takeList(signal);
        await this.follow(signal);
      } catch (error) {
        if (!signal.aborted) await this.pauseAfter(error, signal);
      }
    }
  }

  private async pauseAfter(error: unknown, signal: AbortSignal): Promise<void> {
    const { resource, metrics } = this.options;
    const reason = isKubeError(error) ? error.reason : 'Error';
    this.failures += 1;
    if (reason === 'Gone' || this.failures % WATCH_TRIES === 0) this.resourceVersion = undefined;
    metrics?.informerRestarts.inc({ resource: resource.plural, reason });
    // A version grown too old is everyday life: list at once. The same again is trouble.
    const isEveryday = (reason === 'Gone' || reason === 'Timeout') && this.failures === 1;
    const pauseMs = isEveryday ? 0 : Math.max(backoffMs(RESTART_BACKOFF, this.failures, this.random()), this.retryAfterMs(error));
    this.log[isEveryday ? 'debug' : 'warn'](
      { resource: resource.plural, reason, failures: this.failures, pauseMs: Math.round(pauseMs), err: error },
      'Watch ended and begins anew',
    );
    if (!isEveryday) {
      this.isLive = false;
      this.options.onConnection?.({ state: 'cut', error, retryInMs: pauseMs });
    }
    await sleep(this.clock, pauseMs, signal);
  }

  private live(): void {
    if (this.isLive) return;
    this.isLive = true;
    this.options.onConnection?.({ state: 'live' });
  }

  private retryAfterMs(error: unknown): number {
    return isKubeError(error) ? Math.min(error.retryAfterMs ?? 0, RESTART_BACKOFF.maxMs) : 0;
  }

  private async takeList(signal: AbortSignal): Promise<void> {
    const { api, resource, namespace, labelSelector, pageSize = PAGE_SIZE, relistIntervalMs = 600_000, metrics } = this.options;
    this.askedAt = this.clock.now();
    const found = new Map<string, T>();
    let resourceVersion = '';
    let next: string | undefined;
    do {
      const page = await api.list(resource, { namespace, labelSelector, limit: pageSize, continue: next, signal });
      if (signal.aborted) return;
      for (const object of page.items) {
        const key = keyOf(object);
        const known = this.objects.get(key);
        // Two views in memory at once would be twice as much: what has not changed is the object that is there already.
        found.set(key, known !== undefined && isSame(known, object) ? known : this.kept(object));
      }
      resourceVersion = page.resourceVersion;
      next = page.continue;
    } while (next !== undefined);

    for (const [key, object] of this.objects) if (!found.has(key)) this.remove(key, object);
    for (const [key, object] of found) this.put(key, object);
    this.resourceVersion = resourceVersion;
    // Jitter: the informers of one process do not all list in the same second.
    this.listDueAt = this.clock.now() + relistIntervalMs * (0.9 + 0.2 * this.random());
    this.provenAt = this.clock.now();
    metrics?.informerLists.inc({ resource: resource.plural });
    this.isSynced = true;
    this.markSynced();
    this.live();
  }

  /** One watch, until the server ends it or a list is due. */
  private async follow(signal: AbortSignal): Promise<void> {
    const { api, resource, namespace, labelSelector, inactivityMs } = this.options;
    if (this.resourceVersion === undefined || signal.aborted) return;
    const listDue = new AbortController();
    const cancel = this.clock.setTimeout(() => listDue.abort(), Math.max(0, this.listDueAt - this.clock.now()));
    this.askedAt = this.clock.now();
    try {
      const watch = api.watch(resource, {
        namespace,
        labelSelector,
        inactivityMs,
        resourceVersion: this.resourceVersion,
        onOpen: () => this.live(),
        signal: AbortSignal.any([signal, listDue.signal]),
      });
      for await (const event of watch) {
        if (signal.aborted) return;
        this.take(event);
      }
    } finally {
      cancel();
    }
  }

  private take(event: WatchEvent<T>): void {
    this.failures = 0;
    this.provenAt = this.clock.now();
    this.live();
    const { resourceVersion } = event.object.metadata;
    // A watch goes forward only. Repeated or late events (a proxy, a retry in between) would turn the view back.
    if (resourceVersion === undefined || !isNewer(resourceVersion, this.resourceVersion)) return;
    this.resourceVersion = resourceVersion;
    if (event.type === 'BOOKMARK') return;
    const object = this.kept(event.object);
    const key = keyOf(object);
    if (event.type === 'DELETED') this.remove(key, object);
    else this.put(key, object);
  }

  private put(key: string, object: T): void {
    const before = this.objects.get(key);
    if (before !== undefined && isSame(before, object)) return;
    // Deleted and made again while nobody looked: another object, although the name is the same.
    const isOther = before !== undefined && before.metadata.uid !== object.metadata.uid;
    if (isOther) this.remove(key, before);
    this.objects.set(key, object);
    this.tellAll(key, before === undefined || isOther ? 'added' : 'updated', object);
  }

  private remove(key: string, last: T): void {
    if (this.objects.delete(key)) this.tellAll(key, 'deleted', last);
  }

  private kept(object: T): T {
    return this.strings.in(this.options.transform?.(object) ?? object);
  }

  private tellAll(key: string, reason: ChangeReason, object: T): void {
    for (const listener of this.listeners) this.tell(listener, key, reason, object);
  }

  private tell(listener: ChangeListener<T>, key: string, reason: ChangeReason, object: T): void {
    try {
      listener(key, reason, object);
    } catch (error) {
      this.log.error({ resource: this.options.resource.plural, key, err: error }, 'Change listener threw');
    }
  }
}

function isSame(one: KubeObject, other: KubeObject): boolean {
  return one.metadata.uid === other.metadata.uid && one.metadata.resourceVersion === other.metadata.resourceVersion;
}
