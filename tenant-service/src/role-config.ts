import type { Cell } from '@tenantry/contracts';
import type { MongoLogin } from './documents/mongo-login.ts';
import type { RabbitmqLogin } from './rabbitmq/rabbitmq-login.ts';

/** One login of a cell’s PostgreSQL. */
export interface PostgresLogin {
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
  readonly password: string;
  /** PEM of the authorities the server's certificate is checked against. */
  readonly ca: string;
}

/** The cell's Redis. */
export interface RedisLogin {
  readonly host: string;
  readonly port: number;
  /** Nothing: the platform's own, which may use every key. */
  readonly username?: string | undefined;
  readonly password: string;
  /** PEM of the authorities its certificate is checked against; nothing: no TLS. */
  readonly ca: string | undefined;
}

/** The cell's bucket. */
export interface S3Login {
  readonly endpoint: string;
  readonly region: string;
  readonly bucket: string;
  readonly forcePathStyle: boolean;
  readonly accessKey: string;
  readonly secretKey: string;
}

interface CommonConfig {
  readonly cell: Cell;
  readonly ca: string;
  readonly logLevel: string;
  readonly metricsPort: number;
  readonly host: string;
}

/** The way into the cell's Kafka. */
export interface KafkaLogin {
  readonly brokers: readonly string[];
  readonly username: string;
  readonly password: string;
  readonly tls: boolean;
}

/** An api replica: pooled without `tenantId`, of one dedicated tenant with it. */
export interface ApiConfig extends CommonConfig {
  readonly role: 'api';
  readonly issuer: string;
  readonly port: number;
  readonly tenantId: string | undefined;
  readonly registry: PostgresLogin;
  readonly rows: PostgresLogin;
  /** The same login on the cell's read replica. Nothing: the cell has none. */
  readonly replica?: PostgresLogin | undefined;
  readonly connections: number;
  readonly connectionsPerTenant: number;
  /** Of the model door: opened when management paths are used, closed when idle. */
  readonly modelConnections: number;
  readonly namedStatements: boolean;
  /** The first signs page cursors, all verify them. */
  readonly cursorKeys: readonly Buffer[];
  readonly requestTimeoutMs: number;
  /** Event streams end by then, if their token has not ended before. */
  readonly eventStreamLimitMs: number;
  /** A reader of a stream who takes nothing for this long is let go. */
  readonly eventStreamStalledMs: number;
  readonly drainDelayMs: number;
  /** Nothing: limits and caches are this replica's own. */
  readonly redis?: RedisLogin | undefined;
  /** Nothing, or no Redis: no imports and exports. */
  readonly s3?: S3Login | undefined;
  /** Secret of the api's client in the identity provider; pooled replicas only. Nothing: members are managed by the pooled replicas. */
  readonly membersSecret?: string | undefined;
  /** Where the pooled replicas answer. */
  readonly pooledUrl?: string | undefined;
  /** Where it reads documents, as a pooled replica. Nothing: what they hold is read from the rows. */
  readonly mongo?: MongoLogin | undefined;
  /** Of a pooled replica. Nothing: no webhooks. */
  readonly webhooks?: WebhookSettings | undefined;
}

interface WebhookSettings {
  /** The first seals, all open. */
  readonly keys: readonly Buffer[];
  /** Receivers that may be http and inside: those of tests and of a developer's machine. */
  readonly allowedOrigins: ReadonlySet<string>;
}

/** Sends webhooks. Needs RabbitMQ. */
export interface WebhookSenderConfig extends CommonConfig {
  readonly role: 'webhook-sender';
  readonly registry: PostgresLogin;
  readonly rows: PostgresLogin;
  readonly connections: number;
  readonly connectionsPerTenant: number;
  readonly namedStatements: boolean;
  readonly rabbitmq: RabbitmqLogin;
  readonly webhooks: WebhookSettings & {
    /** Of one attempt, all in all. */
    readonly timeoutMs: number;
    /** What the queue has had for so long is given to it again. */
    readonly leaseMs: number;
  };
  readonly crashAfter: string | undefined;
}

/** Runs imports and exports. Needs Redis and a bucket. */
export interface JobWorkerConfig extends CommonConfig {
  readonly role: 'job-worker';
  readonly registry: PostgresLogin;
  readonly rows: PostgresLogin;
  /** As of the api: exports read there. */
  readonly replica?: PostgresLogin | undefined;
  readonly connections: number;
  readonly connectionsPerTenant: number;
  readonly namedStatements: boolean;
  readonly redis: RedisLogin;
  readonly s3: S3Login;
  readonly jobs: {
    /** A worker that has made no progress for this long counts as dead, and another one goes on. */
    readonly leaseMs: number;
    /** How often the queue is compared with the rows. */
    readonly refillMs: number;
    /** How often what has expired is removed. */
    readonly cleanMs: number;
  };
  readonly crashAfter: string | undefined;
}

export interface RelayConfig extends CommonConfig {
  readonly role: 'relay';
  readonly postgres: PostgresLogin;
  readonly kafka: {
    readonly brokers: readonly string[];
    readonly username: string;
    readonly password: string;
    readonly tls: boolean;
    /** Which of the two clients publishes; both keep the same promises. */
    readonly client: 'platformatic' | 'kafkajs';
    /** A request without an answer has failed after this. */
    readonly requestTimeoutMs: number;
  };
  readonly poll: { readonly minMs: number; readonly maxMs: number; readonly batch: number };
  /** Where it hears of writes. Nothing: it looks by itself. */
  readonly redis?: RedisLogin | undefined;
  readonly crashAfter: string | undefined;
}

/** Appends what was published to tenants' event logs. */
export interface ProjectorConfig extends CommonConfig {
  readonly role: 'projector';
  readonly registry: PostgresLogin;
  readonly rows: PostgresLogin;
  readonly connections: number;
  readonly connectionsPerTenant: number;
  readonly namedStatements: boolean;
  readonly kafka: KafkaLogin;
  /** Where replicas of the api hear of new events. Nothing: they look by themselves. */
  readonly redis?: RedisLogin | undefined;
  /** Where documents are kept. Nothing: none are. */
  readonly mongo?: MongoLogin | undefined;
  /** How often all documents are looked at, whoever said that something happened. */
  readonly documentsLookMs: number;
  readonly crashAfter: string | undefined;
}

/** What one process of the image is told, by its role. */
export type Config = ApiConfig | WebhookSenderConfig | RelayConfig | JobWorkerConfig | ProjectorConfig;
