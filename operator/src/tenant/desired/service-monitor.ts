import { LABELS } from '@tenantry/contracts';
import type { ChildObject } from '../../kubernetes/port.ts';
import type { DesiredInput } from './desired-input.ts';
import { childMetadata } from './labels.ts';

/** Tells a Prometheus of the Prometheus Operator where the replicas' metrics are. `serviceMonitorLabels` are what that Prometheus selects by. */
export function serviceMonitorFor(input: DesiredInput): ChildObject {
  const metadata = childMetadata(input, input.names.workload);
  const { serviceMonitorLabels = {} } = input.place;
  return {
    apiVersion: 'monitoring.coreos.com/v1',
    kind: 'ServiceMonitor',
    metadata: { ...metadata, labels: { ...serviceMonitorLabels, ...metadata.labels } },
    spec: {
      selector: { matchLabels: { [LABELS.tenant]: input.tenant.metadata.name } },
      endpoints: [{ port: 'metrics', path: '/metrics' }],
      targetLabels: [LABELS.tenant],
    },
  };
}
