import { z } from 'zod';
import { Duration } from './duration.ts';

/**
 * The custom resource `Tenant` as code. The source of the API is crds/tenantry.dev_tenants.yaml; a test there holds both to the same
 * properties, defaults, enums and limits.
 */

/** Standard Kubernetes condition (metav1.Condition). */
export const Condition = z.object({
  type: z.string().min(1).max(316),
  status: z.enum(['True', 'False', 'Unknown']),
  observedGeneration: z.int().min(0).optional(),
  /** RFC 3339; changes only when `status` changes. */
  lastTransitionTime: z.string(),
  reason: z
    .string()
    .min(1)
    .max(1024)
    .regex(/^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$/),
  message: z.string().max(4096),
});

export const TOPIC_NAME_PATTERN = /^[a-z]([a-z0-9.-]{0,78}[a-z0-9])?$/;

/** A topic besides `events`, which every tenant has. */
export const TenantTopic = z.object({
  name: z.string().min(1).max(80).regex(TOPIC_NAME_PATTERN),
  partitions: z.int().min(1).max(64).default(3),
  retention: Duration.default('168h'),
  cleanupPolicy: z.enum(['delete', 'compact', 'compact,delete']).default('delete'),
});

/** Without a dot: each queue has its dead letters beside it as `<name>.dead`. */
export const QUEUE_NAME_PATTERN = /^[a-z]([a-z0-9-]{0,61}[a-z0-9])?$/;

/** A task queue of the tenant's own in RabbitMQ. */
export const TenantQueue = z.object({
  name: z.string().min(1).max(63).regex(QUEUE_NAME_PATTERN),
  type: z.enum(['quorum', 'classic']).default('quorum'),
  /** Messages that wait; above it publishers are refused. Absent: no limit. */
  maxLength: z.int().min(1).max(10_000_000).optional(),
  /** Of quorum queues: a message given back more often goes to the dead letters. */
  deliveryLimit: z.int().min(1).max(100).default(5),
});

export const TenantSpec = z.object({
  displayName: z.string().min(1).max(120).optional(),
  classRef: z.object({ name: z.string().min(1).max(63) }),
  workload: z
    .object({
      /** Absent: the class's default. */
      mode: z.enum(['Pooled', 'Dedicated']).optional(),
      /** Only for dedicated tenants without autoscaling; absent means 1, or what autoscaling left. */
      replicas: z.int().min(0).max(200).optional(),
      /** Only for dedicated tenants: a HorizontalPodAutoscaler decides. */
      autoscaling: z
        .object({
          minReplicas: z.int().min(1).max(200).default(1),
          maxReplicas: z.int().min(1).max(200),
          /** Of the CPU that replicas request. */
          targetCpuPercent: z.int().min(10).max(1000).default(70),
        })
        .optional(),
    })
    .default({}),
  messaging: z
    .object({ topics: z.array(TenantTopic).max(64).default([]), queues: z.array(TenantQueue).max(64).default([]) })
    .default({ topics: [], queues: [] }),
  lifecycle: z
    .object({
      state: z.enum(['Active', 'ReadOnly', 'Suspended']).default('Active'),
      reason: z.string().min(1).max(256).optional(),
    })
    .default({ state: 'Active' }),
  credentials: z
    .object({
      /** Absent: credentials change only when somebody asks. */
      rotateEvery: Duration.optional(),
      /** How long the previous credentials still work once the new ones are out. */
      overlap: Duration.default('1h'),
    })
    .default({ overlap: '1h' }),
  paused: z.boolean().default(false),
  /** What happens to a change made by hand outside the spec. */
  driftPolicy: z.enum(['Repair', 'Report']).default('Repair'),
  deletionPolicy: z.enum(['Retain', 'Snapshot', 'Delete']).default('Retain'),
  deletionProtection: z.boolean().default(true),
  deletionGracePeriod: Duration.default('720h'),
});

/** One line of the ledger. It changes only with the spec or with a transition, so a tenant at rest costs no write. */
export const StepRecord = z.object({
  name: z.string().min(1).max(63),
  state: z.enum(['Done', 'Waiting', 'Blocked', 'Failed', 'NotReached', 'NotNeeded']),
  reason: z.string().max(1024),
  message: z.string().max(4096),
  /** RFC 3339: when `state` last changed. */
  since: z.string(),
  observedGeneration: z.int().min(0),
  /** Only while the step fails: tries in a row, */
  attempts: z.int().min(1).optional(),
  /** when the next one is (RFC 3339), */
  retryAt: z.string().optional(),
  /** and the error with its causes. */
  lastError: z.string().max(2048).optional(),
});

