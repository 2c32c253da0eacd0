import type { Log } from '../telemetry/log.ts';
import type { Door } from '../tenancy/doors.ts';
import type { Tenant } from '../tenancy/tenant.ts';
import { quotaExceeded } from './quota-answers.ts';
import { TenantLimits } from './tenant-limits.ts';
import { isReached } from './tenant-usage.ts';
import { UsageRecorder } from './usage-recorder.ts';

/** An import writes some thousand rows in this time, which is how far it may end above a limit. */
const MAX_AGE_MS = 2000;

/** Asks for room chunk by chunk, in a process that answers no requests. What comes back @throws Problem quota-exceeded. */
export function roomForImports(door: Door, log: Log): (tenant: Tenant, resource: string, rows: number) => Promise<void> {
  const limits = new TenantLimits();
  const recorder = new UsageRecorder({ limits, door, log });
  return async (tenant, resource, rows) => {
    const usage = await recorder.refresh(tenant, MAX_AGE_MS);
    const full = usage.levels(tenant.quotas).find((level) => level.quota === 'storageBytes' && isReached(level));
    if (full !== undefined) throw quotaExceeded(full, Date.now());
    if (resource !== 'customers') return;
    limits.requireRoom(tenant, rows);
    limits.addCustomers(tenant, rows);
  };
}
