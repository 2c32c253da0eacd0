import { ANNOTATIONS } from '@tenantry/contracts';
import type { KubeObject } from '@tenantry/operator/control/kube-object.ts';
import type { TenantChange, TenantChangeRequest } from '../../platform/platform-view-questions.ts';
import { ownedPart } from './field-owners.ts';
import type { TenantObject } from './tenant-kinds.ts';

/**
 * The object to apply for a change: everything that the desktop owns already, which an apply without it would take away, and the change. Its
 * uid and version are locks: a tenant made anew under the name is refused, and an edit in between means to look again. Pure.
 */
export function tenantWish(tenant: TenantObject, { change, reason }: TenantChangeRequest, now: Date): KubeObject {
  const owned = ownedPart(tenant) as { metadata: Record<string, unknown>; spec: Record<string, unknown> };
  const { name, uid, resourceVersion } = tenant.metadata;
  const annotations = {
    ...(owned.metadata.annotations as Record<string, string> | undefined),
    ...(reason === '' ? {} : { [ANNOTATIONS.changeReason]: reason }),
    ...requestedBy(change, tenant, now),
  };
  return {
    apiVersion: tenant.apiVersion,
    kind: tenant.kind,
    metadata: {
      ...owned.metadata,
      ...labelsOf(change, owned.metadata.labels as Record<string, string> | undefined),
      name,
      ...(uid && { uid }),
      ...(resourceVersion && { resourceVersion }),
      annotations,
    },
    spec: { ...owned.spec, ...specOf(change, reason, owned.spec) },
  } as KubeObject;
}

/** Of what is asked for by an annotation; whoever set it before has been heard. */
export function isRequest({ kind }: TenantChange): boolean {
  return kind === 'rotate' || kind === 'reconcile' || kind === 'delete';
}

/** A deletion that destroys data wants the tenant's own name on the object: the person typed it. */
function requestedBy(change: TenantChange, { metadata, spec }: TenantObject, now: Date): Record<string, string> {
  if (change.kind === 'rotate') return { [ANNOTATIONS.rotateRequestedAt]: now.toISOString() };
  if (change.kind === 'reconcile') return { [ANNOTATIONS.reconcileRequestedAt]: now.toISOString() };
  if (change.kind === 'delete' && spec.deletionPolicy === 'Delete') return { [ANNOTATIONS.confirmDelete]: metadata.name };
  return {};
}

/** Without a value the label goes; one that somebody else set stays. */
function labelsOf(
  change: TenantChange,
  owned: Readonly<Record<string, string>> = {},
): { readonly labels?: Readonly<Record<string, string>> } {
  if (change.kind !== 'label') return {};
  const { [change.key]: _before, ...others } = owned;
  return { labels: change.value === null ? others : { ...others, [change.key]: change.value } };
}

function specOf(change: TenantChange, reason: string, owned: Record<string, unknown>): Record<string, unknown> {
  switch (change.kind) {
    case 'suspend':
      return { lifecycle: { state: 'Suspended', reason } };
    case 'readOnly':
      return { lifecycle: { state: 'ReadOnly', reason } };
    case 'resume':
      return { lifecycle: { state: 'Active' } };
    case 'class':
      return { classRef: { name: change.class } };
    case 'scale':
      return { workload: { ...(owned.workload as object | undefined), replicas: change.replicas } };
    case 'protect':
      return { deletionProtection: change.on };
    default:
      return {};
  }
}
