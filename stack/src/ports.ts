/**
 * The one table of ports (design D2). Far from the servers' defaults, so that a machine's own PostgreSQL or Redis is never in the way.
 */
export const PORTS = {
  postgres: 25432,
  pgbouncer: 26432,
  kafka: 29092,
  kafkaController: 29093,
  rabbitmqEpmd: 25670,
  rabbitmqDistribution: 25671,
  rabbitmq: 25672,
  rabbitmqManagement: 25673,
  rabbitmqMetrics: 25674,
  redis: 26379,
  keycloak: 28443,
  keycloakManagement: 29000,
  s3: 27070,
  s3Admin: 27071,
  moto: 27072,
  mongo: 27117,
  prometheus: 29090,
  kubeApiserver: 6443,
  etcd: 2379,
  etcdPeer: 2380,
  kubelet: 10250,
  api: 28080,
  /** Where the host reaches the pooled api in the cluster. */
  apiNodePort: 30080,
  webConsole: 28173,
  webhookSink: 28090,
  /** Metrics and health inside every container of ours. */
  metrics: 9464,
} as const;

export type PortName = keyof typeof PORTS;
