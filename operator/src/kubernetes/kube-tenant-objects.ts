import { createHash } from 'node:crypto';
import { ANNOTATIONS, type DriftItem, FIELD_MANAGER, LABELS } from '@tenantry/contracts';
import type { ControlLog } from '../control/control-log.ts';
import { lostFields, ownsField } from '../control/field-ownership.ts';
import { Informer } from '../control/informer.ts';
import type { KubeApi } from '../control/kube-api.ts';
import { controllerOf } from '../control/kube-object.ts';
import type { ControlMetrics } from '../control/metrics.ts';
import { OptionalInformer } from '../control/optional-informer.ts';
import { podComplaint } from '../control/pod-complaint.ts';
import { PODS, type Pod } from '../control/pods.ts';
import { isNewer } from '../control/resource-version.ts';
import { applyObject } from '../control/server-side-apply.ts';
import type { Effects } from '../effects.ts';
import { childDifferences } from './child-differences.ts';
import { childSubstance } from './child-substance.ts';
import type { AppliedChild, ChildKind, ChildObject, TenantObjects } from './port.ts';
import { CHILDREN } from './resources.ts';
import { withOwnFieldsOnly } from './with-own-fields-only.ts';
import { withoutOwners } from './without-owners.ts';

/** Inside the lease margin: a call that outlives leadership must not land late. */
const TIMEOUT_MS = 5000;
/** In its name replicas are kept from the moment the operator lets go of them until an autoscaler changes them for the first time. */
const LENDING_FIELD_MANAGER = `${FIELD_MANAGER}-replicas`;

/** Children in the tenants' namespace, watched by informers and written by server-side apply. */
export class KubeTenantObjects implements TenantObjects {
  readonly #api: KubeApi;
  readonly #effects: Effects;
  readonly #namespace: string;
  readonly #children: Readonly<Record<Exclude<ChildKind, 'ServiceMonitor'>, Informer<ChildObject>>>;
  readonly #monitors: OptionalInformer<ChildObject>;
  readonly #pods: Informer<Pod>;
  /** Version of each child as this process wrote it last: the event of that write tells nothing new. */
  readonly #written = new Map<string, string>();

  constructor(options: {
    readonly api: KubeApi;
    readonly effects: Effects;
    readonly namespace: string;
    /** How often to ask for kinds that come with other software. */
    readonly lookForKindsEveryMs?: number;
    readonly relistIntervalMs?: number;
    readonly metrics?: ControlMetrics;
    readonly log?: ControlLog;
  }) {
    const { api, effects, namespace, lookForKindsEveryMs, ...watching } = options;
    this.#api = api;
    this.#effects = effects;
    this.#namespace = namespace;
    const watched = { api, namespace, labelSelector: LABELS.tenantId, ...watching };
    const view = (kind: ChildKind) => new Informer<ChildObject>({ ...watched, resource: CHILDREN[kind], transform: withOwnFieldsOnly });
    this.#children = {
      Secret: view('Secret'),
      ServiceAccount: view('ServiceAccount'),
      Service: view('Service'),
      Deployment: view('Deployment'),
      HorizontalPodAutoscaler: view('HorizontalPodAutoscaler'),
      PodDisruptionBudget: view('PodDisruptionBudget'),
      NetworkPolicy: view('NetworkPolicy'),
      Ingress: view('Ingress'),
    };
    const every = lookForKindsEveryMs === undefined ? {} : { lookEveryMs: lookForKindsEveryMs };
    this.#monitors = new OptionalInformer({ ...watched, ...every, resource: CHILDREN.ServiceMonitor, transform: withOwnFieldsOnly });
    this.#pods = new Informer({ ...watched, resource: PODS, transform: withoutOwners });
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

  /** Calls back with the name of the Tenant whose child (or pod) changed in something that concerns it. */
  onChange(listener: (tenant: string) => void): void {
    const known = new Map<string, string>();
    const changed = (key: string, reason: string, child: ChildObject): void => {
      // A Deployment's status is the rollout; of the others only what they are.
      const id = `${child.kind} ${key}`;
      const isOwnWrite = reason !== 'deleted' && this.#written.get(id) === child.metadata.resourceVersion;
      this.#written.delete(id);
      if ((child.kind !== 'Deployment' && isKnown(known, id, reason, child)) || isOwnWrite) return;
      const owner = controllerOf(child, 'Tenant');
      if (owner !== undefined) listener(owner);
    };
    for (const informer of Object.values(this.#children)) informer.onChange(changed);
    this.#monitors.onChange(changed);
    this.#pods.onChange((_key, _reason, pod) => {
      const tenant = pod.metadata.labels?.[LABELS.tenant];
      if (tenant !== undefined) listener(tenant);
    });
  }

  /** Calls back when a kind has come or gone that comes with other software. */
  onServedChange(listener: () => void): void {
    this.#monitors.onServedChange(listener);
  }

  serves(kind: ChildKind): boolean {
    return kind !== 'ServiceMonitor' || this.#monitors.isServed;
  }

  found(kind: ChildKind, name: string): ChildObject | undefined {
    const informer = kind === 'ServiceMonitor' ? this.#monitors : this.#children[kind];
    return informer.get(`${this.#namespace}/${name}`);
  }

  async differences(object: ChildObject): Promise<readonly DriftItem[]> {
    let wouldWrite = false;
    // The same comparison as when applying, with a server that only notes that it was asked.
    const nowhere: Pick<KubeApi, 'apply'> = {
      apply: async (_resource, unsent) => {
        wouldWrite = true;
        return { object: unsent, created: false };
      },
    };
    const found = this.found(object.kind, object.metadata.name);
    await this.#applied(nowhere, object, found);
    return wouldWrite ? childDifferences(object, found, found && lostFields(object, found, FIELD_MANAGER)) : [];
  }

