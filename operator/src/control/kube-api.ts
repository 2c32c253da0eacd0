import type { KubeObject, ObjectRef, Resource } from './kube-object.ts';

/** The API server in our words. Every call ends within its timeout; refusals are thrown as KubeError. */
export interface KubeApi {
  /** `undefined`: there is no such object. */
  get<T extends KubeObject>(resource: Resource<T>, ref: ObjectRef, options?: CallOptions): Promise<T | undefined>;
  /** One page. @throws KubeError `Gone` when a continue token is too old. */
  list<T extends KubeObject>(resource: Resource<T>, options?: ListOptions): Promise<ListPage<T>>;
  /**
   * Changes after `resourceVersion`, bookmarks included, until the server ends the stream (normal return).
   * @throws KubeError `Gone` when the version is too old, `Timeout` after `inactivityMs` without a byte.
   */
  watch<T extends KubeObject>(resource: Resource<T>, options: WatchOptions): AsyncIterable<WatchEvent<T>>;
  /** @throws KubeError `AlreadyExists`. */
  create<T extends KubeObject>(resource: Resource<T>, object: T, options?: CallOptions): Promise<T>;
  /** Server-side apply. With `metadata.resourceVersion` in the object it is also a lock (`Conflict`). */
  apply<T extends KubeObject>(resource: Resource<T>, object: T, options: ApplyOptions): Promise<{ object: T; created: boolean }>;
  /** Merge patch unless told; never strategic, which custom resources do not know. */
  patch<T extends KubeObject>(resource: Resource<T>, ref: ObjectRef, patch: unknown, options?: PatchOptions): Promise<T>;
  /** PUT; the object's resourceVersion is the lock. @throws KubeError `Conflict` when somebody was faster. */
  replace<T extends KubeObject>(resource: Resource<T>, object: T, options?: CallOptions): Promise<T>;
  /** Gone already counts as success. @throws KubeError `Conflict` when `uid` or `resourceVersion` differ. */
  delete<T extends KubeObject>(resource: Resource<T>, ref: ObjectRef, options?: DeleteOptions): Promise<'deleted' | 'absent'>;
  /** JSON or text of any path, e.g. `/readyz` or `/apis/apps/v1`. */
  getRaw(path: string, options?: CallOptions): Promise<unknown>;
}

export interface CallOptions {
  readonly signal?: AbortSignal | undefined;
  /** Default: the client's, 10 s. */
  readonly timeoutMs?: number | undefined;
}

export interface ListOptions extends CallOptions {
  readonly namespace?: string | undefined;
  readonly labelSelector?: string | undefined;
  readonly fieldSelector?: string | undefined;
  readonly limit?: number | undefined;
  readonly continue?: string | undefined;
  readonly resourceVersion?: string | undefined;
}

export interface ListPage<T> {
  readonly items: readonly T[];
  /** Where a watch continues from. */
  readonly resourceVersion: string;
  /** Present when there are more pages. */
  readonly continue?: string | undefined;
}

export interface WatchOptions {
  readonly namespace?: string | undefined;
  readonly labelSelector?: string | undefined;
  readonly fieldSelector?: string | undefined;
  readonly resourceVersion: string;
  /** How long silence is believed. */
  readonly inactivityMs?: number | undefined;
  /** Called once the server has begun to answer. */
  readonly onOpen?: (() => void) | undefined;
  readonly signal: AbortSignal;
}

export interface WatchEvent<T> {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK';
  /** A bookmark carries only `metadata.resourceVersion`. */
  readonly object: T;
}

export interface ApplyOptions extends CallOptions {
  readonly fieldManager: string;
  /** Take fields another manager owns. */
  readonly force?: boolean | undefined;
  readonly subresource?: string | undefined;
  readonly dryRun?: boolean | undefined;
}

export interface PatchOptions extends CallOptions {
  readonly type?: 'merge' | 'json' | undefined;
  readonly subresource?: string | undefined;
  readonly fieldManager?: string | undefined;
}

export interface DeleteOptions extends CallOptions {
  readonly uid?: string | undefined;
  readonly resourceVersion?: string | undefined;
  readonly propagation?: 'Background' | 'Foreground' | 'Orphan' | undefined;
  readonly gracePeriodSeconds?: number | undefined;
  /** Only whether it would be allowed; nothing is deleted. */
  readonly dryRun?: boolean | undefined;
}
