import { createHash } from 'node:crypto';
import { type Clock, systemClock } from './clock.ts';
import { type ControlLog, silentLog } from './control-log.ts';
import type { KubeApi } from './kube-api.ts';
import { isKubeError } from './kube-error.ts';
import { defineResource, type KubeObject } from './kube-object.ts';
import { kubeMicroTime } from './kube-time.ts';

/** What happened, once per transition and never per pass. */
export interface ObjectEvent {
  readonly type: 'Normal' | 'Warning';
  /** CamelCase, from a published list: `SchemaMigrated`. */
  readonly reason: string;
  /** What the controller did, CamelCase: `Migrate`. */
  readonly action: string;
  /** A full sentence. Cut at 1,024 bytes, the server's limit. */
  readonly note: string;
}

export interface EventRecorderOptions {
  readonly api: Pick<KubeApi, 'create' | 'patch'>;
  /** reportingController: `tenantry.dev/operator`. */
  readonly component: string;
  /** reportingInstance, usually the pod. */
  readonly instance: string;
  /** Where events of cluster-scoped objects go: `kubectl describe` looks for them in `default`. */
  readonly clusterNamespace?: string;
  readonly clock?: Clock;
  readonly log?: ControlLog;
}

/** events.k8s.io/v1 Event. */
export interface KubeEvent extends KubeObject {
  readonly eventTime: string;
  readonly type: string;
  readonly reason: string;
  readonly action: string;
  readonly note: string;
  readonly reportingController: string;
  readonly reportingInstance: string;
  readonly regarding: Readonly<Record<string, string | undefined>>;
  readonly series?: { readonly count: number; readonly lastObservedTime: string };
}

export const EVENTS = defineResource<KubeEvent>({
  group: 'events.k8s.io',
  version: 'v1',
  plural: 'events',
  kind: 'Event',
  namespaced: true,
});

/** The same within this time is one event with a count. */
const SERIES_MS = 600_000;
/** Bounds memory and the backlog of a server that is away; events are a courtesy, not a record. */
const MOST_SERIES = 1_000;
const MOST_PENDING = 500;

interface Series {
  readonly event: KubeEvent;
  readonly count: number;
  readonly seenAt: number;
}

/** Writes events in the background: recording neither waits nor fails. */
export class EventRecorder {
  private readonly options: EventRecorderOptions;
  private readonly clock: Clock;
  private readonly log: ControlLog;
  private readonly series = new Map<string, Series>();
  private pending = 0;
  private sequence = 0;
  private last: Promise<void> = Promise.resolve();

  constructor(options: EventRecorderOptions) {
    this.options = options;
    this.clock = options.clock ?? systemClock;
    this.log = options.log ?? silentLog;
  }

  record(regarding: KubeObject, event: ObjectEvent): void {
    if (this.pending >= MOST_PENDING) {
      this.log.warn({ reason: event.reason }, 'Event was dropped because too many are waiting');
      return;
    }
    this.pending += 1;
    const at = this.clock.date();
    this.last = this.last
      .then(() => this.write(regarding, event, at))
      .catch((error: unknown) => this.log.warn({ reason: event.reason, err: error }, 'Event could not be written'))
      .finally(() => {
        this.pending -= 1;
      });
  }

  /** Resolves when everything recorded so far is written or given up. */
  async flush(): Promise<void> {
    await this.last;
  }

  private async write(regarding: KubeObject, event: ObjectEvent, at: Date): Promise<void> {
    this.forgetOld();
    const key = JSON.stringify([regarding.metadata.uid, event.type, event.reason, event.action, event.note]);
    const before = this.series.get(key);
    if (before !== undefined && (await this.count(key, before, at))) return;
    const stored = await this.options.api.create(EVENTS, this.newEvent(regarding, event, at, key));
    this.series.set(key, { event: stored, count: 1, seenAt: this.clock.now() });
  }

  /** False when the event is gone (they live for an hour) and must be made anew. */
  private async count(key: string, before: Series, at: Date): Promise<boolean> {
    const count = before.count + 1;
    try {
      const series = { count, lastObservedTime: kubeMicroTime(at) };
      const event = await this.options.api.patch(EVENTS, before.event.metadata, { series });
      this.series.set(key, { event, count, seenAt: this.clock.now() });
      return true;
    } catch (error) {
      this.series.delete(key);
      if (isKubeError(error, 'NotFound')) return false;
      throw error;
    }
  }

  private newEvent(regarding: KubeObject, event: ObjectEvent, at: Date, key: string): KubeEvent {
    const { component, instance, clusterNamespace = 'default' } = this.options;
    const { apiVersion, kind, metadata } = regarding;
    const { name, uid, resourceVersion } = metadata;
    const namespace = metadata.namespace ?? clusterNamespace;
    // Unique without randomness: the time, a running number, and what it is about.
    const suffix = createHash('sha256')
      .update(`${key}|${at.getTime()}|${this.sequence++}|${instance}`)
      .digest('hex')
      .slice(0, 16);
    return {
      apiVersion: 'events.k8s.io/v1',
      kind: 'Event',
      metadata: { name: `${name}.${suffix}`, namespace },
      eventTime: kubeMicroTime(at),
      type: event.type,
      reason: event.reason,
      action: event.action,
      note: cut(event.note, 1_024),
      reportingController: component,
      reportingInstance: cut(instance, 128),
      regarding: { apiVersion, kind, name, namespace: metadata.namespace, uid, resourceVersion },
    };
  }

  private forgetOld(): void {
    const now = this.clock.now();
    for (const [key, { seenAt }] of this.series) {
      if (now - seenAt < SERIES_MS && this.series.size <= MOST_SERIES) continue;
      this.series.delete(key);
    }
  }
}

/** At most `bytes` of UTF-8, never half a character. */
function cut(text: string, bytes: number): string {
  const whole = Buffer.from(text);
  if (whole.length <= bytes) return text;
  return whole.subarray(0, bytes).toString('utf8').replace(/�+$/, '');
}
