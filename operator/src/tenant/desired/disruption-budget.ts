import type { ChildObject } from '../../kubernetes/port.ts';
import type { DesiredInput } from './desired-input.ts';
import { apiSelector, childMetadata } from './labels.ts';

/**
 * A drained node takes one replica at a time. Said by what may be missing and not by what must be there: `minAvailable: 1` on a single
 * replica would hold every drain up for ever. A replica that is not ready protects nobody and may always be moved.
 */
export function disruptionBudgetFor(input: DesiredInput): ChildObject {
  return {
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: childMetadata(input, input.names.workload),
    spec: { maxUnavailable: 1, selector: { matchLabels: apiSelector(input) }, unhealthyPodEvictionPolicy: 'AlwaysAllow' },
  };
}
