import type { EffectiveQuotas } from '@tenantry/contracts';

/** A row of the registry: everything the data plane knows of a tenant. */
export interface Tenant {
  readonly tenantId: string;
  readonly slug: string;
  readonly state: 'Provisioning' | 'Active' | 'ReadOnly' | 'Suspended' | 'Closed';
  readonly mode: 'Pooled' | 'Dedicated';
  readonly organizationId: string | null;
  readonly schema: string;
  readonly appRole: string;
  /** Where its events are published; in a class with shared topics other tenants' are there, too. */
  readonly eventsTopic: string;
  readonly statementTimeoutMs: number;
  /** Name of the plan. */
  readonly class: string;
  /** A quota that is absent is no limit. */
  readonly quotas: EffectiveQuotas;
  readonly url: string | null;
  readonly closedReason: string | null;
}