  async apply(object: ChildObject, current?: ChildObject): Promise<AppliedChild> {
    this.#effects.assertLeading();
    const known = current ?? this.found(object.kind, object.metadata.name) ?? (await this.#stored(object));
    if (known !== undefined && !isOurs(known, object)) return { outcome: 'foreign', object: known, handEdited: [], drift: [] };
    try {
      const applied = await this.#applied(this.#api, object, known);
      // Counted after the fact: whether anything was written is only known then.
      if (applied.outcome !== 'unchanged') {
        await this.#count(`apply ${object.kind} ${object.metadata.name}`);
        this.#remember(applied.object);
      }
      const { outcome, handEdited } = applied;
      const isRepair = outcome === 'created' || (outcome === 'updated' && handEdited.length > 0);
      return { ...applied, drift: isRepair ? childDifferences(object, known, handEdited) : [] };
    } catch (error) {
      if (await this.#hasGone(object.kind)) return { outcome: 'unchanged', object, handEdited: [], drift: [] };
      throw error;
    }
  }

  async lendReplicas(deployment: ChildObject, replicas: number): Promise<ChildObject> {
    this.#effects.assertLeading();
    const { apiVersion, kind, metadata } = deployment;
    const { name, namespace, resourceVersion } = metadata;
    const lent: ChildObject = {
      apiVersion,
      kind,
      metadata: { name, ...(namespace && { namespace }), ...(resourceVersion && { resourceVersion }) },
      spec: { replicas },
    };
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    const { object } = await this.#api.apply(CHILDREN[kind], lent, { fieldManager: LENDING_FIELD_MANAGER, force: true, signal });
    if (object.metadata.resourceVersion !== resourceVersion) await this.#count(`lend replicas of ${kind} ${name}`);
    return object;
  }

  async remove(kind: ChildKind, name: string): Promise<void> {
    if (this.found(kind, name) !== undefined) await this.#delete(kind, name);
  }

  async removeForGood(kind: ChildKind, name: string): Promise<void> {
    if (!this.serves(kind)) return;
    const ref = { namespace: this.#namespace, name };
    const stored = await this.#api.get(CHILDREN[kind], ref, { signal: AbortSignal.timeout(TIMEOUT_MS) });
    if (stored === undefined || stored.metadata.deletionTimestamp !== undefined) return;
    const isOfTenantry = ownsField(stored, FIELD_MANAGER, ['metadata', 'ownerReferences']) || controllerOf(stored, 'Tenant') !== undefined;
    if (isOfTenantry) await this.#delete(kind, name);
  }

  async #delete(kind: ChildKind, name: string): Promise<void> {
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

  podsWithout(slug: string, annotation: string, value: string): number {
    const others = this.#pods.list().filter(({ metadata, status }) => {
      const isOver = status?.phase === 'Failed' || status?.phase === 'Succeeded';
      return metadata.labels?.[LABELS.tenant] === slug && !isOver && metadata.annotations?.[annotation] !== value;
    });
    return others.length;
  }

  /** The view holds only what carries our label. Before something new is made, the server is asked what else has the name. */
  async #stored({ kind, metadata }: ChildObject): Promise<ChildObject | undefined> {
    return this.#api.get(CHILDREN[kind], { namespace: this.#namespace, name: metadata.name }, { signal: AbortSignal.timeout(TIMEOUT_MS) });
  }

  #applied(api: Pick<KubeApi, 'apply'>, object: ChildObject, cached: ChildObject | undefined) {
    return applyObject(api, {
      resource: CHILDREN[object.kind],
      object,
      cached,
      fieldManager: FIELD_MANAGER,
      hashAnnotation: ANNOTATIONS.desiredHash,
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
  }

  /** Whether a refusal only means that the kind was taken out of the cluster since it was last asked for. */
  async #hasGone(kind: ChildKind): Promise<boolean> {
    if (kind !== 'ServiceMonitor') return false;
    await this.#monitors.look();
    return !this.#monitors.isServed;
  }

  /** Unless the event of this write, or a later one, came before its answer. */
  #remember({ kind, metadata }: ChildObject): void {
    const { name, resourceVersion } = metadata;
    const seen = this.found(kind, name)?.metadata.resourceVersion;
    if (resourceVersion !== undefined && (seen === undefined || isNewer(resourceVersion, seen)))
      this.#written.set(`${kind} ${this.#namespace}/${name}`, resourceVersion);
  }

  async #count(effect: string): Promise<void> {
    await this.#effects.perform(`kubernetes: ${effect}`, async () => {});
  }

  #informers(): (Informer<ChildObject> | OptionalInformer<ChildObject> | Informer<Pod>)[] {
    return [...Object.values(this.#children), this.#monitors, this.#pods];
  }
}

/** Whether the child is, in what concerns its tenant, what it was at the last event. */
function isKnown(known: Map<string, string>, key: string, reason: string, child: ChildObject): boolean {
  if (reason === 'deleted') {
    known.delete(key);
    return false;
  }
  const substance = createHash('sha256').update(childSubstance(child)).digest('base64');
  if (known.get(key) === substance) return true;
  known.set(key, substance);
  return false;
}

/** Made by us, or for this very tenant. A label that somebody took off, or a Tenant made again, leaves it ours. */
function isOurs(stored: ChildObject, wanted: ChildObject): boolean {
  const owner = wanted.metadata.ownerReferences?.[0]?.uid;
  return (
    ownsField(stored, FIELD_MANAGER, ['metadata', 'ownerReferences']) ||
    stored.metadata.ownerReferences?.some(({ uid }) => uid === owner) === true
  );
}
