import { LIFECYCLE_VERSIONS } from '@tenantry/contracts';
import type { ClientBase } from 'pg';
import { uuidV7 } from '../tenant/uuid-v7.ts';
import type { LifecycleEvent } from './lifecycle-events.ts';

/** Of a registry row that the transaction has locked. */
export interface ToldTenant {
  readonly tenantId: string;
  readonly appRole: string;
  /** How many events of its life there have been. */
  readonly lifecycleVersion: number;
}

/** Puts events of a tenant's life into the outbox, in the transaction of what they tell of: it is told once, or did not happen. */
export async function tellTenant(
  client: ClientBase,
  { tenantId, appRole, lifecycleVersion }: ToldTenant,
  events: readonly LifecycleEvent[],
): Promise<void> {
  for (const [at, { type, data }] of events.entries())
    await client.query(
      `insert into tenantry.outbox (id, writer, type, aggregate, aggregate_id, version, occurred_at, data) values ($1, $2, $3, 'tenant', $4, $5, now(), $6)`,
      [uuidV7(), appRole, type, tenantId, LIFECYCLE_VERSIONS + lifecycleVersion + at + 1, data],
    );
  if (events.length > 0)
    await client.query('update tenantry.tenants set lifecycle_version = lifecycle_version + $2 where tenant_id = $1', [
      tenantId,
      events.length,
    ]);
}
