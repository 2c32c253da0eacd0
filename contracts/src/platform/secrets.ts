/**
 * File names inside the mounted Secrets of the platform. One Secret per Deployment, each with what that Deployment needs and nothing else.
 */
export const OPERATOR_SECRET = {
  name: 'tenantry-operator',
  postgresPassword: 'postgres-operator-password',
  kafkaPassword: 'kafka-operator-password',
  keycloakSecret: 'keycloak-operator-secret',
  /** 32 random bytes, base64: every tenant credential is derived from it. */
  credentialKey: 'credential-key',
} as const;

export const API_SECRET = {
  name: 'tenantry-api',
  postgresPassword: 'postgres-api-password',
  registryPassword: 'postgres-registry-password',
  /** 32 random bytes, base64: signs page cursors. */
  cursorKey: 'cursor-key',
  /** Of the Keycloak client {@link MEMBERS_CLIENT}. Whoever holds it can forge any tenant's tokens: a root secret, pooled replicas only. */
  keycloakSecret: 'keycloak-members-secret',
  /** Needed when the cell has a Redis. */
  redisPassword: 'redis-password',
  /** Needed when the cell has a bucket. */
  s3AccessKey: 's3-access-key',
  s3SecretKey: 's3-secret-key',
} as const;

/** The Keycloak client by which the pooled api manages members and machine clients. */
export const MEMBERS_CLIENT = 'tenantry-members';

/** Job workers: imports, exports and whatever else takes longer than a request. */
export const JOB_WORKER_SECRET = {
  name: 'tenantry-job-worker',
  postgresPassword: 'postgres-jobs-password',
  registryPassword: 'postgres-registry-password',
  redisPassword: 'redis-password',
  s3AccessKey: 's3-access-key',
  s3SecretKey: 's3-secret-key',
} as const;

export const RELAY_SECRET = {
  name: 'tenantry-relay',
  postgresPassword: 'postgres-relay-password',
  kafkaPassword: 'kafka-relay-password',
} as const;

/** Keys of a tenant's own Secret `<slug>-credentials` in the tenants' namespace. */
export const TENANT_SECRET = {
  postgresUsername: 'postgres-username',
  postgresPassword: 'postgres-password',
  kafkaUsername: 'kafka-username',
  kafkaPassword: 'kafka-password',
  clientId: 'client-id',
  clientSecret: 'client-secret',
  /** Signs the page cursors of dedicated replicas. */
  cursorKey: 'cursor-key',
} as const;
