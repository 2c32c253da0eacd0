import { type Clock, sleep, systemClock } from './clock.ts';
import { type ControlLog, silentLog } from './control-log.ts';
import { type ChangeListener, Informer, type InformerOptions } from './informer.ts';
import type { KubeApi } from './kube-api.ts';
import { isKubeError } from './kube-error.ts';
import { type KubeObject, keyOf } from './kube-object.ts';

/** An informer's options, and how often to ask whether the kind is there. */
export interface OptionalInformerOptions<T extends KubeObject> extends Omit<InformerOptions<T>, 'api'> {
  readonly api: Pick<KubeApi, 'list' | 'watch' | 'getRaw'>;
  /** Default 30 s: one small GET. */
  readonly lookEveryMs?: number;
}

/** What discovery says of one kind. */
interface ServedKind {
  readonly name: string;
  readonly verbs?: readonly string[];
}

/**
 * A view of a kind that comes with other software, so that a cluster may not have it, or not yet, or no longer. While it is not served the
 * view is empty, costs nothing but a question now and then, and is no error; it fills within `lookEveryMs` after the kind appears.
 */
export class OptionalInformer<T extends KubeObject> {
  /** It is known that the kind is absent, or the first complete list is in. Never rejects. */
  readonly synced: Promise<void>;
  private readonly options: OptionalInformerOptions<T>;
  private readonly clock: Clock;
  private readonly log: ControlLog;
  private readonly listeners = new Set<ChangeListener<T>>();
  private readonly servedListeners = new Set<() => void>();
  private markSynced: () => void = () => {};
  private current: { readonly informer: Informer<T>; readonly end: AbortController; readonly ended: Promise<void> } | undefined;
  private stop: AbortSignal | undefined;

  constructor(options: OptionalInformerOptions<T>) {
    this.options = options;
    this.clock = options.clock ?? systemClock;
    this.log = options.log ?? silentLog;
    this.synced = new Promise((resolve) => {
      this.markSynced = resolve;
    });
  }

  get isServed(): boolean {
    return this.current !== undefined;
  }

  get(key: string): T | undefined {
    return this.current?.informer.get(key);
  }

  list(): readonly T[] {
    return this.current?.informer.list() ?? [];
  }

  /** As an informer's; all that was in the view counts as deleted when the kind goes. */
  onChange(listener: ChangeListener<T>): void {
    this.listeners.add(listener);
  }

  /** Called when the kind has come or gone: what was left out for want of it can be made now. */
  onServedChange(listener: () => void): void {
    this.servedListeners.add(listener);
  }

  /** 0 while there is nothing to see. */
  stalenessMs(): number {
    return this.current?.informer.stalenessMs() ?? 0;
  }

  /** Runs until `signal` aborts. Never rejects. */
  async start(signal: AbortSignal): Promise<void> {
    this.stop = signal;
    while (!signal.aborted) {
      await this.look();
      await sleep(this.clock, this.options.lookEveryMs ?? 30_000, signal);
    }
    this.current?.end.abort();
    await this.current?.ended;
  }

  /** Asks now, and begins or ends the view accordingly. Without an answer what was known stays. */
  async look(): Promise<void> {
    const served = await this.isListed();
    if (served === undefined || this.stop === undefined || this.stop.aborted) return;
    if (served && this.current === undefined) this.begin();
    else if (!served && this.current !== undefined) this.end();
    else if (!served) this.markSynced();
  }

  private async isListed(): Promise<boolean | undefined> {
    const { group, version, plural } = this.options.resource;
    try {
      const answer = await this.options.api.getRaw(group === '' ? `/api/${version}` : `/apis/${group}/${version}`);
      const { resources = [] } = answer as { readonly resources?: readonly ServedKind[] };
      // While a CRD is being removed its objects can be read and deleted, but no longer written.
      return resources.some(({ name, verbs }) => name === plural && verbs?.includes('patch') === true);
    } catch (error) {
      if (isKubeError(error, 'NotFound')) return false;
      this.log.warn({ resource: plural, err: error }, 'Could not ask whether a kind is served');
      return undefined;
    }
  }

  private begin(): void {
    const informer = new Informer<T>(this.options);
    const end = new AbortController();
    informer.onChange((key, reason, object) => this.tell(key, reason, object));
    void informer.synced.then(() => this.markSynced());
    this.current = { informer, end, ended: informer.start(end.signal) };
    this.log.info({ resource: this.options.resource.plural }, 'Kind is served');
    for (const listener of this.servedListeners) listener();
  }

  private end(): void {
    const ending = this.current;
    this.current = undefined;
    ending?.end.abort();
    this.markSynced();
    this.log.info({ resource: this.options.resource.plural }, 'Kind is no longer served');
    for (const object of ending?.informer.list() ?? []) this.tell(keyOf(object), 'deleted', object);
    for (const listener of this.servedListeners) listener();
  }

  private tell(...change: Parameters<ChangeListener<T>>): void {
    for (const listener of this.listeners) listener(...change);
  }
}
