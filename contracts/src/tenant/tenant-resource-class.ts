import { z } from 'zod';
import { Duration } from './duration.ts';
import { DEFAULT_QUOTAS, TenantQuotas } from './tenant-quotas.ts';
import type { ResourceMetadata } from './tenant-resource.ts';

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
      /** Most replicas a dedicated tenant may ask for. */
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
    })
    .default({ maxTopics: 8, maxPartitions: 12 }),
  quotas: TenantQuotas.default(DEFAULT_QUOTAS),
});

/** `kubectl get tenantclasses.tenantry.dev`: cluster-scoped. Nothing writes a status to it yet. */
export interface TenantClass {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: ResourceMetadata;
  readonly spec: TenantClassSpec;
}

export type TenantClassSpec = z.infer<typeof TenantClassSpec>;