/** One field that is not as wanted. A secret is never shown: both sides say `(secret)`. */
export const DriftItem = z.object({
  /** `kafka/topic/acme.events`, `postgres/role/t_acme_app@main`, `kubernetes/Deployment/acme-api` */
  resource: z.string().max(253),
  field: z.string().max(253),
  want: z.string().max(256),
  have: z.string().max(256),
});

/** How many differences a status lists; `count` says how many there are. */
export const MOST_DRIFT_ITEMS = 20;

export const TenantStatus = z.object({
  observedGeneration: z.int().min(0).optional(),
  tenantId: z.string().max(36).optional(),
  cell: z.string().max(12).optional(),
  url: z.string().max(2048).optional(),
  database: z.object({ schema: z.string().max(63).optional(), version: z.int().min(0).optional() }).optional(),
  messaging: z
    .object({
      eventsTopic: z.string().max(249).optional(),
      /** How many topics exist and equal the spec, `events` included. */
      topics: z.int().min(0).optional(),
      /** Of the topics in the spec that exist: what a spec may not go below. */
      topicPartitions: z
        .array(z.object({ name: z.string().min(1).max(80), partitions: z.int().min(1) }))
        .max(64)
        .optional(),
      principal: z.string().max(255).optional(),
      /** RabbitMQ vhost of the tenant's queues, while there is one. */
      vhost: z.string().max(255).optional(),
    })
    .optional(),
  workload: z
    .object({
      mode: z.enum(['Pooled', 'Dedicated']).optional(),
      replicas: z.int().min(0).optional(),
      readyReplicas: z.int().min(0).optional(),
      /** Label selector in text form, for the scale subresource. */
      selector: z.string().max(512).optional(),
    })
    .optional(),
  credentials: z
    .object({
      generation: z.int().min(1).optional(),
      /** RFC 3339: when this generation began. */
      rotatedAt: z.string().optional(),
      /** RFC 3339: until then the previous generation works too. Absent while the new one is rolled out, and when nothing of it is left. */
      overlapUntil: z.string().optional(),
    })
    .optional(),
  /** What the class last gave this tenant: a rollout brings its edits to one tenant after another. */
  class: z
    .object({
      name: z.string().max(63),
      /** Hash of it. */
      revision: z.string().max(32),
      /** Whether the tenant was Ready when it was given this. */
      wasReady: z.boolean(),
      /** The class's spec without quotas, description and rollout. */
      spec: z.looseObject({}),
    })
    .optional(),
  /** The annotation reconcile-requested-at that the last pass began with. */
  lastHandledReconcileAt: z.string().max(64).optional(),
  /** Hash of what everything last equalled: while it is the hash of what is wanted now, a difference is drift and no wish. */
  settledWish: z.string().max(32).optional(),
  /** Absent while nothing differs. */
  drift: z.object({ count: z.int().min(0), items: z.array(DriftItem).max(MOST_DRIFT_ITEMS) }).optional(),
  conditions: z.array(Condition).max(32).optional(),
  steps: z.array(StepRecord).max(32).optional(),
});

/** Object metadata as far as the control plane reads it. */
export interface ResourceMetadata {
  readonly name: string;
  readonly namespace?: string;
  readonly uid?: string;
  readonly resourceVersion?: string;
  readonly generation?: number;
  readonly creationTimestamp?: string;
  readonly deletionTimestamp?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly finalizers?: readonly string[];
}

/** `kubectl get tenants.tenantry.dev`: cluster-scoped, its name is the slug. */
export interface Tenant {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: ResourceMetadata;
  readonly spec: TenantSpec;
  readonly status?: TenantStatus;
}

export type Condition = z.infer<typeof Condition>;
export type TenantTopic = z.infer<typeof TenantTopic>;
export type TenantQueue = z.infer<typeof TenantQueue>;
export type TenantSpec = z.infer<typeof TenantSpec>;
export type DriftItem = z.infer<typeof DriftItem>;
export type StepRecord = z.infer<typeof StepRecord>;
export type TenantStatus = z.infer<typeof TenantStatus>;
