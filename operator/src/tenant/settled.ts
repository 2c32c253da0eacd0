import { ANNOTATIONS, FINALIZER, TenantSpec, type TenantStatus, tenantNames } from '@tenantry/contracts';
import type { ReconcileResult } from '../control/controller.ts';
import type { TenantObject } from '../kubernetes/resources.ts';
import { TenantCredentials } from './credentials.ts';
import { effectiveSpec } from './effective-spec.ts';
import { freshRegistration, type TenantReconcilerParts } from './reconcile.ts';
import { rotationDueMs, rotationOf } from './rotation.ts';
import type { TenantPass } from './tenant-pass.ts';
import { buildOf, wishOf } from './wish.ts';

/**
 * What to do with a tenant whose status says that everything equalled this very wish, when what is watched still does: wait until time changes
 * something. Undefined whenever there is any doubt: then somebody has to look. No server is asked; that the stores still are as the status says
 * is found by the drift watch, whose first look leads to a pass of every tenant.
 */
export async function settledResult(
  parts: Pick<TenantReconcilerParts, 'classes' | 'rollouts' | 'ports' | 'place' | 'steps' | 'credentialKey'>,
  cached: TenantObject | undefined,
  now: () => Date = () => new Date(),
): Promise<ReconcileResult | undefined> {
  if (cached === undefined) return undefined;
  const tenant: TenantObject = { ...cached, spec: TenantSpec.parse(cached.spec) };
  const { status, metadata } = tenant;
  if (status?.tenantId === undefined || !isAllSaid(tenant, status)) return undefined;
  const newest = parts.classes.get(tenant.spec.classRef.name);
  if (newest === undefined) return undefined;
  const given = parts.rollouts.given(tenant, newest);
  if (status.class?.name !== newest.metadata.name || status.class.revision !== given.revision) return undefined;
  const tenantClass = { ...newest, spec: given.spec };
  const { spec } = effectiveSpec(tenant, tenantClass);
  if (spec === undefined) return undefined;

  const { ports, place, credentialKey } = parts;
  const names = tenantNames(metadata.name, place.cell.name);
  const registration = freshRegistration(
    tenant,
    { names, spec, place },
    newest.metadata.name,
    new Date(status.credentials?.rotatedAt ?? 0),
  );
  const rotation = rotationOf(tenant, registration, now());
  if (rotation.phase !== 'settled' || rotation.request !== 'none') return undefined;
  const credentials = new TenantCredentials(credentialKey, status.tenantId, registration.credentialGeneration);
  const wish = wishOf({ tenant, tenantClass, credentials, place }, buildOf(parts, spec));
  if (wish !== status.settledWish) return undefined;

  const pass: TenantPass = {
    ...{ tenant, tenantClass, spec, tenantId: status.tenantId, names, credentials, rotation, now, registration, place, ports },
    seen: { vhost: status.messaging?.vhost ?? null },
    isNew: false,
    reportOnly: true,
  };
  for (const { isWatched, run } of parts.steps) {
    if (isWatched !== true) continue;
    const { kind } = await run(pass);
    if (kind !== 'done' && kind !== 'not-needed') return undefined;
  }
  return { requeueAfterMs: rotationDueMs(rotation, now()) };
}

/** Its last pass ended well, was about this very spec, and left nothing that only the registry knows. */
function isAllSaid({ metadata, spec }: TenantObject, status: TenantStatus): boolean {
  const { generation, annotations = {}, finalizers = [], deletionTimestamp } = metadata;
  const asked = annotations[ANNOTATIONS.reconcileRequestedAt];
  const isSaid = ({ observedGeneration }: { readonly observedGeneration?: number | undefined }) => observedGeneration === generation;
  return (
    deletionTimestamp === undefined &&
    finalizers.includes(FINALIZER) &&
    !spec.paused &&
    status.observedGeneration === generation &&
    status.drift === undefined &&
    status.credentials?.rotatedAt !== undefined &&
    status.credentials.overlapUntil === undefined &&
    // Which request was carried out last stands in the registry.
    annotations[ANNOTATIONS.rotateRequestedAt] === undefined &&
    (asked === undefined || asked.slice(0, 64) === status.lastHandledReconcileAt) &&
    status.conditions?.some((condition) => condition.type === 'Ready' && condition.status === 'True' && isSaid(condition)) === true &&
    status.steps?.every((step) => (step.state === 'Done' || step.state === 'NotNeeded') && isSaid(step)) === true
  );
}
