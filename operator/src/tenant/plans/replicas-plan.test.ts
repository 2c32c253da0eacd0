import { describe, expect, it } from 'vitest';
import { aClass, aTenant } from '../../../testing/tenant-fixtures.ts';
import type { ChildObject } from '../../kubernetes/port.ts';
import { type EffectiveSpec, effectiveSpec } from '../effective-spec.ts';
import { replicasPlan } from './replicas-plan.ts';

function specOf(workload: object, state = 'Active', maxReplicas = 10): EffectiveSpec {
  const tenant = aTenant({ workload: { mode: 'Dedicated', ...workload }, lifecycle: { state } });
  const { spec, broken } = effectiveSpec(tenant, aClass({ workload: { allowedModes: ['Pooled', 'Dedicated'], maxReplicas } }));
  if (spec === undefined) throw new Error(broken.join());
  return spec;
}

/** A Deployment with so many replicas, which the operator set or somebody else. */
function deployment(replicas: number, owner: 'ours' | 'autoscaler', kept?: number): ChildObject {
  const entry =
    owner === 'ours'
      ? { manager: 'tenantry-operator', operation: 'Apply', fieldsV1: { 'f:spec': { 'f:replicas': {} } } }
      : { manager: 'kube-controller-manager', operation: 'Update', subresource: 'scale', fieldsV1: { 'f:spec': { 'f:replicas': {} } } };
  const annotations = kept === undefined ? {} : { 'tenantry.dev/kept-replicas': String(kept) };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'acme-api', annotations, managedFields: [entry] },
    spec: { replicas },
  };
}
const AUTO = { autoscaling: { minReplicas: 2, maxReplicas: 6 } };

describe('without an autoscaler', () => {
  it.each([
    ['says the number of the spec', specOf({ replicas: 3 }), undefined, false, { replicas: 3 }],
    ['says 1 when the spec names none', specOf({}), undefined, false, { replicas: 1 }],
    ['says 1 also of more that somebody made by hand', specOf({}), deployment(5, 'ours'), false, { replicas: 1 }],
    ['says 0 while suspended', specOf({ replicas: 3 }, 'Suspended'), deployment(3, 'ours'), false, { replicas: 0 }],
    [
      'goes straight to the number of the spec when autoscaling ends',
      specOf({ replicas: 3 }),
      deployment(5, 'autoscaler'),
      true,
      { replicas: 3 },
    ],
    ['keeps what autoscaling left when the spec names no number', specOf({}), deployment(5, 'autoscaler'), true, { replicas: 5, kept: 5 }],
    ['goes on keeping it', specOf({}), deployment(5, 'ours', 5), false, { replicas: 5, kept: 5 }],
    ['keeps no more than the class allows', specOf({}, 'Active', 4), deployment(5, 'ours', 5), false, { replicas: 4, kept: 4 }],
    ['remembers it through a suspension', specOf({}, 'Suspended'), deployment(5, 'ours', 5), false, { replicas: 0, kept: 5 }],
    ['forgets it when the spec names a number', specOf({ replicas: 2 }), deployment(5, 'ours', 5), false, { replicas: 2 }],
    ['remembers no 0', specOf({}), deployment(0, 'autoscaler'), true, { replicas: 1 }],
    ['suspends an autoscaled one without remembering', specOf(AUTO, 'Suspended'), deployment(5, 'autoscaler'), true, { replicas: 0 }],
  ] as const)('%s', (_, spec, found, hasAutoscaler, expected) => {
    expect(replicasPlan(spec, found, hasAutoscaler)).toEqual({ lend: undefined, wasStopped: false, kept: undefined, ...expected });
  });
});

describe('with an autoscaler', () => {
  it.each([
    ['makes a Deployment with the fewest', undefined, { replicas: 2 }],
    ['lends what there is before it lets go', deployment(4, 'ours'), { lend: 4 }],
    ['sets the fewest where there are fewer, and lends at the next look', deployment(1, 'ours'), { replicas: 2 }],
    ['sets the most where there are more, and lends at the next look', deployment(9, 'ours'), { replicas: 6 }],
    ['begins again after a suspension', deployment(0, 'ours'), { replicas: 2 }],
    ['leaves alone what the autoscaler decided', deployment(5, 'autoscaler'), {}],
    ['leaves bounds it has just been told to the autoscaler', deployment(7, 'autoscaler'), {}],
    ['starts it again when somebody scaled to 0', deployment(0, 'autoscaler'), { replicas: 2, wasStopped: true }],
    ['forgets what an earlier one left', deployment(5, 'ours', 5), { lend: 5 }],
  ] as const)('%s', (_, found, expected) => {
    expect(replicasPlan(specOf(AUTO), found, true)).toEqual({ replicas: undefined, lend: undefined, wasStopped: false, ...expected });
  });
});
