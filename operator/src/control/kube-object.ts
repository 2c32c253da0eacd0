/** Kubernetes objects as plain JSON: times are strings, as on the wire. */
export interface KubeObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: ObjectMeta;
}

export interface ObjectMeta {
  readonly name: string;
  readonly namespace?: string;
  readonly uid?: string;
  readonly resourceVersion?: string;
  readonly generation?: number;
  readonly creationTimestamp?: string;
  readonly deletionTimestamp?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly finalizers?: readonly string[];
  readonly ownerReferences?: readonly OwnerReference[];
  readonly managedFields?: readonly ManagedFieldsEntry[];
}

export interface OwnerReference {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
  readonly controller?: boolean;
  readonly blockOwnerDeletion?: boolean;
}

export interface ManagedFieldsEntry {
  readonly manager?: string;
  readonly operation?: string;
  readonly subresource?: string;
  readonly time?: string;
  readonly fieldsV1?: Readonly<Record<string, unknown>>;
}

export interface ObjectRef {
  readonly name: string;
  readonly namespace?: string;
}

/** One kind as the API server serves it. `T` is the shape of its objects. */
export interface Resource<T extends KubeObject> {
  /** '' for the core group. */
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  readonly kind: string;
  readonly namespaced: boolean;
  /** Only for the type checker: never set. */
  readonly example?: T;
}

export function defineResource<T extends KubeObject>(resource: Omit<Resource<T>, 'example'>): Resource<T> {
  return resource;
}

/** `namespace/name`, or `name` for cluster-scoped objects: what queues and caches are keyed by. */
export function keyOf(object: KubeObject | ObjectRef): string {
  const { name, namespace } = 'metadata' in object ? object.metadata : object;
  return namespace === undefined ? name : `${namespace}/${name}`;
}

export function refOf(key: string): ObjectRef {
  const slash = key.indexOf('/');
  return slash < 0 ? { name: key } : { namespace: key.slice(0, slash), name: key.slice(slash + 1) };
}

/** Makes the garbage collector remove the child with its owner. @throws Error when the owner was never stored (it has no uid). */
export function ownerReferenceTo(owner: KubeObject): OwnerReference {
  const { name, uid } = owner.metadata;
  if (uid === undefined) throw new Error(`${owner.kind} ${name} has no uid yet: read it from the API server before it can own something`);
  return { apiVersion: owner.apiVersion, kind: owner.kind, name, uid, controller: true, blockOwnerDeletion: true };
}

/** Name of the controlling owner of that kind: leads from a changed child to the key to reconcile. */
export function controllerOf(object: KubeObject, kind: string): string | undefined {
  return object.metadata.ownerReferences?.find((owner) => owner.controller === true && owner.kind === kind)?.name;
}

/** Path of the collection, or of one object when `name` is given. */
export function apiPath(resource: Resource<KubeObject>, ref: Partial<ObjectRef> & { readonly subresource?: string } = {}): string {
  const root = resource.group === '' ? `/api/${resource.version}` : `/apis/${resource.group}/${resource.version}`;
  const place = resource.namespaced && ref.namespace !== undefined ? `/namespaces/${encodeURIComponent(ref.namespace)}` : '';
  const item = ref.name === undefined ? '' : `/${encodeURIComponent(ref.name)}`;
  const below = ref.subresource === undefined ? '' : `/${ref.subresource}`;
  return `${root}${place}/${resource.plural}${item}${below}`;
}
