import { ANNOTATIONS, FIELD_MANAGER } from '@tenantry/contracts';
import { ownsField } from '../../control/field-ownership.ts';
import type { ChildObject } from '../../kubernetes/port.ts';
import type { EffectiveSpec } from '../effective-spec.ts';

/** What the operator says of a Deployment's replicas. */
export interface ReplicasWish {
  /** Undefined: the field is not the operator's, an autoscaler decides. */
  readonly replicas: number | undefined;
  /** What autoscaling left, to be remembered while the spec names no number. */
  readonly kept?: number | undefined;
}

/** {@link ReplicasWish}, and what has to come before it. */
export interface ReplicasPlan extends ReplicasWish {
  /** The number there is, to be lent to another field manager first; undefined: nothing to do. */
  readonly lend: number | undefined;
  /** Somebody stopped the autoscaler by scaling to 0, which it takes for "leave this alone". */
  readonly wasStopped: boolean;
}

/**
 * Who decides how many replicas there are, and the way from one to the other without a jump. Leaving `replicas` out of an apply takes the
 * value away with the field and leaves the default, 1: so the number is lent to another field manager before the operator lets go of it.
 * It is lent as it is: one that an autoscaler could not begin with (0, or beyond its bounds) is set first, and lent at the next look.
 * The other way the operator takes the field with what the spec says; when the spec says nothing, with what is there, and writes that down.
 * Pure.
 */
export function replicasPlan(spec: EffectiveSpec, deployment: ChildObject | undefined, hasAutoscaler: boolean): ReplicasPlan {
  const current = (deployment?.spec as { readonly replicas?: number } | undefined)?.replicas ?? 0;
  if (spec.autoscaling !== undefined && spec.state !== 'Suspended') {
    const { minReplicas, maxReplicas } = spec.autoscaling;
    const isOurs = deployment !== undefined && ownsField(deployment, FIELD_MANAGER, ['spec', 'replicas']);
    // What an autoscaler has decided is left alone, but 0: it would never decide again.
    if (!isOurs && current > 0) return { replicas: undefined, lend: undefined, wasStopped: false };
    const first = Math.min(Math.max(current, minReplicas), maxReplicas);
    if (isOurs && current === first) return { replicas: undefined, lend: current, wasStopped: false };
    return { replicas: first, lend: undefined, wasStopped: deployment !== undefined && !isOurs };
  }
  const kept = keptReplicas(spec, deployment, hasAutoscaler ? current : 0);
  const replicas = spec.state === 'Suspended' ? 0 : (kept ?? spec.replicas);
  return { replicas, kept, lend: undefined, wasStopped: false };
}

/** How many autoscaling left, as long as the spec names no number and the class allows it. */
function keptReplicas(spec: EffectiveSpec, deployment: ChildObject | undefined, left: number): number | undefined {
  if (!spec.replicasLeftOpen || spec.autoscaling !== undefined) return undefined;
  const written = Number(deployment?.metadata.annotations?.[ANNOTATIONS.keptReplicas]);
  const kept = left > 0 ? left : written;
  return Number.isInteger(kept) && kept > 0 ? Math.min(kept, spec.maxReplicas) : undefined;
}
