import type { Condition, Reason, TenantBackupStatus, TenantRestoreStatus } from '@tenantry/contracts';
import { setCondition } from '../control/conditions.ts';
import { kubeTime } from '../control/kube-time.ts';
import type { TenantBackupObject, TenantRestoreObject } from '../kubernetes/resources.ts';
import type { BackupRecord } from './port.ts';
import type { RestoredTenant } from './restore-tenant.ts';

/** What is said of a request that has not come to its end, or came to none. */
export interface RequestWord {
  readonly reason: Reason;
  readonly message: string;
}

/** The whole status of a backup that is not there yet. Times move with transitions only. Pure. */
export function waitingStatus(
  { metadata, status }: TenantBackupObject | TenantRestoreObject,
  { reason, message }: RequestWord,
  now: Date,
): { readonly observedGeneration: number; readonly conditions: Condition[] } {
  return saidStatus(metadata.generation, status?.conditions, { status: 'False', reason, message }, now);
}

/** The whole status of a backup that is there and proven. Pure. */
export function backedUpStatus(backup: TenantBackupObject, { location, rows, bytes }: BackupRecord, now: Date): TenantBackupStatus {
  const message = `${rows} rows of ${backup.spec.tenantRef.name} are in the bucket, and were proven by restoring them.`;
  const said = saidStatus(backup.metadata.generation, backup.status?.conditions, { status: 'True', reason: 'BackedUp', message }, now);
  return { ...said, location, rows, bytes, finishedAt: kubeTime(now) };
}

/** The whole status of a restore that was done. Pure. */
export function restoredStatus(restore: TenantRestoreObject, { replaced }: RestoredTenant, now: Date): TenantRestoreStatus {
  const message = restoredWords(restore.spec.tenantRef.name, replaced);
  const said = saidStatus(restore.metadata.generation, restore.status?.conditions, { status: 'True', reason: 'Restored', message }, now);
  return { ...said, ...(replaced === undefined ? {} : { replacedSchema: replaced }), finishedAt: kubeTime(now) };
}

/** The whole status of a restore that changed nothing, and never will. Pure. */
export function refusedStatus(restore: TenantRestoreObject, message: string, now: Date): TenantRestoreStatus {
  const said = waitingStatus(restore, { reason: 'RestoreRefused', message }, now);
  return { ...said, finishedAt: kubeTime(now) };
}

/** What was done, and what is left to do. */
export function restoredWords(slug: string, replaced: string | undefined): string {
  const before = replaced === undefined ? 'It had no schema any more.' : `What it had before is in schema ${replaced}.`;
  return `${slug} has the backup’s data. ${before} Resume it: set spec.lifecycle.state to Active.`;
}

interface Said {
  readonly observedGeneration: number;
  readonly conditions: Condition[];
}

function saidStatus(
  observedGeneration = 0,
  before: readonly Condition[] | undefined,
  { status, reason, message }: RequestWord & { readonly status: 'True' | 'False' },
  now: Date,
): Said {
  const ready = { type: 'Ready', status, reason, message: message.slice(0, 4096), observedGeneration };
  return { observedGeneration, conditions: [...setCondition<Condition>(before, ready, now)] };
}
