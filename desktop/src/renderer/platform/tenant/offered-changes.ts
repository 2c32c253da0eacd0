import type { TenantChange, TenantReading } from '../../../platform/platform-view-questions.ts';

/** Labels are set for many tenants at once, or in the manifest. */
export type ChangeKind = Exclude<TenantChange['kind'], 'label'>;

/** Fields of the spec that each change sets. */
const SETS: Readonly<Record<ChangeKind, readonly string[]>> = {
  suspend: ['spec.lifecycle.state', 'spec.lifecycle.reason'],
  readOnly: ['spec.lifecycle.state', 'spec.lifecycle.reason'],
  resume: ['spec.lifecycle.state'],
  class: ['spec.classRef.name'],
  scale: ['spec.workload.replicas'],
  protect: ['spec.deletionProtection'],
  rotate: [],
  reconcile: [],
  delete: [],
};

/** What can be done to this tenant as it is, in the order of the menu. Pure. */
export function offeredChanges({
  spec,
  status,
  deletingSince,
}: Pick<TenantReading, 'spec' | 'status' | 'deletingSince'>): readonly ChangeKind[] {
  if (deletingSince !== undefined) return ['reconcile'];
  const state = spec.lifecycle.state;
  const mode = spec.workload.mode ?? status.workload?.mode;
  const isScaled = mode === 'Dedicated' && spec.workload.autoscaling === undefined;
  return [
    ...(state === 'Active' ? [] : (['resume'] as const)),
    ...(state === 'Suspended' ? [] : (['suspend'] as const)),
    ...(state === 'ReadOnly' ? [] : (['readOnly'] as const)),
    'class',
    ...(isScaled ? (['scale'] as const) : []),
    'rotate',
    'reconcile',
    'protect',
    'delete',
  ];
}

/** Who keeps what the change would set: the first such manager, named where the change is offered. Pure. */
export function keeperOf(kind: ChangeKind, owners: TenantReading['owners']): string | undefined {
  return owners.find(({ path }) => SETS[kind].includes(path))?.manager;
}

/** What takes something away from a tenant's people is never done without a word why. Pure. */
export function needsReason(kind: TenantChange['kind']): boolean {
  return kind === 'suspend' || kind === 'readOnly' || kind === 'delete';
}

/** Typing the name is asked for what cannot be taken back, and in production for everything that people notice. Pure. */
export function needsName(kind: ChangeKind, isProduction: boolean): boolean {
  return kind === 'delete' || (isProduction && kind !== 'reconcile');
}
