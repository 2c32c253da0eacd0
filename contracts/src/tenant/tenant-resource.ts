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

export const TenantSpec = z.object({
  displayName: z.string().min(1).max(120).optional(),
  classRef: z.object({ name: z.string().min(1).max(63) }),
  workload: z
    .object({
      /** Absent: the class's default. */
      mode: z.enum(['Pooled', 'Dedicated']).optional(),
      /** Only for dedicated tenants; absent means 1. */
      replicas: z.int().min(0).max(200).optional(),
    })
    .default({}),
  messaging: z.object({ topics: z.array(TenantTopic).max(64).default([]) }).default({ topics: [] }),
  lifecycle: z
    .object({
      state: z.enum(['Active', 'ReadOnly', 'Suspended']).default('Active'),
      reason: z.string().min(1).max(256).optional(),
    })
    .default({ state: 'Active' }),
  paused: z.boolean().default(false),
  deletionPolicy: z.enum(['Retain', 'Delete']).default('Retain'),
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
});

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
      principal: z.string().max(255).optional(),
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
export type TenantSpec = z.infer<typeof TenantSpec>;
export type StepRecord = z.infer<typeof StepRecord>;
export type TenantStatus = z.infer<typeof TenantStatus>;
