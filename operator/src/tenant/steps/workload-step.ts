import type { ChildObject } from '../../kubernetes/port.ts';
import { applying, pausedBy } from '../converge.ts';
import { deploymentFor } from '../desired/deployment.ts';
import { API_PORT, serviceFor } from '../desired/service.ts';
import { serviceAccountFor } from '../desired/service-account.ts';
import { repairOf } from '../repair-of.ts';
import type { Outcome, Step } from '../step.ts';
import type { TenantPass } from '../tenant-pass.ts';

/** How soon to look again although the informers tell of every change. */
const LOOK_AGAIN_MS = 5000;

/** Replicas of a dedicated tenant, waited for until they serve the wanted generation. A pooled tenant has none. */
export const workloadStep: Step = {
  name: 'workload',
  condition: 'WorkloadReady',
  run: (pass) => (pass.spec.mode === 'Dedicated' ? dedicated(pass) : pooled(pass)),
};

async function pooled(pass: TenantPass): Promise<Outcome> {
  const { objects } = pass.ports;
  const name = pass.names.workload;
  const changed: string[] = [];
  for (const kind of ['Deployment', 'Service', 'ServiceAccount'] as const) {
    if (objects.found(kind, name) === undefined) continue;
    if (pass.reportOnly) return pausedBy([`${kind} ${name} (no longer dedicated)`]);
    await applying(() => objects.remove(kind, name));
    changed.push(`${kind} ${name} (no longer dedicated)`);
  }
  pass.seen.url = pass.place.pooledUrl;
  return { kind: 'not-needed', message: 'The pooled replicas serve this tenant.', changed };
}

async function dedicated(pass: TenantPass): Promise<Outcome> {
  const { objects } = pass.ports;
  const changed: string[] = [];
  const put = async (object: ChildObject): Promise<ChildObject> => {
    const applied = await applying(() => objects.apply(object));
    changed.push(...repairOf(object, applied.outcome, applied.handEdited));
    return applied.object;
  };
  const wanted = { serviceAccount: serviceAccountFor(pass), service: serviceFor(pass), deployment: deploymentFor(pass) };
  if (pass.reportOnly) {
    for (const object of Object.values(wanted))
      if (await objects.differs(object)) return pausedBy([`${object.kind} ${object.metadata.name}`]);
  }
  await put(wanted.serviceAccount);
  const service = await put(wanted.service);
  const deployment = await put(wanted.deployment);

  const address = (service.spec as { clusterIP?: string } | undefined)?.clusterIP;
  if (address !== undefined) pass.seen.url = `http://${address.includes(':') ? `[${address}]` : address}:${API_PORT}`;
  const rollout = rolloutOf(deployment, pass.spec.replicas);
  pass.seen.replicas = rollout.replicas;
  pass.seen.readyReplicas = rollout.ready;
  if (rollout.complete) return { kind: 'done', message: `${rollout.ready} of ${pass.spec.replicas} replicas are ready.`, changed };
  const complaint = objects.podComplaint(pass.names.organizationAlias);
  const message = `${rollout.ready} of ${pass.spec.replicas} replicas are ready${complaint === undefined ? '' : `: ${complaint}`}.`;
  return { kind: 'waiting', message, retryAfterMs: LOOK_AGAIN_MS, changed };
}

interface DeploymentStatus {
  readonly observedGeneration?: number;
  readonly replicas?: number;
  readonly updatedReplicas?: number;
  readonly availableReplicas?: number;
  readonly readyReplicas?: number;
}

/** Complete as `kubectl rollout status` means it: the wanted generation was seen, every replica is of it and available, no old one is left. */
export function rolloutOf(deployment: ChildObject, wanted: number): { complete: boolean; replicas: number; ready: number } {
  const status = (deployment.status ?? {}) as DeploymentStatus;
  const replicas = status.replicas ?? 0;
  const current = (status.observedGeneration ?? 0) >= (deployment.metadata.generation ?? 0);
  const complete = current && (status.updatedReplicas ?? 0) === wanted && replicas === wanted && (status.availableReplicas ?? 0) === wanted;
  return { complete, replicas, ready: status.readyReplicas ?? 0 };
}
