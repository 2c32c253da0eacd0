import { z } from 'zod';
import { Duration } from './duration.ts';
import { DEFAULT_QUOTAS, TenantQuotas } from './tenant-quotas.ts';
import { Condition, type ResourceMetadata } from './tenant-resource.ts';

/** The custom resource `TenantClass`, a plan. The source is crds/tenantry.dev_tenantclasses.yaml; a test there holds both together. */
export const TenantClassSpec = z.object({
  description: z.string().max(512).optional(),
  workload: z
    .object({
      /** What a tenant gets that names no `spec.workload.mode`. */
      mode: z.enum(['Pooled', 'Dedicated']).default('Pooled'),
      allowedModes: z
        .array(z.enum(['Pooled', 'Dedicated']))
        .min(1)
        .max(2)
        .default(['Pooled']),
      /** Most replicas a dedicated tenant may ask for, by `replicas` or by `autoscaling.maxReplicas`. */
      maxReplicas: z.int().min(1).max(200).default(3),
    })
    .default({ mode: 'Pooled', allowedModes: ['Pooled'], maxReplicas: 3 }),
  database: z.object({ statementTimeout: Duration.default('5s') }).default({ statementTimeout: '5s' }),
  messaging: z
    .object({
      /** Most topics besides `events`. */
      maxTopics: z.int().min(0).max(64).default(8),
      /** Most partitions of one topic. */
      maxPartitions: z.int().min(1).max(64).default(12),
      /** Most queues in RabbitMQ. */
      maxQueues: z.int().min(0).max(64).default(8),
      /** `Shared`: one topic for the events of all such tenants of a cell, and no way into Kafka for any of them. Absent: `Own`. */
      topicMode: z.enum(['Own', 'Shared']).optional(),
      /** Bytes a second of all producers of a tenant, at each broker. Absent: no limit. So the other two. */
      producerByteRate: z.int().min(1024).max(10_000_000_000).optional(),
      consumerByteRate: z.int().min(1024).max(10_000_000_000).optional(),
      /** Per cent of one of a broker's threads. */
      requestPercentage: z.int().min(1).max(10_000).optional(),
    })
    .default({ maxTopics: 8, maxPartitions: 12, maxQueues: 8 }),
  quotas: TenantQuotas.default(DEFAULT_QUOTAS),
  /** How an edit of this class reaches its tenants. Quotas do not wait for it. */
  rollout: z
    .object({
      /** Tenants that get the edit at the same time; those that are Stalled do not wait. */
      maxConcurrent: z.int().min(1).max(1000).default(10),
      /** The rollout is held while more tenants than this that were Ready are not Ready with the edit. */
      maxFailures: z.int().min(0).max(1000).default(0),
      /** A tenant that is not Ready for so long with the edit has failed. */
      progressDeadline: Duration.default('5m'),
    })
    .default({ maxConcurrent: 10, maxFailures: 0, progressDeadline: '5m' }),
});

/** How far the newest edit has come. */
export const TenantClassStatus = z.object({
  observedGeneration: z.int().min(0).optional(),
  /** Hash of what the class wants of its tenants: a tenant has the edit when its `status.class.revision` is the same. */
  revision: z.string().max(32).optional(),
  total: z.int().min(0).optional(),
  updated: z.int().min(0).optional(),
  paused: z.int().min(0).optional(),
  /** `7/10`, for the column. */
  progress: z.string().max(32).optional(),
  /** Tenants that were Ready and are not with the edit; the first ten. */
  failed: z.array(z.string().max(63)).max(10).optional(),
  conditions: z.array(Condition).max(8).optional(),
});

/** `kubectl get tenantclasses.tenantry.dev`: cluster-scoped. */
export interface TenantClass {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: ResourceMetadata;
  readonly spec: TenantClassSpec;
  readonly status?: TenantClassStatus;
}

export type TenantClassStatus = z.infer<typeof TenantClassStatus>;
export type TenantClassSpec = z.infer<typeof TenantClassSpec>;
