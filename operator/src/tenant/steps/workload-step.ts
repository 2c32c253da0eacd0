import type { DriftItem } from '@tenantry/contracts';
import { autoscalerComplaint } from '../../kubernetes/child-substance.ts';
import type { ChildKind, ChildObject } from '../../kubernetes/port.ts';
import { applying } from '../converge.ts';
import { ingressHost } from '../desired/ingress.ts';
import { API_PORT } from '../desired/service.ts';
import { WORKLOAD_KINDS, type WorkloadKind, workloadObjects } from '../desired/workload-objects.ts';
import { foreignObject } from '../foreign-object.ts';
import { driftItem } from '../plans/drift-item.ts';
import { type ReplicasPlan, replicasPlan } from '../plans/replicas-plan.ts';
import { repairOf } from '../repair-of.ts';
import type { Outcome, Step } from '../step.ts';
import type { TenantPass } from '../tenant-pass.ts';

/** How soon to look again although the informers tell of every change. */
const LOOK_AGAIN_MS = 5000;

/** Replicas of a dedicated tenant with all that belongs to them, waited for until they serve the wanted generation. A pooled tenant has none. */
export const workloadStep: Step = {
  name: 'workload',
  condition: 'WorkloadReady',
  isWatched: true,
  run: (pass) => (pass.spec.mode === 'Dedicated' ? dedicated(pass) : pooled(pass)),
};

async function pooled(pass: TenantPass): Promise<Outcome> {
  const { objects } = pass.ports;
  const name = pass.names.workload;
  pass.seen.url = pass.place.pooledUrl;
  const left = WORKLOAD_KINDS.filter((kind) => objects.found(kind, name) !== undefined).reverse();
  const changed = left.map((kind) => `${kind} ${name} (no longer dedicated)`);
  const drift = left.map((kind) => unwanted(kind, name));
  if (pass.reportOnly && left.length > 0) return { kind: 'differs', drift };
  for (const kind of left) await applying(() => objects.remove(kind, name));
  return { kind: 'not-needed', message: 'The pooled replicas serve this tenant.', changed, drift };
}

/** What there is after a look, and after what had to be done. */
interface Seen {
  readonly service: ChildObject | undefined;
  readonly deployment: ChildObject | undefined;
  readonly changed: readonly string[];
  /** Objects that differ and are left so. */
  readonly differing: readonly DriftItem[];
  /** What objects that were put back had instead. */
  readonly drift: readonly DriftItem[];
  /** An object of a name we need that is somebody else's. */
  readonly foreign?: string;
}

async function dedicated(pass: TenantPass): Promise<Outcome> {
  const { objects } = pass.ports;
  const name = pass.names.workload;
  const autoscaler = objects.found('HorizontalPodAutoscaler', name);
  const plan = replicasPlan(pass.spec, objects.found('Deployment', name), autoscaler !== undefined);
  const seen = await (pass.reportOnly ? compare(pass, plan) : make(pass, plan));
  if (seen.foreign !== undefined) return foreignObject(seen.foreign);
  tellAddress(pass, seen.service);
  const { changed, deployment, drift } = seen;
  const rollout = rolloutOf(deployment, plan.replicas === undefined ? { atLeast: pass.spec.replicas } : { exactly: plan.replicas });
  pass.seen.replicas = rollout.replicas;
  pass.seen.readyReplicas = rollout.ready;
  if (seen.differing.length > 0) return { kind: 'differs', drift: seen.differing };
  if (rollout.complete) return { kind: 'done', message: settledMessage(pass, plan, rollout.ready, autoscaler), changed, drift };
  const complaint = objects.podComplaint(pass.names.organizationAlias);
  const count = `${rollout.ready} of ${plan.replicas ?? `at least ${pass.spec.replicas}`} replicas are ready`;
  return {
    kind: 'waiting',
    message: `${count}${complaint === undefined ? '' : `: ${complaint}`}.`,
    retryAfterMs: LOOK_AGAIN_MS,
    changed,
  };
}

/** Looks only. */
async function compare(pass: TenantPass, plan: ReplicasPlan): Promise<Seen> {
  const { objects } = pass.ports;
  const name = pass.names.workload;
  const wanted = workloadObjects(pass, plan);
  const differing: DriftItem[] = [];
  for (const kind of WORKLOAD_KINDS.filter((each) => objects.serves(each))) {
    const object = wanted[kind];
    if (object !== undefined) differing.push(...(await objects.differences(object)));
    else if (objects.found(kind, name) !== undefined) differing.push(unwanted(kind, name));
  }
  return { service: objects.found('Service', name), deployment: objects.found('Deployment', name), changed: [], differing, drift: [] };
}

function unwanted(kind: ChildKind, name: string): DriftItem {
  return driftItem(`kubernetes/${kind}/${name}`, 'exists', 'no', 'yes');
}

