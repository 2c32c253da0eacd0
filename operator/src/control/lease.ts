import { defineResource, type KubeObject } from './kube-object.ts';
import { kubeMicroTime } from './kube-time.ts';

/** coordination.k8s.io/v1 Lease, as far as an election needs it. */
export interface Lease extends KubeObject {
  readonly spec: LeaseSpec;
}

export interface LeaseSpec {
  /** Empty after a release. */
  readonly holderIdentity?: string;
  readonly leaseDurationSeconds?: number;
  readonly acquireTime?: string;
  readonly renewTime?: string;
  readonly leaseTransitions?: number;
}

export const LEASES = defineResource<Lease>({
  group: 'coordination.k8s.io',
  version: 'v1',
  plural: 'leases',
  kind: 'Lease',
  namespaced: true,
});

/** The record `identity` writes when it takes or keeps the lease. Pure. */
export function heldBy(identity: string, before: LeaseSpec | undefined, leaseDurationMs: number, now: Date): LeaseSpec {
  const isRenewal = before?.holderIdentity === identity;
  return {
    holderIdentity: identity,
    leaseDurationSeconds: Math.max(1, Math.ceil(leaseDurationMs / 1000)),
    acquireTime: (isRenewal ? before.acquireTime : undefined) ?? kubeMicroTime(now),
    renewTime: kubeMicroTime(now),
    leaseTransitions: (before?.leaseTransitions ?? 0) + (isRenewal || before === undefined ? 0 : 1),
  };
}

/** The record of a lease given up: the next candidate need not wait. Pure. */
export function released(before: LeaseSpec, now: Date): LeaseSpec {
  return { ...before, holderIdentity: '', leaseDurationSeconds: 1, renewTime: kubeMicroTime(now) };
}
