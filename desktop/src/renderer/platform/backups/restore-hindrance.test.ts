import { explanationOf, type TenantStatus } from '@tenantry/contracts';
import { expect, it } from 'vitest';
import { aTenant } from '../../../../testing/a-tenant.ts';
import type { TenantRestoreRow } from '../../../platform/platform-backups.ts';
import { type RestoreHindrance, restoreHindrance } from './restore-hindrance.ts';

const SUSPENDED = { lifecycle: { state: 'Suspended' } };
const status = (ready: 'True' | 'False', reason: string, observedGeneration = 2): TenantStatus => ({
  observedGeneration,
  conditions: [{ type: 'Ready', status: ready, reason, message: '', lastTransitionTime: '2026-01-01T00:00:00Z' }],
});

function hindrance(tenant: ReturnType<typeof aTenant>, ...states: TenantRestoreRow['state'][]): RestoreHindrance | undefined {
  const { metadata, spec } = tenant;
  return restoreHindrance(
    { deletingSince: metadata.deletionTimestamp, spec, conditions: tenant.status?.conditions ?? [], explanation: explanationOf(tenant) },
    states.map((state) => ({ state })),
  );
}

it.each([
  ['is served', 'notSuspended', {}, status('True', 'Ready')],
  ['is read-only', 'notSuspended', { lifecycle: { state: 'ReadOnly' } }, status('True', 'ReadOnly')],
  ['is being suspended', 'notYet', SUSPENDED, status('False', 'Progressing')],
  ['was Ready before its suspension was seen', 'notYet', SUSPENDED, status('True', 'Ready', 1)],
  ['is suspended', undefined, SUSPENDED, status('True', 'Suspended')],
  ['is suspended and has lost its schema', undefined, SUSPENDED, status('False', 'SchemaLost')],
  ['had lost its schema before its suspension was seen', 'notYet', SUSPENDED, status('False', 'SchemaLost', 1)],
] as const)('of a tenant that %s, in the way of a restore is: %s', (_, expected, spec, said) => {
  expect(hindrance(aTenant(spec, { status: said }))).toBe(expected);
});

it.each([
  [['waiting'], 'underWay'],
  [['restored', 'restoring'], 'underWay'],
  [['refused', 'restored'], undefined],
] as const)('of a suspended tenant with restores that are %j, in the way of another is: %s', (states, expected) => {
  expect(hindrance(aTenant(SUSPENDED, { status: status('True', 'Suspended') }), ...states)).toBe(expected);
});

it('says of a tenant that is being deleted that it is', () => {
  expect(hindrance(aTenant(SUSPENDED, { status: status('True', 'Suspended'), deleting: true }), 'waiting')).toBe('deleting');
});
