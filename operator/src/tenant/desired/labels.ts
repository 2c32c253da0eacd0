import { LABELS } from '@tenantry/contracts';
import type { ObjectMeta } from '../../control/kube-object.ts';
import { ownerReferenceTo } from '../../control/kube-object.ts';
import type { DesiredInput } from './desired-input.ts';

/** On every child, so that it can be found by tenant and is seen as ours by kubectl, cost tools and network policies. */
export function childLabels({ tenant, tenantId }: DesiredInput): Record<string, string> {
  return {
    [LABELS.tenantId]: tenantId,
    [LABELS.tenant]: tenant.metadata.name,
    'app.kubernetes.io/part-of': 'tenantry',
    'app.kubernetes.io/managed-by': 'tenantry-operator',
  };
}

/** Labels of the replicas of a dedicated tenant, and what selects them. A Deployment's selector can never change: keep it small. */
export function apiSelector({ tenant }: DesiredInput): Record<string, string> {
  return { 'app.kubernetes.io/name': 'tenant-service', 'app.kubernetes.io/component': 'api', [LABELS.tenant]: tenant.metadata.name };
}

/** Name, place and owner of a child: it goes when its Tenant goes. */
export function childMetadata(input: DesiredInput, name: string): ObjectMeta {
  return {
    name,
    namespace: input.place.tenantsNamespace,
    labels: childLabels(input),
    ownerReferences: [ownerReferenceTo(input.tenant)],
  };
}
