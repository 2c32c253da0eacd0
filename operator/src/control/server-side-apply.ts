import { createHash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { canonicalJson } from './canonical-json.ts';
import { lostFields } from './field-ownership.ts';
import type { CallOptions, KubeApi } from './kube-api.ts';
import { isKubeError } from './kube-error.ts';
import type { KubeObject, Resource } from './kube-object.ts';

export interface ApplyRequest<T extends KubeObject> {
  readonly resource: Resource<T>;
  /** All we want and nothing else: no status, no managedFields, no resourceVersion. For a Secret use `data`, not `stringData`. */
  readonly object: T;
  /** As the informer has it; its resourceVersion is the lock. */
  readonly cached: T | undefined;
  readonly fieldManager: string;
  /** Annotation that carries the hash of what was wanted last. */
  readonly hashAnnotation: string;
  readonly signal?: AbortSignal | undefined;
}

export interface ApplyResult<T extends KubeObject> {
  readonly outcome: 'unchanged' | 'created' | 'updated';
  readonly object: T;
  /** Paths that somebody else had changed or removed and that are now as wanted again. */
  readonly handEdited: readonly string[];
}

/**
 * Makes the object equal what is wanted; at rest it costs no call: the stored hash says that we want the same as last time, and our
 * managedFields entry still has every wanted field, so nobody has changed one since.
 * @throws KubeError `Conflict` when the cached object is old: look again. `Forbidden`, `Invalid`: the message says why.
 */
export async function applyObject<T extends KubeObject>(
  api: Pick<KubeApi, 'apply'>,
  { resource, object, cached, fieldManager, hashAnnotation, signal }: ApplyRequest<T>,
): Promise<ApplyResult<T>> {
  const wanted = withHash(object, hashAnnotation);
  const isSameWish = cached?.metadata.annotations?.[hashAnnotation] === wanted.metadata.annotations?.[hashAnnotation];
  const lost = cached === undefined ? undefined : lostFields(wanted, cached, fieldManager);
  if (cached !== undefined && isSameWish && lost?.length === 0) return { outcome: 'unchanged', object: cached, handEdited: [] };

  // With the version we looked at, a paused old leader's write is refused instead of undoing its successor's.
  const locked = cached === undefined ? wanted : withMetadata(wanted, { resourceVersion: cached.metadata.resourceVersion });
  const { object: stored, created } = await api.apply(resource, locked, { fieldManager, force: true, signal });
  if (created) return { outcome: 'created', object: stored, handEdited: [] };
  const isUnchanged = cached !== undefined && stored.metadata.resourceVersion === cached.metadata.resourceVersion;
  // A changed wish gains fields that nobody has taken from us; only with the old wish is a missing field an edit.
  return { outcome: isUnchanged ? 'unchanged' : 'updated', object: stored, handEdited: isUnchanged || !isSameWish ? [] : (lost ?? []) };
}

export interface StatusRequest<T extends KubeObject> {
  readonly resource: Resource<T>;
  /** The object the status was computed from; its resourceVersion is the lock. */
  readonly current: T;
  /** The whole status we own. What is left out is removed. */
  readonly status: object;
  readonly fieldManager: string;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Server-side apply on the status subresource rather than a merge patch: a field we stop sending goes away by itself, another controller's
 * conditions stay, and the owner of each field can be read from the object. An equal status costs no call.
 * @throws KubeError `Conflict` when `current` is old.
 */
export async function patchStatus<T extends KubeObject>(
  api: Pick<KubeApi, 'apply'>,
  { resource, current, status, fieldManager, signal }: StatusRequest<T>,
): Promise<{ readonly outcome: 'unchanged' | 'updated'; readonly object: T }> {
  const wanted = withoutUndefined(status);
  const before = (current as T & { readonly status?: unknown }).status ?? {};
  if (isDeepStrictEqual(before, wanted)) return { outcome: 'unchanged', object: current };
  const { apiVersion, kind, metadata } = current;
  const { name, namespace, resourceVersion } = metadata;
  const object = { apiVersion, kind, metadata: withoutUndefined({ name, namespace, resourceVersion }), status: wanted };
  const { object: stored } = await api.apply(resource, object as unknown as T, {
    fieldManager,
    force: true,
    subresource: 'status',
    signal,
  });
  return { outcome: stored.metadata.resourceVersion === resourceVersion ? 'unchanged' : 'updated', object: stored };
}

/** Before the first outside change. @throws KubeError `Conflict` when the object is old. */
export async function addFinalizer<T extends KubeObject>(
  api: Pick<KubeApi, 'patch'>,
  resource: Resource<T>,
  object: T,
  finalizer: string,
  options: CallOptions = {},
): Promise<T> {
  const finalizers = object.metadata.finalizers ?? [];
  if (finalizers.includes(finalizer)) return object;
  return setFinalizers(api, resource, object, [...finalizers, finalizer], options);
}

/** After the last removal. An object that is gone already has none: `undefined`. @throws KubeError `Conflict` when the object is old. */
export async function removeFinalizer<T extends KubeObject>(
  api: Pick<KubeApi, 'patch'>,
  resource: Resource<T>,
  object: T,
  finalizer: string,
  options: CallOptions = {},
): Promise<T | undefined> {
  const finalizers = object.metadata.finalizers ?? [];
  if (!finalizers.includes(finalizer)) return object;
  try {
    return await setFinalizers(
      api,
      resource,
      object,
      finalizers.filter((each) => each !== finalizer),
      options,
    );
  } catch (error) {
    if (isKubeError(error, 'NotFound')) return undefined;
    throw error;
  }
}

function setFinalizers<T extends KubeObject>(
  api: Pick<KubeApi, 'patch'>,
  resource: Resource<T>,
  object: T,
  finalizers: readonly string[],
  { signal, timeoutMs }: CallOptions,
): Promise<T> {
  // uid and version: a new object of the same name must not inherit the old one's end.
  const { uid, resourceVersion, name, namespace } = object.metadata;
  const ref = namespace === undefined ? { name } : { name, namespace };
  return api.patch(resource, ref, { metadata: { uid, resourceVersion, finalizers } }, { signal, timeoutMs });
}

function withHash<T extends KubeObject>(object: T, annotation: string): T {
  const hash = createHash('sha256').update(canonicalJson(object)).digest('hex').slice(0, 16);
  return withMetadata(object, { annotations: { ...object.metadata.annotations, [annotation]: hash } });
}

function withMetadata<T extends KubeObject>(object: T, metadata: object): T {
  return { ...object, metadata: { ...object.metadata, ...metadata } };
}

function withoutUndefined(value: object): unknown {
  return JSON.parse(JSON.stringify(value));
}
