import { ANNOTATIONS, durationMs, type Tenant, type TenantStatus } from '@tenantry/contracts';
import { kubeTime } from '../control/kube-time.ts';
import { type CredentialRecord, type Rotation, type RotationWish, rotationPlan } from './plans/rotation-plan.ts';

/** Timers end at 24.8 days; a pass more costs a few looks. */
const LONGEST_WAIT_MS = 12 * 3_600_000;

/** Where the tenant's credentials stand when a pass begins. A paused tenant begins no rotation: what is asked for waits. */
export function rotationOf(tenant: Tenant, found: CredentialRecord, now: Date): Rotation {
  const plan = rotationPlan(rotationWish(tenant), found, now);
  return plan.phase === 'begin' && tenant.spec.paused ? waiting(found, undefined) : plan;
}

/** Where they stand when it ends: a rotation that could begin now begins with the next pass. */
export function rotationAfter(tenant: Tenant, found: CredentialRecord, now: Date): Rotation {
  const rotation = rotationOf(tenant, found, now);
  return rotation.phase === 'begin' ? waiting(found, now) : rotation;
}

function waiting(record: CredentialRecord, dueAt: Date | undefined): Rotation {
  return { phase: 'settled', record, previous: undefined, overlapUntil: undefined, request: 'pending', dueAt };
}

/** What is told of it in the status. */
export function credentialStatus({ record, overlapUntil }: Rotation): NonNullable<TenantStatus['credentials']> {
  return {
    generation: record.credentialGeneration,
    rotatedAt: kubeTime(record.credentialsRotatedAt),
    ...(overlapUntil === undefined ? {} : { overlapUntil: kubeTime(overlapUntil) }),
  };
}

/** How long until time alone changes something; undefined when it never does. */
export function rotationDueMs({ dueAt }: Pick<Rotation, 'dueAt'>, now: Date): number | undefined {
  return dueAt === undefined ? undefined : Math.min(LONGEST_WAIT_MS, Math.max(0, dueAt.getTime() - now.getTime()));
}

function rotationWish({ metadata, spec }: Tenant): RotationWish {
  const { rotateEvery, overlap } = spec.credentials;
  return {
    request: metadata.annotations?.[ANNOTATIONS.rotateRequestedAt],
    rotateEveryMs: rotateEvery === undefined ? undefined : durationMs(rotateEvery),
    overlapMs: durationMs(overlap),
  };
}
