import { z } from 'zod';
import { Condition, type ResourceMetadata } from './tenant-resource.ts';

/**
 * The custom resource `TenantRestore`: one backup of a suspended tenant takes the place of its data, once. The source is
 * crds/tenantry.dev_tenantrestores.yaml; a test there holds both together.
 */

export const TenantRestoreSpec = z.object({
  tenantRef: z.object({ name: z.string().min(1).max(63) }),
  /** Of a backup of this very tenant. */
  location: z.string().min(1).max(1024),
});

export const TenantRestoreStatus = z.object({
  observedGeneration: z.int().min(0).optional(),
  /** Schema that holds what the tenant had before; absent when its schema was lost. */
  replacedSchema: z.string().max(63).optional(),
  /** RFC 3339: when it was done, or given up. It is never tried again after this. */
  finishedAt: z.string().optional(),
  conditions: z.array(Condition).max(8).optional(),
});

/** `kubectl get tenantrestores.tenantry.dev`: cluster-scoped, as the tenant it is about. */
export interface TenantRestore {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: ResourceMetadata;
  readonly spec: TenantRestoreSpec;
  readonly status?: TenantRestoreStatus;
}

export type TenantRestoreSpec = z.infer<typeof TenantRestoreSpec>;
export type TenantRestoreStatus = z.infer<typeof TenantRestoreStatus>;
