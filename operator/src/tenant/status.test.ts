import type { Condition } from '@tenantry/contracts';
import { describe, expect, it } from 'vitest';
import { aTenant } from '../../testing/tenant-fixtures.ts';
import type { StepResult } from './run-steps.ts';
import { begunStatus, nextStatus, summaryOf } from './status.ts';

const result = (more: Partial<StepResult> = {}): StepResult => ({
  name: 'roles',
  condition: 'RolesReady',
  state: 'Done',
  status: 'True',
  reason: 'Done',
  message: 'As wanted.',
  ...more,
});
const waiting = result({
  name: 'schema',
  condition: 'SchemaReady',
  state: 'Waiting',
  status: 'False',
  reason: 'Waiting',
  message: 'Later.',
});
const FIRST = new Date('2026-01-01T00:00:00Z');
const LATER = new Date('2026-01-01T01:00:00Z');
const statusOf = (tenant: ReturnType<typeof aTenant>, results: StepResult[], now: Date) =>
  nextStatus(tenant, now, { summary: summaryOf(results, 'Active'), results, facts: { tenantId: 'id-1' } });
const condition = (conditions: readonly Condition[] | undefined, type: string) => conditions?.find((each) => each.type === type);

it.each([
  ['everything done', result(), 'True Ready', false, false],
  ['a step that waits', waiting, 'False Waiting', true, false],
  ['a step that needs a person', result({ state: 'Blocked', status: 'False', reason: 'Conflict' }), 'False Conflict', false, true],
  [
    'a step that could not look',
    result({ state: 'Failed', status: 'Unknown', reason: 'ObservationFailed' }),
    'Unknown ObservationFailed',
    true,
    false,
  ],
  ['a refused change', result({ state: 'Failed', status: 'False', reason: 'ApplyFailed' }), 'False ApplyFailed', true, false],
  ['drift while paused', result({ state: 'Blocked', status: 'False', reason: 'Paused' }), 'False Paused', false, false],
])('sums up %s as kstatus reads it', (_, step, ready, reconciling, stalled) => {
  const summary = summaryOf([step], 'Active');
  expect(`${summary.ready.status} ${summary.ready.reason}`).toBe(ready);
  expect({ reconciling: summary.reconciling, stalled: summary.stalled }).toEqual({ reconciling, stalled });
});

it('is Ready with reason Suspended when it is as suspended as asked', () => {
  expect(summaryOf([result()], 'Suspended').ready).toMatchObject({ status: 'True', reason: 'Suspended' });
});

it('stamps every condition with the generation it was computed for, so that kubectl wait never returns on an older answer', () => {
  const before = statusOf(aTenant(), [result()], FIRST);
  const tenant = aTenant({}, { metadata: { ...aTenant().metadata, generation: 3 }, status: before });
  const after = statusOf(tenant, [result(), waiting], LATER);
  expect(after.observedGeneration).toBe(3);
  expect(after.conditions?.map(({ observedGeneration }) => observedGeneration)).toEqual(after.conditions?.map(() => 3));
  expect(condition(after.conditions, 'Ready')?.status).toBe('False');
});

it('gives an equal status for an unchanged tenant, however much later', () => {
  const status = statusOf(aTenant(), [result(), waiting], FIRST);
  expect(statusOf(aTenant({}, { status }), [result(), waiting], LATER)).toEqual(status);
});

it('moves a time only with its own transition', () => {
  const status = statusOf(aTenant(), [waiting], FIRST);
  const next = statusOf(aTenant({}, { status }), [{ ...waiting, state: 'Done', status: 'True', reason: 'Done' }], LATER);
  expect(condition(next.conditions, 'SchemaReady')?.lastTransitionTime).toBe('2026-01-01T01:00:00Z');
  expect(condition(next.conditions, 'Stalled')?.lastTransitionTime).toBe('2026-01-01T00:00:00Z');
  expect(next.steps?.[0]).toMatchObject({ state: 'Done', since: '2026-01-01T01:00:00Z' });
});

it('never shows the old answer once a new spec is begun, and keeps what the steps said of the old one', () => {
  const old = statusOf(aTenant(), [result()], FIRST);
  const begun = begunStatus(aTenant({}, { metadata: { ...aTenant().metadata, generation: 3 }, status: old }), LATER);
  expect(begun.observedGeneration).toBe(3);
  expect(condition(begun.conditions, 'Ready')).toMatchObject({ status: 'Unknown', reason: 'Progressing', observedGeneration: 3 });
  expect(condition(begun.conditions, 'Reconciling')).toMatchObject({ status: 'True', observedGeneration: 3 });
  expect(condition(begun.conditions, 'RolesReady')).toEqual(condition(old.conditions, 'RolesReady'));
  expect(begun.steps).toEqual(old.steps);
});

describe('a failing step', () => {
  const failed = result({
    state: 'Failed',
    status: 'Unknown',
    reason: 'ObservationFailed',
    message: 'Away.',
    error: 'Away. ← ECONNREFUSED',
  });
  const fail = (tenant: ReturnType<typeof aTenant>, now: Date) =>
    nextStatus(tenant, now, { summary: summaryOf([failed], 'Active'), results: [failed], facts: {}, retryAt: LATER });

  it('tells how often, when again and why, and counts on', () => {
    const first = fail(aTenant(), FIRST);
    expect(first.steps?.[0]).toMatchObject({ attempts: 1, retryAt: '2026-01-01T01:00:00Z', lastError: 'Away. ← ECONNREFUSED' });
    const second = fail(aTenant({}, { status: first }), FIRST);
    expect(second.steps?.[0]).toMatchObject({ attempts: 2, since: '2026-01-01T00:00:00Z' });
  });

  it('counts anew for another spec, and tells nothing of it once it works', () => {
    const first = fail(aTenant(), FIRST);
    const edited = aTenant({}, { metadata: { ...aTenant().metadata, generation: 3 }, status: first });
    expect(fail(edited, FIRST).steps?.[0]).toMatchObject({ attempts: 1 });
    expect(Object.keys(statusOf(edited, [result()], LATER).steps?.[0] ?? {})).not.toContain('attempts');
  });
});

it('says which request for a pass the last pass has seen', () => {
  const asked = aTenant({}, { annotations: { 'tenantry.dev/reconcile-requested-at': '2026-01-01T00:00:00Z' } });
  expect(statusOf(asked, [result()], FIRST).lastHandledReconcileAt).toBe('2026-01-01T00:00:00Z');
  expect(statusOf(aTenant({}, { status: statusOf(asked, [result()], FIRST) }), [result()], LATER)).not.toHaveProperty(
    'lastHandledReconcileAt',
  );
});

it('lists what differs, at most twenty, and nothing when nothing does', () => {
  const drift = Array.from({ length: 25 }, (_, index) => ({ resource: `r${index}`, field: 'f', want: 'a', have: 'b' }));
  const status = nextStatus(aTenant(), FIRST, { summary: summaryOf([result()], 'Active'), results: [], facts: {}, drift });
  expect([status.drift?.count, status.drift?.items.length]).toEqual([25, 20]);
  expect(statusOf(aTenant({}, { status }), [result()], LATER)).not.toHaveProperty('drift');
});

it('remembers what was last settled until something else is', () => {
  const next = { summary: summaryOf([result()], 'Active'), results: [], facts: {} };
  const settled = nextStatus(aTenant(), FIRST, { ...next, settledWish: 'abc' });
  expect(nextStatus(aTenant({}, { status: settled }), LATER, next).settledWish).toBe('abc');
});
