import { z } from 'zod';
import { Duration } from './duration.ts';
import { Condition, type ResourceMetadata } from './tenant-resource.ts';

/**
 * The custom resource `TenantAccess`: somebody of the platform's staff enters a tenant, for a while and for a reason. The source is
 * crds/tenantry.dev_tenantaccesses.yaml; a test there holds both together.
 */

/** What staff can be in a tenant. Never an admin: what an admin makes (members, machine clients, webhooks) would outlast their time. */
export const STAFF_ROLES = ['viewer', 'editor'] as const;
export type StaffRole = (typeof STAFF_ROLES)[number];

/** Nobody is let in for longer, in hours. */
export const LONGEST_ACCESS_HOURS = 8;

export const TenantAccessSpec = z.object({
  tenantRef: z.object({ name: z.string().min(1).max(63) }),
  /** Address of the account in realm `tenantry` that becomes a member. */
  email: z
    .string()
    .min(3)
    .max(254)
    .regex(/^[^@\s]+@[^@\s]+$/),
  role: z.enum(STAFF_ROLES).default('viewer'),
  /** Told to the tenant. */
  reason: z.string().min(1).max(256),
  /** From the moment it is asked for. */
  duration: Duration.default('1h'),
  /** Who asks, as the API server knows them (`kubectl auth whoami`). */
  requestedBy: z.string().min(1).max(256),
});

export const TenantAccessStatus = z.object({
  observedGeneration: z.int().min(0).optional(),
  /** RFC 3339: when the time is over. */
  until: z.string().optional(),
  enteredAt: z.string().optional(),
  endedAt: z.string().optional(),
  conditions: z.array(Condition).max(8).optional(),
});

/** `kubectl get tenantaccesses.tenantry.dev`: cluster-scoped, as the tenant it is about. */
export interface TenantAccess {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: ResourceMetadata;
  readonly spec: TenantAccessSpec;
  readonly status?: TenantAccessStatus;
}

export type TenantAccessSpec = z.infer<typeof TenantAccessSpec>;
export type TenantAccessStatus = z.infer<typeof TenantAccessStatus>;
