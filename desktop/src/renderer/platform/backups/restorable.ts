import type { TenantBackupRow } from '../../../platform/platform-backups.ts';

/** A backup that is there and proven. */
export type Restorable = TenantBackupRow & { readonly location: string };

/** Pure. */
export function isRestorable(backup: TenantBackupRow): backup is Restorable {
  return backup.state === 'proven' && backup.location !== undefined;
}
