import { ANNOTATIONS, TENANT_SECRET } from '@tenantry/contracts';
import { fileRoleArn, TOKEN_AUDIENCE } from '../../iam/file-role.ts';
import type { ChildObject } from '../../kubernetes/port.ts';
import type { ReplicasWish } from '../plans/replicas-plan.ts';
import type { DesiredInput } from './desired-input.ts';
import { apiSelector, childLabels, childMetadata } from './labels.ts';
import { generationMark } from './secret.ts';
import { API_PORT, METRICS_PORT } from './service.ts';

/** The images' user: no name in any passwd file, so it can own nothing by accident. */
const UID = 65532;
/** On a replica's pod: which credentials it was started with. */
export const CREDENTIALS_ANNOTATION = 'tenantry.dev/credentials';
/** Where a replica's token for its IAM role is, under the names the AWS SDKs look for. */
const ROLE_TOKEN = { folder: '/var/run/secrets/tenantry-role', file: 'token', seconds: 3600 } as const;
/** Longer than the service's own drain (2 s of red readiness, then at most a request's 10 s). */
const GRACE_SECONDS = 30;

/**
 * What a replica is promised of a CPU. Autoscaling measures against it, so there it is a share that a replica under load really uses: with
 * less, a replica that has hardly begun to work would already count as full.
 */
const CPU_REQUEST = { fixed: '50m', autoscaled: '250m' } as const;

/** Replicas of a dedicated tenant: the pooled api's very image, told by TENANT_ID whom it serves. Passes pod security `restricted`. */
export function deploymentFor(input: DesiredInput, wish: ReplicasWish = { replicas: input.spec.replicas }): ChildObject {
  const { names, tenantId, spec, place, credentials } = input;
  const role = fileRoleArn(place.cell, tenantId);
  const metadata = childMetadata(input, names.workload);
  const kept = wish.kept === undefined ? {} : { annotations: { [ANNOTATIONS.keptReplicas]: String(wish.kept) } };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { ...metadata, ...kept },
    spec: {
      ...(wish.replicas === undefined ? {} : { replicas: wish.replicas }),
      revisionHistoryLimit: 3,
      progressDeadlineSeconds: 300,
      selector: { matchLabels: apiSelector(input) },
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } },
      template: {
        metadata: {
          labels: { ...childLabels(input), ...apiSelector(input) },
          // New credentials restart the replicas: a mounted Secret changes under a process that has read it already.
          annotations: { [CREDENTIALS_ANNOTATION]: credentials.for('postgres').fingerprint },
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
                ...(role === undefined ? [] : roleVariables(role, place.cell.s3?.region ?? '')),
              ],
              ports: [
                { name: 'http', containerPort: API_PORT, protocol: 'TCP' },
                { name: 'metrics', containerPort: METRICS_PORT, protocol: 'TCP' },
              ],
              startupProbe: { httpGet: { path: '/readyz', port: 'metrics' }, periodSeconds: 1, failureThreshold: 120 },
              readinessProbe: { httpGet: { path: '/readyz', port: 'metrics' }, periodSeconds: 5, failureThreshold: 2 },
              livenessProbe: { httpGet: { path: '/livez', port: 'metrics' }, periodSeconds: 10, failureThreshold: 3 },
              resources: {
                requests: { cpu: spec.autoscaling === undefined ? CPU_REQUEST.fixed : CPU_REQUEST.autoscaled, memory: '96Mi' },
                limits: { memory: '384Mi' },
              },
              securityContext: {
                allowPrivilegeEscalation: false,
                readOnlyRootFilesystem: true,
                capabilities: { drop: ['ALL'] },
              },
              volumeMounts: [
                { name: 'cells', mountPath: '/etc/tenantry', readOnly: true },
                { name: 'credentials', mountPath: '/var/run/secrets/tenantry', readOnly: true },
                ...(role === undefined ? [] : [{ name: 'role-token', mountPath: ROLE_TOKEN.folder, readOnly: true }]),
              ],
            },
          ],
          volumes: [
            { name: 'cells', configMap: { name: 'tenantry-cells' } },
            {
              name: 'credentials',
              secret: { secretName: names.credentialsSecret, defaultMode: 0o440, items: secretItems(input) },
            },
            ...(role === undefined ? [] : [roleToken()]),
          ],
        },
      },
    },
  };
}

/** What the AWS SDKs sign in by on their own: no webhook of EKS is needed, and no key is in any Secret. */
function roleVariables(role: string, region: string): readonly { readonly name: string; readonly value: string }[] {
  return [
    { name: 'AWS_ROLE_ARN', value: role },
    { name: 'AWS_WEB_IDENTITY_TOKEN_FILE', value: `${ROLE_TOKEN.folder}/${ROLE_TOKEN.file}` },
    { name: 'AWS_REGION', value: region },
  ];
}

/** Made out to STS, so it opens nothing in Kubernetes; the kubelet renews it. */
function roleToken(): object {
  const serviceAccountToken = { audience: TOKEN_AUDIENCE, expirationSeconds: ROLE_TOKEN.seconds, path: ROLE_TOKEN.file };
  return { name: 'role-token', projected: { defaultMode: 0o440, sources: [{ serviceAccountToken }] } };
}

/** The replicas get what they use; the tenant's Kafka login and machine client are for the tenant's own programs. */
function secretItems({ credentials, place }: DesiredInput): readonly { readonly key: string; readonly path: string }[] {
  const { postgresUsername, postgresPassword, redisUsername, redisPassword, cursorKey } = TENANT_SECRET;
  const redis = place.cell.redis === undefined ? [] : [redisUsername, redisPassword];
  return [
    ...[postgresUsername, postgresPassword, ...redis, cursorKey].map((key) => ({ key, path: key })),
    { key: generationMark(credentials.generation), path: 'generation' },
  ];
}
