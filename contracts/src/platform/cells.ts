import { z } from 'zod';
import { CellName } from '../tenant/tenant-names.ts';

const Address = z.object({ host: z.string().min(1), port: z.number().int().min(1).max(65535) });

/** One cell: the servers a set of tenants lives on (design §2). Passwords are never here; they are files of a mounted Secret. */
export const Cell = z.strictObject({
  name: CellName,
  postgres: Address.extend({
    database: z.string().min(1).max(63),
    /** A streaming replica of the server, with the same database, logins and authority. Heavy reads go there while they lose nothing by it. */
    readReplica: Address.strict().optional(),
  }).strict(),
  kafka: z.strictObject({
    brokers: z.array(z.string().regex(/^[^\s:]+:\d+$/, 'must be host:port')).min(1),
    /** Copies of each partition; the number of brokers bounds it. */
    replicationFactor: z.number().int().min(1).max(5),
    /** Most partitions of all topics of the cell's tenants, copies not counted. A tenant that would exceed it waits. Absent: no limit. */
    partitionBudget: z.number().int().min(1).optional(),
    /** Partitions of the topic that classes with shared topics share; counts only when it is made, as another number would break the order. */
    sharedTopicPartitions: z.number().int().min(1).max(256).optional(),
  }),
  /** Task queues (`spec.messaging.queues`). Without it a tenant that asks for queues is refused. */
  rabbitmq: Address.extend({
    /** Both of AMQP and of the management address. */
    tls: z.boolean(),
    /** Where its management HTTP API answers. */
    management: z.url(),
  })
    .strict()
    .optional(),
  /** Limits, caches and job queues. Without it limits and caches are each replica's own, and there are no imports and exports. */
  redis: Address.extend({ tls: z.boolean() }).strict().optional(),
  /**
   * Where the projector keeps read copies as documents: MongoDB, or a service that speaks its protocol. Everything in it can be lost. Absent: what is read
   * from there is read from PostgreSQL.
   */
  mongo: z
    .strictObject({
      url: z.string().regex(/^mongodb(\+srv)?:\/\/[^@\s]+$/, 'must be a mongodb:// address without a login'),
      database: z.string().regex(/^[a-z][a-z0-9_]{0,37}$/, 'must be a database name'),
      tls: z.boolean(),
      /** False for a server that knows no users, such as a stand-in. */
      logins: z.boolean(),
    })
    .optional(),
  /** The cell's bucket. Clients follow presigned links to `endpoint`, so it is an address they reach. */
  s3: z
    .strictObject({
      endpoint: z.url(),
      region: z.string().min(1),
      bucket: z.string().regex(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, 'must be a bucket name'),
      /** True for servers that have no host name per bucket. */
      forcePathStyle: z.boolean(),
      /** Asked of the server for what the operator stores there (backups); a server that does not confirm it is refused. Absent: its own default. */
      encryption: z.strictObject({ algorithm: z.enum(['AES256', 'aws:kms']), kmsKeyId: z.string().min(1).optional() }).optional(),
      /**
       * The bucket is Amazon's: replicas of dedicated tenants sign in with an IAM role that reaches their own files only, and what was left
       * behind ends by lifecycle rules. Absent: neither; files go in and out by presigned links alone.
       */
      tenantRoles: z
        .strictObject({
          /** IAM's OIDC provider for the issuer of the cluster's service account tokens. */
          oidcProvider: z.string().regex(/^arn:aws[a-z-]*:iam::\d{12}:oidc-provider\/[^\s*?]+$/, 'must be the ARN of an IAM OIDC provider'),
          /** A policy no role may ever reach beyond. */
          permissionsBoundary: z.string().startsWith('arn:', 'must be the ARN of a policy').optional(),
          /** Where IAM answers. Absent: at Amazon. */
          iamEndpoint: z.url().optional(),
        })
        .optional(),
    })
    .optional(),
});

/** `cells.json` of the ConfigMap `tenantry-cells`, which operator and service read. */
export const CellsFile = z.strictObject({
  cells: z.array(Cell).min(1),
  identity: z.strictObject({
    /** Issuer of tenants' tokens: the Keycloak realm `tenantry`. Its admin API is under the same origin. */
    issuer: z.url(),
  }),
  /** Where the pooled api answers, as clients see it. */
  pooledUrl: z.url(),
});

export type Cell = z.infer<typeof Cell>;
export type CellsFile = z.infer<typeof CellsFile>;
