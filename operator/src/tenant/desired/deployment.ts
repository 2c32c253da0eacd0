import { TENANT_SECRET } from '@tenantry/contracts';
import type { ChildObject } from '../../kubernetes/port.ts';
import type { DesiredInput } from './desired-input.ts';
import { apiSelector, childLabels, childMetadata } from './labels.ts';
import { API_PORT } from './service.ts';

/** Health and metrics of every process of ours. */
const METRICS_PORT = 9464;
/** The images' user: no name in any passwd file, so it can own nothing by accident. */
const UID = 65532;
/** Longer than the service's own drain (2 s of red readiness, then at most a request's 10 s). */
const GRACE_SECONDS = 30;

/** Replicas of a dedicated tenant: the pooled api's very image, told by TENANT_ID whom it serves. Passes pod security `restricted`. */
export function deploymentFor(input: DesiredInput): ChildObject {
  const { names, tenantId, spec, place, credentials } = input;
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: childMetadata(input, names.workload),
    spec: {
      replicas: spec.replicas,
      revisionHistoryLimit: 3,
      progressDeadlineSeconds: 300,
      selector: { matchLabels: apiSelector(input) },
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } },
      template: {
        metadata: {
          labels: { ...childLabels(input), ...apiSelector(input) },
          // New credentials restart the replicas: a mounted Secret changes under a process that has read it already.
          annotations: { 'tenantry.dev/credentials': credentials.for('postgres').fingerprint },
        },
        spec: {
          serviceAccountName: names.workload,
          automountServiceAccountToken: false,
          enableServiceLinks: false,
          terminationGracePeriodSeconds: GRACE_SECONDS,
          securityContext: {
            runAsNonRoot: true,
            runAsUser: UID,
            runAsGroup: UID,
            fsGroup: UID,
            seccompProfile: { type: 'RuntimeDefault' },
          },
          containers: [
            {
              name: 'api',
              image: place.serviceImage,
              imagePullPolicy: 'IfNotPresent',
              env: [
                { name: 'NODE_ENV', value: 'production' },
                { name: 'TENANTRY_ROLE', value: 'api' },
                { name: 'TENANT_ID', value: tenantId },
                { name: 'CELL', value: place.cell.name },
              ],
              ports: [
                { name: 'http', containerPort: API_PORT, protocol: 'TCP' },
                { name: 'metrics', containerPort: METRICS_PORT, protocol: 'TCP' },
              ],
              startupProbe: { httpGet: { path: '/readyz', port: 'metrics' }, periodSeconds: 1, failureThreshold: 120 },
              readinessProbe: { httpGet: { path: '/readyz', port: 'metrics' }, periodSeconds: 5, failureThreshold: 2 },
              livenessProbe: { httpGet: { path: '/livez', port: 'metrics' }, periodSeconds: 10, failureThreshold: 3 },
              resources: { requests: { cpu: '50m', memory: '96Mi' }, limits: { memory: '384Mi' } },
              securityContext: {
                allowPrivilegeEscalation: false,
                readOnlyRootFilesystem: true,
                capabilities: { drop: ['ALL'] },
              },
              volumeMounts: [
                { name: 'cells', mountPath: '/etc/tenantry', readOnly: true },
                { name: 'credentials', mountPath: '/var/run/secrets/tenantry', readOnly: true },
              ],
            },
          ],
          volumes: [
            { name: 'cells', configMap: { name: 'tenantry-cells' } },
            { name: 'credentials', secret: { secretName: names.credentialsSecret, defaultMode: 0o440, items: secretItems() } },
          ],
        },
      },
    },
  };
}

/** The replicas get what they use; the tenant's Kafka login and machine client are for the tenant's own programs. */
function secretItems(): readonly { readonly key: string; readonly path: string }[] {
  const { postgresUsername, postgresPassword, cursorKey } = TENANT_SECRET;
  return [postgresUsername, postgresPassword, cursorKey].map((key) => ({ key, path: key }));
}
