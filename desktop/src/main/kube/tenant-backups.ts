import { randomBytes } from 'node:crypto';
import { GROUP, VERSION } from '@tenantry/contracts';
import type { KubeApi } from '@tenantry/operator/control/kube-api.ts';
import { isKubeError } from '@tenantry/operator/control/kube-error.ts';
import type { KubeObject, Resource } from '@tenantry/operator/control/kube-object.ts';
import type { BackupsReading, RestoreRequest, TenantBackupRow, TenantRestoreRow } from '../../platform/platform-backups.ts';
import { TENANT_BACKUPS, TENANT_RESTORES, type TenantBackupObject, type TenantRestoreObject } from './tenant-kinds.ts';

/** Those of one tenant, the newest first. @throws KubeError */
export async function readBackups(api: Pick<KubeApi, 'list'>, tenant: string): Promise<BackupsReading> {
  const [backups, restores] = await Promise.all([allOf(api, TENANT_BACKUPS, tenant), allOf(api, TENANT_RESTORES, tenant)]);
  if (typeof backups === 'string') return { state: backups };
  return {
    state: 'read',
    backups: backups.map(backupRow),
    restores: typeof restores === 'string' ? undefined : restores.map(restoreRow),
  };
}

/** Asks for a backup; the operator makes it. @returns its name. @throws KubeError `Forbidden` when the person may not */
export async function askForBackup(api: Pick<KubeApi, 'create'>, tenant: string): Promise<{ readonly name: string }> {
  const name = freshName(tenant);
  const backup: TenantBackupObject = {
    apiVersion: `${GROUP}/${VERSION}`,
    kind: TENANT_BACKUPS.kind,
    metadata: { name },
    spec: { tenantRef: { name: tenant } },
  };
  await api.create(TENANT_BACKUPS, backup);
  return { name };
}

/** Asks for a restore; the operator carries it out once, or refuses it. @returns its name. @throws KubeError `Forbidden` when the person may not */
export async function askForRestore(
  api: Pick<KubeApi, 'create'>,
  { tenant, location }: RestoreRequest,
): Promise<{ readonly name: string }> {
  const name = freshName(tenant);
  const restore: TenantRestoreObject = {
    apiVersion: `${GROUP}/${VERSION}`,
    kind: TENANT_RESTORES.kind,
    metadata: { name },
    spec: { tenantRef: { name: tenant }, location },
  };
  await api.create(TENANT_RESTORES, restore);
  return { name };
}

const freshName = (tenant: string): string => `${tenant}-${randomBytes(4).toString('hex')}`;

async function allOf<T extends KubeObject>(
  api: Pick<KubeApi, 'list'>,
  kind: Resource<T>,
  tenant: string,
): Promise<readonly T[] | 'absent' | 'closed'> {
  try {
    const { items } = await api.list(kind, { fieldSelector: `spec.tenantRef.name=${tenant}` });
    return items.toSorted((a, b) => (b.metadata.creationTimestamp ?? '').localeCompare(a.metadata.creationTimestamp ?? ''));
  } catch (error) {
    if (isKubeError(error, 'Forbidden')) return 'closed';
    if (isKubeError(error, 'NotFound')) return 'absent';
    throw error;
  }
}

const NOT_PROVEN: Readonly<Record<string, TenantBackupRow['state']>> = {
  BackupFailed: 'failed',
  BackupStoreMissing: 'storeMissing',
  TenantMissing: 'tenantMissing',
};

function backupRow({ metadata, status }: TenantBackupObject): TenantBackupRow {
  const ready = status?.conditions?.find(({ type }) => type === 'Ready');
  return {
    name: metadata.name,
    askedAt: metadata.creationTimestamp ?? '',
    state: ready === undefined ? 'waiting' : ready.status === 'True' ? 'proven' : (NOT_PROVEN[ready.reason] ?? 'making'),
    says: ready?.message ?? '',
    location: status?.location,
    rows: status?.rows,
    bytes: status?.bytes,
  };
}

function restoreRow({ metadata, spec, status }: TenantRestoreObject): TenantRestoreRow {
  const ready = status?.conditions?.find(({ type }) => type === 'Ready');
  return {
    name: metadata.name,
    askedAt: metadata.creationTimestamp ?? '',
    state:
      ready === undefined ? 'waiting' : ready.status === 'True' ? 'restored' : status?.finishedAt === undefined ? 'restoring' : 'refused',
    says: ready?.message ?? '',
    location: spec.location,
    replacedSchema: status?.replacedSchema,
  };
}
