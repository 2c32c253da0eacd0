import { z } from 'zod';
import { Condition, type ResourceMetadata } from './tenant-resource.ts';

/**
 * The custom resource `TenantBackup`: a backup of a tenant that somebody asks for. The source is crds/tenantry.dev_tenantbackups.yaml; a test there holds
 * both together.
 */

export const TenantBackupSpec = z.object({
  tenantRef: z.object({ name: z.string().min(1).max(63) }),
});

export const TenantBackupStatus = z.object({
  observedGeneration: z.int().min(0).optional(),
  /** Prefix of its objects, as a TenantRestore names it: `s3://bucket/backups/TENANT_ID/BACKUP_ID/`. */
  location: z.string().max(1024).optional(),
  /** Of all tables. */
  rows: z.int().min(0).optional(),
  /** As stored, compressed. */
  bytes: z.int().min(0).optional(),
  /** RFC 3339: when it was there and proven. */
  finishedAt: z.string().optional(),
  conditions: z.array(Condition).max(8).optional(),
});

/** `kubectl get tenantbackups.tenantry.dev`: cluster-scoped, as the tenant it is about. */
export interface TenantBackup {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: ResourceMetadata;
  readonly spec: TenantBackupSpec;
  readonly status?: TenantBackupStatus;
}

export type TenantBackupSpec = z.infer<typeof TenantBackupSpec>;
export type TenantBackupStatus = z.infer<typeof TenantBackupStatus>;
