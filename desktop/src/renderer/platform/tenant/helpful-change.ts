import type { Reason } from '@tenantry/contracts';
import type { TenantReading } from '../../../platform/platform-view-questions.ts';
import type { ChangeKind } from './offered-changes.ts';

/** What the desktop itself can do about the reason a tenant is not Ready, or is as it is. */
const HELPS: Partial<Record<Reason, ChangeKind>> = {
  Suspended: 'resume',
  ClassNotFound: 'class',
  ClassCeiling: 'class',
  MigrationFailed: 'reconcile',
  ApplyFailed: 'reconcile',
  ObservationFailed: 'reconcile',
  RotationRefused: 'rotate',
};

/** The one action that helps most; undefined when it is not in the desktop, but in the command. Pure. */
export function helpfulChange({ conditions, explanation }: Pick<TenantReading, 'conditions' | 'explanation'>): ChangeKind | undefined {
  // What is said of an older generation is no reason to do anything now.
  if (explanation.generation.seen !== explanation.generation.wanted) return undefined;
  const ready = conditions.find(({ type }) => type === 'Ready');
  return ready === undefined ? undefined : HELPS[ready.reason as Reason];
}
