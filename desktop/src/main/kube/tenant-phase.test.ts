import type { Condition, TenantStatus } from '@tenantry/contracts';
import { expect, it } from 'vitest';
import { aTenant } from '../../../testing/a-tenant.ts';
import type { TenantPhase } from '../../platform/platform-view-questions.ts';
import { tenantPhase } from './tenant-phase.ts';

const condition = (type: string, status: Condition['status'], reason: string): Condition => ({
  type,
  status,
  reason,
  message: '',
  lastTransitionTime: '2026-01-01T00:00:00Z',
});
const seen = (ready: readonly [Condition['status'], string], more: TenantStatus = {}): TenantStatus => ({
  observedGeneration: 2,
  conditions: [condition('Ready', ...ready)],
  ...more,
});
const failing: TenantStatus['steps'] = [
  { name: 'topics', state: 'Failed', reason: 'ApplyFailed', message: '', since: '2026-01-01T00:00:00Z', observedGeneration: 2 },
];
const everReady = { settledWish: 'hash', class: { name: 'standard', revision: 'r', wasReady: true, spec: {} } };

it.each<[phase: TenantPhase, of: string, tenant: ReturnType<typeof aTenant>]>([
  ['Provisioning', 'nobody has looked yet', aTenant()],
  ['Provisioning', 'was never Ready', aTenant({}, { status: seen(['False', 'Waiting']) })],
  ['Ready', 'all is well', aTenant({}, { status: seen(['True', 'Ready'], everReady) })],
  [
    'Changing',
    'has an edit that was not looked at',
    aTenant({}, { status: seen(['True', 'Ready'], { ...everReady, observedGeneration: 1 }) }),
  ],
  ['Changing', 'was Ready and is under way', aTenant({}, { status: seen(['False', 'Waiting'], everReady) })],
  [
    'Suspended',
    'is suspended as wanted',
    aTenant({ lifecycle: { state: 'Suspended' } }, { status: seen(['True', 'Suspended'], everReady) }),
  ],
  ['ReadOnly', 'is read-only as wanted', aTenant({ lifecycle: { state: 'ReadOnly' } }, { status: seen(['True', 'Ready'], everReady) })],
  ['Failing', 'has a step that fails', aTenant({}, { status: seen(['False', 'ApplyFailed'], { ...everReady, steps: failing }) })],
  ['Unknown', 'could not be looked at', aTenant({}, { status: seen(['Unknown', 'ObservationFailed'], { ...everReady, steps: failing }) })],
  ['Drifting', 'differs and is left so', aTenant({}, { status: seen(['False', 'DriftReported'], everReady) })],
  ['Paused', 'is paused', aTenant({ paused: true }, { status: seen(['False', 'Paused'], everReady) })],
  [
    'Stalled',
    'needs a person',
    aTenant(
      {},
      {
        status: {
          observedGeneration: 2,
          conditions: [condition('Ready', 'False', 'ClassNotFound'), condition('Stalled', 'True', 'ClassNotFound')],
        },
      },
    ),
  ],
  ['Deleting', 'is being deleted, whatever else is said', aTenant({}, { deleting: true, status: seen(['True', 'Ready'], everReady) })],
])('says %s of a tenant that %s', (phase, _, tenant) => {
  expect(tenantPhase(tenant)).toBe(phase);
});
