import { expect, it } from 'vitest';
import type { BackupsReading, TenantBackupRow, TenantRestoreRow } from '../../../platform/platform-backups.ts';
import { isUnderWay } from './under-way.ts';

const reading = (backup: TenantBackupRow['state'], restore?: TenantRestoreRow['state']): BackupsReading => ({
  state: 'read',
  backups: [{ state: 'proven' } as TenantBackupRow, { state: backup } as TenantBackupRow],
  restores: restore && [{ state: restore } as TenantRestoreRow],
});

it.each([
  [reading('waiting'), true],
  [reading('making'), true],
  [reading('proven'), false],
  [reading('failed'), false],
  [reading('storeMissing'), false],
  [reading('tenantMissing'), false],
  [reading('proven', 'waiting'), true],
  [reading('proven', 'restoring'), true],
  [reading('proven', 'restored'), false],
  [reading('proven', 'refused'), false],
  [{ state: 'absent' }, false],
  [{ state: 'closed' }, false],
] satisfies [BackupsReading, boolean][])('of %j something is under way: %s', (each, is) => {
  expect(isUnderWay(each)).toBe(is);
});
