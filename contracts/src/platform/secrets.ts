/**
 * File names inside the mounted Secrets of the platform. One Secret per Deployment, each with what that Deployment needs and nothing else.
 */
export const OPERATOR_SECRET = {
  name: 'tenantry-operator',
  postgresPassword: 'postgres-operator-password',
  kafkaPassword: 'kafka-operator-password',
  keycloakSecret: 'keycloak-operator-secret',
  /** Needed when the cell has a RabbitMQ: of its user {@link RABBITMQ_OPERATOR}. */
  rabbitmqPassword: 'rabbitmq-operator-password',
  /** Needed when the cell has a Redis: of its user {@link REDIS_OPERATOR}. */
  redisPassword: 'redis-operator-password',
  /** 32 random bytes, base64: every tenant credential is derived from it. */
  credentialKey: 'credential-key',
  /** Needed when the cell has a bucket. */
  s3AccessKey: 's3-access-key',
  s3SecretKey: 's3-secret-key',
} as const;

/** The RabbitMQ user, an administrator, by which the operator makes vhosts, users and queues of tenants. */
export const RABBITMQ_OPERATOR = 'tenantry-operator';

/** The Redis user by which the operator makes tenants' users. It may do that and nothing else: no keys, no channels. */
export const REDIS_OPERATOR = 'tenantry-operator';

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
  /** Lines of 32 random bytes, base64: secrets of webhooks are sealed with the first and opened with any. Without it there are no webhooks. */
  webhookKey: 'webhook-key',
  /** Needed when the cell has a document server with logins: of its user {@link MONGO_API}. */
  mongoPassword: 'mongo-api-password',
} as const;

/** The user of the document server by which the pooled api reads. */
export const MONGO_API = 'tenantry-api';

/** The user of the document server by which the projector writes. */
export const MONGO_PROJECTOR = 'tenantry-projector';

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
  /** May be absent: the relay then does not hear of writes, and looks by itself. */
  redisPassword: 'redis-password',
} as const;

/** The projector: Kafka → event logs. */
export const PROJECTOR_SECRET = {
  name: 'tenantry-projector',
  postgresPassword: 'postgres-projector-password',
  registryPassword: 'postgres-registry-password',
  kafkaPassword: 'kafka-projector-password',
  /** Needed when the cell has a Redis. */
  redisPassword: 'redis-password',
  /** Needed when the cell has a document server with logins: of its user {@link MONGO_PROJECTOR}. */
  mongoPassword: 'mongo-projector-password',
} as const;

/** Names of the projector's consumer groups begin with this, as its ACL says; the name of the cell follows. */
export const PROJECTOR_GROUPS = 'tenantry.projector.';

/** Advisory lock (two halves) that every relay of a cell holds, shared, while it is connected: whoever wants to know whether there is one looks at it. */
export const RELAY_PRESENT = [7_368_301, 1000] as const;

/** Webhook senders. */
export const SENDER_SECRET = {
  name: 'tenantry-webhook-sender',
  postgresPassword: 'postgres-sender-password',
  registryPassword: 'postgres-registry-password',
  /** Of the RabbitMQ user {@link RABBITMQ_SENDER}. */
  rabbitmqPassword: 'rabbitmq-sender-password',
  /** The same as the api's. */
  webhookKey: 'webhook-key',
} as const;

/** The platform's own vhost in RabbitMQ. */
export const SENDER_VHOST = 'tenantry';

/** The RabbitMQ user of webhook senders: makes and uses queues of {@link WEBHOOK_QUEUES} in {@link SENDER_VHOST}, and nothing else. */
export const RABBITMQ_SENDER = 'tenantry-sender';

/** Names of the queues of webhooks begin with this; the name of the cell follows. */
export const WEBHOOK_QUEUES = 'tenantry.webhooks';

/** Keys of a tenant's own Secret `<slug>-credentials` in the tenants' namespace. */
export const TENANT_SECRET = {
  postgresUsername: 'postgres-username',
  postgresPassword: 'postgres-password',
  kafkaUsername: 'kafka-username',
  kafkaPassword: 'kafka-password',
  /** Of a dedicated tenant in a cell with Redis: opens the keys and channels of this tenant and no others. */
  redisUsername: 'redis-username',
  redisPassword: 'redis-password',
  /** While the tenant has queues: its vhost in RabbitMQ, and the login there. */
  rabbitmqVhost: 'rabbitmq-vhost',
  rabbitmqUsername: 'rabbitmq-username',
  rabbitmqPassword: 'rabbitmq-password',
  clientId: 'client-id',
  clientSecret: 'client-secret',
  /** Signs the page cursors of dedicated replicas. */
  cursorKey: 'cursor-key',
} as const;
