import type { Tenant } from '@tenantry/contracts';
import type { TenantPhase } from '../../platform/platform-view-questions.ts';

/** The one word for a tenant, from what its object says. What a person must look at comes before what is as it should be. Pure. */
export function tenantPhase({ metadata, spec, status }: Tenant): TenantPhase {
  const condition = (type: string) => status?.conditions?.find((each) => each.type === type);
  const ready = condition('Ready');
  const isSeen = status?.observedGeneration === metadata.generation;
  if (metadata.deletionTimestamp !== undefined) return 'Deleting';
  if (condition('Stalled')?.status === 'True') return 'Stalled';
  if (ready === undefined) return 'Provisioning';
  if (spec.paused) return 'Paused';
  if (ready.reason === 'DriftReported') return 'Drifting';
  if (status?.steps?.some(({ state }) => state === 'Failed')) return ready.status === 'Unknown' ? 'Unknown' : 'Failing';
  if (ready.status === 'Unknown') return 'Unknown';
  if (ready.status === 'False' || !isSeen) return status?.class === undefined || !wasEverServed(status) ? 'Provisioning' : 'Changing';
  if (spec.lifecycle.state !== 'Active') return spec.lifecycle.state;
  return 'Ready';
}

/** A hash of what everything once equalled is there from the first time on that the tenant was Ready. */
function wasEverServed(status: NonNullable<Tenant['status']>): boolean {
  return status.settledWish !== undefined;
}
