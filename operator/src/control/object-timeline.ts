import type { KubeApi } from './kube-api.ts';
import { isKubeError } from './kube-error.ts';
import { defineResource, type KubeObject } from './kube-object.ts';

/** Something that happened to an object. */
export interface TimelineEntry {
  /** RFC 3339: the last time. */
  readonly at: string;
  readonly type: string;
  readonly reason: string;
  readonly note: string;
  readonly count: number;
}

interface StoredEvent extends KubeObject {
  readonly eventTime?: string;
  readonly deprecatedLastTimestamp?: string;
  readonly type?: string;
  readonly reason?: string;
  readonly note?: string;
  readonly series?: { readonly count: number; readonly lastObservedTime: string };
  readonly regarding?: { readonly kind?: string; readonly name?: string };
}

const EVENTS = defineResource<StoredEvent>({ group: 'events.k8s.io', version: 'v1', plural: 'events', kind: 'Event', namespaced: true });

/**
 * Events of a cluster-scoped object, newest first; none when the person may not read them. They live for about an hour.
 * Such objects' events are in namespace `default`.
 */
export async function objectTimeline(
  api: Pick<KubeApi, 'list'>,
  { kind, metadata: { name } }: Pick<KubeObject, 'kind' | 'metadata'>,
  most: number,
): Promise<readonly TimelineEntry[]> {
  try {
    const { items } = await api.list(EVENTS, { namespace: 'default', fieldSelector: `regarding.kind=${kind},regarding.name=${name}` });
    return items
      .map((event) => ({
        at: event.series?.lastObservedTime ?? event.eventTime ?? event.deprecatedLastTimestamp ?? event.metadata.creationTimestamp ?? '',
        type: event.type ?? '',
        reason: event.reason ?? '',
        note: event.note ?? '',
        count: event.series?.count ?? 1,
      }))
      .sort((a, b) => (a.at < b.at ? 1 : -1))
      .slice(0, most);
  } catch (error) {
    if (isKubeError(error, 'Forbidden')) return [];
    throw error;
  }
}
