import type { ChildObject } from '../../kubernetes/port.ts';
import type { DesiredInput } from './desired-input.ts';
import { childMetadata } from './labels.ts';

/** An identity of its own with no rights and no token: the replicas never talk to Kubernetes. */
export function serviceAccountFor(input: DesiredInput): ChildObject {
  return {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: childMetadata(input, input.names.workload),
    automountServiceAccountToken: false,
  };
}
