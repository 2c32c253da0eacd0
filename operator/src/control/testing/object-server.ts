import type { KubeApi, ListOptions, ListPage, WatchEvent, WatchOptions } from '../kube-api.ts';
import { KubeError } from '../kube-error.ts';
import type { KubeObject, Resource } from '../kube-object.ts';

export interface Thing extends KubeObject {
  readonly value: number;
}

export const THINGS: Resource<Thing> = { group: 'test', version: 'v1', plural: 'things', kind: 'Thing', namespaced: false };

/** What a watch does next instead of its duty. */
export type Fault = 'none' | 'drop' | 'gone' | 'error-event' | 'duplicate' | 'silent' | 'close';

/** Lists and watches of an API server in memory, with a history that can be forgotten and a connection that can misbehave. */
export class ObjectServer implements Pick<KubeApi, 'list' | 'watch'> {
  readonly calls: string[] = [];
  fault: Fault = 'none';
  isDown = false;
  private readonly now: () => number;
  private readonly objects = new Map<string, Thing>();
  private history: WatchEvent<Thing>[] = [];
  private version = 100;
  private forgottenBefore = 0;
  private uid = 0;
  private readonly wakeWatchers = new Set<() => void>();
  private readonly closeWatchers = new Set<(error?: unknown) => void>();

  constructor(now: () => number) {
    this.now = now;
  }

  put(name: string, value: number): void {
    const before = this.objects.get(name);
    this.uid += before === undefined ? 1 : 0;
    const uid = before?.metadata.uid ?? `uid-${this.uid}`;
    this.version += 1;
    const object: Thing = { apiVersion: 'test/v1', kind: 'Thing', metadata: { name, uid, resourceVersion: `${this.version}` }, value };
    this.objects.set(name, object);
    this.append({ type: before === undefined ? 'ADDED' : 'MODIFIED', object });
  }

  remove(name: string): void {
    const object = this.objects.get(name);
    if (object === undefined) return;
    this.version += 1;
    this.objects.delete(name);
    this.append({ type: 'DELETED', object: { ...object, metadata: { ...object.metadata, resourceVersion: `${this.version}` } } });
  }

  /** Compaction: watches from before now are refused, as 410. */
  forget(): void {
    this.history = [];
    this.forgottenBefore = this.version;
  }

  /** The connections end, in order or with an error. */
  disconnect(error?: unknown): void {
    for (const close of [...this.closeWatchers]) close(error);
  }

  state(): Map<string, number> {
    return new Map([...this.objects].map(([name, { value }]) => [name, value]));
  }

  async list<T extends KubeObject>(_: Resource<T>, { limit = 500, continue: token }: ListOptions = {}): Promise<ListPage<T>> {
    this.calls.push(`list ${this.now()}`);
    await undefined;
    if (this.isDown) throw new KubeError('Unreachable', 'refused');
    const from = Number(token ?? 0);
    const items = [...this.objects.values()].slice(from, from + limit) as unknown as T[];
    const next = from + limit < this.objects.size ? `${from + limit}` : undefined;
    return { items, resourceVersion: `${this.version}`, continue: next };
  }

  async *watch<T extends KubeObject>(_: Resource<T>, { resourceVersion, signal, onOpen }: WatchOptions): AsyncGenerator<WatchEvent<T>> {
    this.calls.push(`watch ${this.now()}`);
    await undefined;
    if (this.isDown) throw new KubeError('Unreachable', 'refused');
    if (this.fault === 'gone' || Number(resourceVersion) < this.forgottenBefore) throw new KubeError('Gone', 'too old');
    if (this.fault === 'drop') throw new KubeError('Unreachable', 'reset');
    onOpen?.();
    if (this.fault === 'close') return;
    let seen = Number(resourceVersion);
    let ended: { readonly error?: unknown } | undefined;
    let wake = () => {};
    const onWake = () => wake();
    const onClose = (error?: unknown) => {
      ended ??= { error };
      wake();
    };
    const onAbort = () => onClose();
    this.wakeWatchers.add(onWake);
    this.closeWatchers.add(onClose);
    signal.addEventListener('abort', onAbort);
    try {
      while (!signal.aborted && ended === undefined) {
        // As etcd does to a watcher that compaction has overtaken: what it was still to be told is gone.
        if (this.fault !== 'silent' && seen < this.forgottenBefore) throw new KubeError('Gone', 'too old');
        const next =
          this.fault === 'silent' ? undefined : this.history.find(({ object }) => Number(object.metadata.resourceVersion) > seen);
        if (next === undefined) {
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
          continue;
        }
        if (this.fault === 'error-event') throw new KubeError('Unavailable', 'etcd is away');
        seen = Number(next.object.metadata.resourceVersion);
        yield next as unknown as WatchEvent<T>;
        // A proxy that repeats: the recent past once more, after what is newer.
        if (this.fault === 'duplicate') for (const old of this.history.slice(-5, -1)) yield old as unknown as WatchEvent<T>;
      }
      if (ended?.error !== undefined) throw ended.error;
    } finally {
      this.wakeWatchers.delete(onWake);
      this.closeWatchers.delete(onClose);
      signal.removeEventListener('abort', onAbort);
    }
  }

  private append(event: WatchEvent<Thing>): void {
    this.history.push(event);
    for (const wake of [...this.wakeWatchers]) wake();
  }
}
