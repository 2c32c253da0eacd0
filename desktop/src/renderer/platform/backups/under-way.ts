import type { BackupsReading, TenantRestoreRow } from '../../../platform/platform-backups.ts';

/** Whether the operator is at work on one of them, or about to be. What it tries again later does not count. Pure. */
export function isUnderWay(reading: BackupsReading): boolean {
  if (reading.state !== 'read') return false;
  const { backups, restores = [] } = reading;
  return backups.some(({ state }) => state === 'waiting' || state === 'making') || restores.some(isRestoreUnderWay);
}

/** Whether it may still take the place of the tenant's data. Pure. */
export function isRestoreUnderWay({ state }: Pick<TenantRestoreRow, 'state'>): boolean {
  return state === 'waiting' || state === 'restoring';
}
