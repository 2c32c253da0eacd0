import type {
  ApplyOptions,
  CallOptions,
  DeleteOptions,
  KubeApi,
  ListOptions,
  ListPage,
  PatchOptions,
  WatchEvent,
  WatchOptions,
} from './kube-api.ts';
import { isKubeError } from './kube-error.ts';
import { apiPath, type KubeObject, type ObjectRef, type Resource } from './kube-object.ts';
import { type AccessSource, type KubeCall, KubeTransport, type KubeTransportOptions } from './kube-transport.ts';
import { readWatch } from './kube-watch.ts';

/** KubeApi over HTTP; calls, timeouts and watches are our own. Who comes in is the access source's business. */
export class KubeHttpApi implements KubeApi {
  private readonly transport: KubeTransport;

  constructor(source: AccessSource, options: KubeTransportOptions = {}) {
    this.transport = new KubeTransport(source, options);
  }

  async get<T extends KubeObject>(resource: Resource<T>, ref: ObjectRef, options: CallOptions = {}): Promise<T | undefined> {
    try {
      const { body } = await this.transport.call({ ...limits(options), method: 'GET', path: apiPath(resource, ref) });
      return body as T;
    } catch (error) {
      if (isKubeError(error, 'NotFound')) return undefined;
      throw error;
    }
  }

  async list<T extends KubeObject>(resource: Resource<T>, options: ListOptions = {}): Promise<ListPage<T>> {
    const { namespace, labelSelector, fieldSelector, limit, resourceVersion } = options;
    const { body } = await this.transport.call({
      ...limits(options),
      method: 'GET',
      path: apiPath(resource, namespace === undefined ? {} : { namespace }),
      query: { labelSelector, fieldSelector, limit, continue: options.continue, resourceVersion },
    });
    const page = body as { items?: T[]; metadata: { resourceVersion: string; continue?: string } };
    // Items of built-in lists come without their kind: the list has it.
    const apiVersion = resource.group === '' ? resource.version : `${resource.group}/${resource.version}`;
    const items = (page.items ?? []).map((item) => (item.kind ? item : { ...item, apiVersion, kind: resource.kind }));
    return { items, resourceVersion: page.metadata.resourceVersion, continue: page.metadata.continue || undefined };
  }

  watch<T extends KubeObject>(resource: Resource<T>, options: WatchOptions): AsyncIterable<WatchEvent<T>> {
    return readWatch(this.transport, resource, options);
  }

  async create<T extends KubeObject>(resource: Resource<T>, object: T, options: CallOptions = {}): Promise<T> {
    const { namespace } = object.metadata;
    const path = apiPath(resource, namespace === undefined ? {} : { namespace });
    const { body } = await this.transport.call({ ...limits(options), method: 'POST', path, body: object });
    return body as T;
  }

  async apply<T extends KubeObject>(resource: Resource<T>, object: T, options: ApplyOptions): Promise<{ object: T; created: boolean }> {
    const { status, body } = await this.transport.call({
      ...limits(options),
      method: 'PATCH',
      path: apiPath(resource, { ...object.metadata, ...subresource(options) }),
      query: { fieldManager: options.fieldManager, force: options.force, dryRun: options.dryRun ? 'All' : undefined },
      // The type says YAML; JSON is YAML.
      contentType: 'application/apply-patch+yaml',
      body: object,
    });
    return { object: body as T, created: status === 201 };
  }

  async patch<T extends KubeObject>(resource: Resource<T>, ref: ObjectRef, patch: unknown, options: PatchOptions = {}): Promise<T> {
    const { body } = await this.transport.call({
      ...limits(options),
      method: 'PATCH',
      path: apiPath(resource, { ...ref, ...subresource(options) }),
      query: { fieldManager: options.fieldManager },
      contentType: options.type === 'json' ? 'application/json-patch+json' : 'application/merge-patch+json',
      body: patch,
    });
    return body as T;
  }

  async replace<T extends KubeObject>(resource: Resource<T>, object: T, options: CallOptions = {}): Promise<T> {
    const path = apiPath(resource, object.metadata);
    const { body } = await this.transport.call({ ...limits(options), method: 'PUT', path, body: object });
    return body as T;
  }

  async delete<T extends KubeObject>(resource: Resource<T>, ref: ObjectRef, options: DeleteOptions = {}): Promise<'deleted' | 'absent'> {
    const { uid, resourceVersion, propagation, gracePeriodSeconds } = options;
    // In the body: where there is one, the API server does not look at the query (DeleteOptions), and would delete.
    const dryRun = options.dryRun === true ? ['All'] : undefined;
    const body = { propagationPolicy: propagation ?? 'Background', gracePeriodSeconds, preconditions: { uid, resourceVersion }, dryRun };
    try {
      await this.transport.call({ ...limits(options), method: 'DELETE', path: apiPath(resource, ref), body });
      return 'deleted';
    } catch (error) {
      if (isKubeError(error, 'NotFound')) return 'absent';
      throw error;
    }
  }

  async getRaw(path: string, options: CallOptions = {}): Promise<unknown> {
    return (await this.transport.call({ ...limits(options), method: 'GET', path })).body;
  }

  /** The body as it comes, e.g. a pod's log that is followed, until the server or `signal` ends it. @throws KubeError. */
  async stream(path: string, query: NonNullable<KubeCall['query']>, signal: AbortSignal): Promise<AsyncIterable<Buffer>> {
    return await this.transport.open({ method: 'GET', path, query, signal });
  }

  /** Ends all connections; calls under way fail. */
  async close(): Promise<void> {
    await this.transport.close();
  }
}

function limits({ signal, timeoutMs }: CallOptions): CallOptions {
  return { signal, timeoutMs };
}

function subresource(options: { readonly subresource?: string | undefined }): { subresource?: string } {
  return options.subresource === undefined ? {} : { subresource: options.subresource };
}
