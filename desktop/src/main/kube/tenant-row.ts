import type { Tenant } from '@tenantry/contracts';
import type { TenantRow } from '../../platform/platform-view-questions.ts';
import { tenantPhase } from './tenant-phase.ts';

/** Of a Tenant what the table shows. Pure. */
export function tenantRow(tenant: Tenant): TenantRow {
  const { metadata, spec, status } = tenant;
  const ready = status?.conditions?.find(({ type }) => type === 'Ready');
  return {
    name: metadata.name,
    uid: metadata.uid ?? '',
    version: metadata.resourceVersion ?? '',
    displayName: spec.displayName,
    class: spec.classRef.name,
    cell: status?.cell,
    mode: status?.workload?.mode,
    phase: tenantPhase(tenant),
    reason: ready?.reason ?? '',
    says: ready?.message ?? '',
    since: ready?.lastTransitionTime,
    createdAt: metadata.creationTimestamp ?? '',
    drift: status?.drift?.count ?? 0,
    schemaVersion: status?.database?.version,
  };
}