async function make(pass: TenantPass, plan: ReplicasPlan): Promise<Seen> {
  const { objects } = pass.ports;
  const name = pass.names.workload;
  const wanted = workloadObjects(pass, plan);
  const changed: string[] = [];
  const drift: DriftItem[] = [];
  const made = new Map<ChildKind, ChildObject>();
  const put = async (object: ChildObject, current?: ChildObject): Promise<boolean> => {
    const applied = await applying(() => objects.apply(object, current));
    if (applied.outcome === 'foreign') return false;
    changed.push(...repairOf(object, applied.outcome, applied.handEdited));
    drift.push(...applied.drift);
    made.set(object.kind, applied.object);
    return true;
  };
  for (const kind of inOrder(wanted.HorizontalPodAutoscaler === undefined && plan.kept === undefined)) {
    if (!objects.serves(kind)) continue;
    const object = wanted[kind];
    if (object === undefined) await applying(() => objects.remove(kind, name));
    else {
      const lent = kind === 'Deployment' ? await lend(pass, plan, objects.found(kind, name)) : undefined;
      if (!(await put(object, lent)))
        return { service: undefined, deployment: undefined, changed, differing: [], drift, foreign: `${kind} ${name}` };
    }
  }
  if (plan.wasStopped) {
    changed.push(`Deployment ${name} (spec.replicas)`);
    drift.push(driftItem(`kubernetes/Deployment/${name}`, 'spec.replicas', String(plan.replicas), '0'));
  }
  return { service: made.get('Service'), deployment: made.get('Deployment'), changed, differing: [], drift };
}

/**
 * An autoscaler that goes is taken away before the Deployment is told its number, which it would undo; unless the number is what it left:
 * that is written down first, because afterwards nobody would know that it ever decided.
 */
function inOrder(autoscalerFirst: boolean): readonly WorkloadKind[] {
  if (!autoscalerFirst) return WORKLOAD_KINDS;
  return ['HorizontalPodAutoscaler', ...WORKLOAD_KINDS.filter((kind) => kind !== 'HorizontalPodAutoscaler')];
}

async function lend({ ports }: TenantPass, { lend: replicas }: ReplicasPlan, deployment: ChildObject | undefined) {
  if (replicas === undefined || deployment === undefined) return undefined;
  return applying(() => ports.objects.lendReplicas(deployment, replicas));
}

/** Clients come by the tenant's own host where there is one; the operator itself always asks the Service. */
function tellAddress(pass: TenantPass, service: ChildObject | undefined): void {
  const address = (service?.spec as { readonly clusterIP?: string } | undefined)?.clusterIP;
  if (address === undefined) return;
  pass.seen.innerUrl = `http://${address.includes(':') ? `[${address}]` : address}:${API_PORT}`;
  pass.seen.url = pass.place.ingress === undefined ? pass.seen.innerUrl : `https://${ingressHost(pass, pass.place.ingress)}`;
}

function settledMessage(
  { spec, names, place }: TenantPass,
  plan: ReplicasPlan,
  ready: number,
  autoscaler: ChildObject | undefined,
): string {
  if (spec.autoscaling === undefined || plan.replicas !== undefined) {
    const kept = ' Autoscaling left so many; spec.workload.replicas says how many there should be.';
    return `${ready} of ${plan.replicas} replicas are ready.${plan.kept === undefined ? '' : kept}`;
  }
  // No numbers that move: they would be written again with every change of the load.
  const { minReplicas, maxReplicas } = spec.autoscaling;
  const complaint = autoscalerComplaint(autoscaler);
  const idle = ` It does not act now (${complaint}): kubectl describe horizontalpodautoscaler -n ${place.tenantsNamespace} ${names.workload} says why.`;
  return `At least ${minReplicas} replicas are ready; an autoscaler keeps ${minReplicas} to ${maxReplicas}.${complaint === undefined ? '' : idle}`;
}

interface DeploymentStatus {
  readonly observedGeneration?: number;
  readonly replicas?: number;
  readonly updatedReplicas?: number;
  readonly availableReplicas?: number;
  readonly readyReplicas?: number;
}

/**
 * Complete as `kubectl rollout status` means it: the wanted generation was seen, enough replicas are available, no old one is left.
 * Where an autoscaler decides, more that are still starting keep nobody waiting.
 */
export function rolloutOf(
  deployment: ChildObject | undefined,
  wanted: { readonly exactly: number } | { readonly atLeast: number },
): { complete: boolean; replicas: number; ready: number } {
  const {
    observedGeneration = 0,
    replicas = 0,
    updatedReplicas = 0,
    availableReplicas = 0,
    readyReplicas = 0,
  } = (deployment?.status ?? {}) as DeploymentStatus;
  const isCurrent = deployment !== undefined && observedGeneration >= (deployment.metadata.generation ?? 0);
  const isEnough =
    'exactly' in wanted ? replicas === wanted.exactly && availableReplicas === wanted.exactly : availableReplicas >= wanted.atLeast;
  return { complete: isCurrent && updatedReplicas === replicas && isEnough, replicas, ready: readyReplicas };
}
