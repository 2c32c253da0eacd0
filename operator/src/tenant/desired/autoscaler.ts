import type { ChildObject } from '../../kubernetes/port.ts';
import type { Autoscaling } from '../effective-spec.ts';
import type { DesiredInput } from './desired-input.ts';
import { childMetadata } from './labels.ts';

/**
 * Decides a dedicated tenant's replicas by their CPU. It scales the Deployment; the Tenant's own scale subresource is for people. All of
 * `behavior` is said, also what is the default: what is left out anybody could fill in without its being seen.
 */
export function autoscalerFor(input: DesiredInput, { minReplicas, maxReplicas, targetCpuPercent }: Autoscaling): ChildObject {
  const name = input.names.workload;
  return {
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata: childMetadata(input, name),
    spec: {
      scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name },
      minReplicas,
      maxReplicas,
      metrics: [{ type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: targetCpuPercent } } }],
      behavior: {
        scaleUp: {
          stabilizationWindowSeconds: 0,
          selectPolicy: 'Max',
          policies: [
            { type: 'Percent', value: 100, periodSeconds: 15 },
            { type: 'Pods', value: 4, periodSeconds: 15 },
          ],
        },
        // One at a time: each replica that goes takes its open event streams with it.
        scaleDown: { stabilizationWindowSeconds: 300, selectPolicy: 'Max', policies: [{ type: 'Pods', value: 1, periodSeconds: 60 }] },
      },
    },
  };
}
