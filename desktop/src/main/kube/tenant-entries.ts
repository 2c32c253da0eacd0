import { randomBytes } from 'node:crypto';
import { GROUP, VERSION } from '@tenantry/contracts';
import type { KubeApi } from '@tenantry/operator/control/kube-api.ts';
import { isKubeError, KubeError } from '@tenantry/operator/control/kube-error.ts';
import { defineResource, type KubeObject } from '@tenantry/operator/control/kube-object.ts';
import type { TenantEntry, TenantEntryRequest } from '../../platform/platform-view-questions.ts';
import { TENANT_ACCESSES, type TenantAccessObject } from './tenant-kinds.ts';

/** As `kubectl auth whoami`: only the API server knows under which name it knows somebody. */
const SELF_SUBJECT_REVIEWS = defineResource<SelfSubjectReview>({
  group: 'authentication.k8s.io',
  version: 'v1',
  plural: 'selfsubjectreviews',
  kind: 'SelfSubjectReview',
  namespaced: false,
});

interface SelfSubjectReview extends KubeObject {
  readonly status?: { readonly userInfo?: { readonly username?: string } };
}

/** Those of one tenant; who is in first, the newest before the older. None for who may not see them, or where nobody can enter. @throws KubeError */
export async function listEntries(api: Pick<KubeApi, 'list'>, tenant: string): Promise<readonly TenantEntry[]> {
  const found = api.list(TENANT_ACCESSES, { fieldSelector: `spec.tenantRef.name=${tenant}` });
  const { items } = await found.catch((error: unknown) => {
    if (isKubeError(error, 'Forbidden', 'NotFound')) return { items: [] };
    throw error;
  });
  return items
    .toSorted((a, b) => (b.metadata.creationTimestamp ?? '').localeCompare(a.metadata.creationTimestamp ?? ''))
    .map(tenantEntry)
    .sort((a, b) => ORDER.indexOf(a.state) - ORDER.indexOf(b.state));
}

const ORDER: readonly TenantEntry['state'][] = ['inside', 'waiting', 'ended'];

/** @throws KubeError `Forbidden` when the person may not enter tenants */
export async function askToEnter(
  api: Pick<KubeApi, 'create'>,
  { tenant, email, role, reason, minutes }: TenantEntryRequest,
): Promise<{ readonly name: string }> {
  const review = { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview', metadata: {} } as unknown as SelfSubjectReview;
  const { status } = await api.create(SELF_SUBJECT_REVIEWS, review);
  const requestedBy = status?.userInfo?.username;
  if (requestedBy === undefined) throw new KubeError('Unauthorized', 'the API server does not say who you are');
  const name = `${tenant}-${randomBytes(4).toString('hex')}`;
  const access: TenantAccessObject = {
    apiVersion: `${GROUP}/${VERSION}`,
    kind: TENANT_ACCESSES.kind,
    metadata: { name },
    spec: { tenantRef: { name: tenant }, email, role, reason, duration: `${minutes}m`, requestedBy },
  };
  await api.create(TENANT_ACCESSES, access);
  return { name };
}

/** One that is gone already counts as ended. @throws KubeError */
export async function endEntry(api: Pick<KubeApi, 'delete'>, name: string): Promise<void> {
  await api.delete(TENANT_ACCESSES, { name });
}

function tenantEntry({ metadata, spec, status }: TenantAccessObject): TenantEntry {
  const ready = status?.conditions?.find(({ type }) => type === 'Ready');
  return {
    name: metadata.name,
    tenant: spec.tenantRef.name,
    email: spec.email,
    role: spec.role,
    reason: spec.reason,
    requestedBy: spec.requestedBy,
    state: ready?.status === 'True' ? 'inside' : status?.endedAt === undefined ? 'waiting' : 'ended',
    says: ready?.message ?? '',
    until: status?.until,
  };
}
