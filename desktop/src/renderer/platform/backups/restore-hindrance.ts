import type { TenantRestoreRow } from '../../../platform/platform-backups.ts';
import type { TenantReading } from '../../../platform/platform-view-questions.ts';
import { isRestoreUnderWay } from './under-way.ts';

/** Why nothing can be restored into a tenant now. */
export type RestoreHindrance = 'deleting' | 'underWay' | 'notSuspended' | 'notYet';

/** What has to be different first; undefined when a restore can be asked for. Pure. */
export function restoreHindrance(
  { deletingSince, spec, conditions, explanation }: Pick<TenantReading, 'deletingSince' | 'spec' | 'conditions' | 'explanation'>,
  restores: readonly Pick<TenantRestoreRow, 'state'>[],
): RestoreHindrance | undefined {
  if (deletingSince !== undefined) return 'deleting';
  if (restores.some(isRestoreUnderWay)) return 'underWay';
  if (spec.lifecycle.state !== 'Suspended') return 'notSuspended';
  const { isReady, generation } = explanation;
  // Without its schema a tenant becomes Ready only by a restore.
  const isLost = generation.seen === generation.wanted && conditions.some(({ reason }) => reason === 'SchemaLost');
  return isReady || isLost ? undefined : 'notYet';
}
