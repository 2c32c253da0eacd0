import type { ChildObject } from '../../kubernetes/port.ts';
import type { DesiredInput } from './desired-input.ts';
import { apiSelector, childMetadata } from './labels.ts';

/** Where replicas answer, inside the pod and on the Service. */
export const API_PORT = 28080;
/** Health and metrics of every process of ours. */
export const METRICS_PORT = 9464;

/** The address of a dedicated tenant. */
export function serviceFor(input: DesiredInput): ChildObject {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: childMetadata(input, input.names.workload),
    spec: {
      type: 'ClusterIP',
      selector: apiSelector(input),
      ports: [
        { name: 'http', port: API_PORT, targetPort: 'http', protocol: 'TCP' },
        { name: 'metrics', port: METRICS_PORT, targetPort: 'metrics', protocol: 'TCP' },
      ],
    },
  };
}
