import { ANNOTATIONS, FIELD_MANAGER, LABELS } from '@tenantry/contracts';
import type { ControlLog } from '../control/control-log.ts';
import { Informer } from '../control/informer.ts';
import type { KubeApi } from '../control/kube-api.ts';
import { controllerOf } from '../control/kube-object.ts';
import type { ControlMetrics } from '../control/metrics.ts';
import { type ApplyRequest, applyObject } from '../control/server-side-apply.ts';
import type { Effects } from '../effects.ts';
import { podComplaint } from './pod-complaint.ts';
import type { AppliedChild, ChildKind, ChildObject, TenantObjects } from './port.ts';
import { CHILDREN, PODS, type Pod } from './resources.ts';

/** Inside the lease margin: a call that outlives leadership must not land late. */
const TIMEOUT_MS = 5000;

/** Children in the tenants' namespace, watched by informers and written by server-side apply. */
export class KubeTenantObjects implements TenantObjects {
  readonly #api: KubeApi;
  readonly #effects: Effects;
  readonly #namespace: string;
  readonly #children: Readonly<Record<ChildKind, Informer<ChildObject>>>;
  readonly #pods: Informer<Pod>;

  constructor(options: {
    readonly api: KubeApi;
    readonly effects: Effects;
    readonly namespace: string;
    readonly metrics?: ControlMetrics;
    readonly log?: ControlLog;
  }) {
    const { api, namespace, metrics, log } = options;
    this.#api = api;
    this.#effects = options.effects;
    this.#namespace = namespace;
    const watched = { api, namespace, labelSelector: LABELS.tenantId, ...(metrics && { metrics }), ...(log && { log }) };
    this.#children = {
      Secret: new Informer({ ...watched, resource: CHILDREN.Secret }),
      ServiceAccount: new Informer({ ...watched, resource: CHILDREN.ServiceAccount }),
      Service: new Informer({ ...watched, resource: CHILDREN.Service }),
      Deployment: new Informer({ ...watched, resource: CHILDREN.Deployment }),
    };
    this.#pods = new Informer({ ...watched, resource: PODS });
  }

  /** Runs the informers until `signal` aborts. */
  async start(signal: AbortSignal): Promise<void> {
    await Promise.all(this.#informers().map((informer) => informer.start(signal)));
  }

  async synced(): Promise<void> {
    await Promise.all(this.#informers().map(({ synced }) => synced));
  }

  stalenessMs(): number {
    return Math.max(...this.#informers().map((informer) => informer.stalenessMs()));
  }

  /** Calls back with the name of the Tenant whose child (or pod) changed. */
  onChange(listener: (tenant: string) => void): void {
    for (const informer of Object.values(this.#children))
      informer.onChange((_key, _reason, child) => {
        const owner = controllerOf(child, 'Tenant');
        if (owner !== undefined) listener(owner);
      });
    this.#pods.onChange((_key, _reason, pod) => {
      const tenant = pod.metadata.labels?.[LABELS.tenant];
      if (tenant !== undefined) listener(tenant);
    });
  }

  found(kind: ChildKind, name: string): ChildObject | undefined {
    return this.#children[kind].get(`${this.#namespace}/${name}`);
  }

  async differs(object: ChildObject): Promise<boolean> {
    let wouldWrite = false;
    // The same comparison as when applying, with a server that only notes that it was asked.
    const nowhere: Pick<KubeApi, 'apply'> = {
      apply: async (_resource, unsent) => {
        wouldWrite = true;
        return { object: unsent, created: false };
      },
    };
    await applyObject(nowhere, this.#request(object));
    return wouldWrite;
  }

  async apply(object: ChildObject): Promise<AppliedChild> {
    this.#effects.assertLeading();
    const applied = await applyObject(this.#api, this.#request(object));
    // Counted after the fact: whether anything was written is only known then.
    if (applied.outcome !== 'unchanged')
      await this.#effects.perform(`kubernetes: apply ${object.kind} ${object.metadata.name}`, async () => {});
    return applied;
  }

  async remove(kind: ChildKind, name: string): Promise<void> {
    if (this.found(kind, name) === undefined) return;
    await this.#effects.perform(`kubernetes: delete ${kind} ${name}`, () =>
      this.#api.delete(
        CHILDREN[kind],
        { namespace: this.#namespace, name },
        { propagation: 'Background', signal: AbortSignal.timeout(TIMEOUT_MS) },
      ),
    );
  }

  podComplaint(slug: string): string | undefined {
    for (const pod of this.#pods.list()) {
      if (pod.metadata.labels?.[LABELS.tenant] !== slug || pod.metadata.deletionTimestamp !== undefined) continue;
      const complaint = podComplaint(pod);
      if (complaint !== undefined) return complaint;
    }
    return undefined;
  }

  #request(object: ChildObject): ApplyRequest<ChildObject> {
    return {
      resource: CHILDREN[object.kind],
      object,
      cached: this.found(object.kind, object.metadata.name),
      fieldManager: FIELD_MANAGER,
      hashAnnotation: ANNOTATIONS.desiredHash,
      signal: AbortSignal.timeout(TIMEOUT_MS),
    };
  }

  #informers(): Informer<ChildObject | Pod>[] {
    return [...Object.values(this.#children), this.#pods] as Informer<ChildObject | Pod>[];
  }
}
