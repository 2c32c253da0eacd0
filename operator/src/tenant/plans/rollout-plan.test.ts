import { expect, it } from 'vitest';
import { type RolloutTenant, rolloutPlan } from './rollout-plan.ts';

const wish = { revision: 'new', maxConcurrent: 2, maxFailures: 0, progressDeadlineMs: 1000 };
const old = (name: string, more: Partial<RolloutTenant> = {}): RolloutTenant => ({
  name,
  revision: 'old',
  wasReady: false,
  isReady: true,
  isStalled: false,
  sinceMs: 0,
  isPaused: false,
  ...more,
});
const given = (name: string, more: Partial<RolloutTenant> = {}) => old(name, { revision: 'new', wasReady: true, ...more });
const plan = (tenants: readonly RolloutTenant[], more: Partial<typeof wish> = {}, admitted: readonly string[] = [], nowMs = 500) =>
  rolloutPlan({ ...wish, ...more }, tenants, new Set(admitted), nowMs);

it('gives an edit to so many at a time, by name', () => {
  expect(plan([old('c'), old('a'), old('b')])).toMatchObject({ admit: ['a', 'b'], total: 3, updated: 0, state: 'RollingOut' });
  expect(plan([given('a', { isReady: false }), old('b'), old('c')])).toMatchObject({ admit: ['b'] });
  expect(plan([old('a'), old('b'), old('c')], {}, ['a', 'b'])).toMatchObject({ admit: [] });
});

it('is done when everybody has it and is Ready again', () => {
  expect(plan([given('a'), given('b')])).toMatchObject({ state: 'RolledOut', updated: 2, lookAgainAtMs: undefined });
  expect(plan([given('a'), given('b', { isReady: false })])).toMatchObject({ state: 'RollingOut', lookAgainAtMs: 1000 });
  expect(plan([])).toMatchObject({ state: 'RolledOut', total: 0 });
});

it.each([
  ['needs a person', given('a', { isReady: false, isStalled: true })],
  ['has not become Ready in time', given('a', { isReady: false, sinceMs: -600 })],
])('is held when one that was Ready %s', (_, failed) => {
  expect(plan([failed, old('b')])).toMatchObject({ state: 'RolloutHeld', admit: [], failed: ['a'] });
});

it('goes on while no more failed than the class bears, and their places are free', () => {
  const failed = given('a', { isReady: false, isStalled: true });
  expect(plan([failed, old('b'), old('c')], { maxFailures: 1 })).toMatchObject({ state: 'RollingOut', admit: ['b', 'c'] });
});

it('does not count a tenant that was not Ready before, and serves it first', () => {
  const broken = given('a', { wasReady: false, isReady: false, isStalled: true });
  expect(plan([broken, old('b')])).toMatchObject({ state: 'RollingOut', failed: [], admit: ['b'] });
  expect(plan([old('b'), old('z', { isReady: false })], { maxConcurrent: 1 })).toMatchObject({ admit: ['z'] });
});

it('does not wait for paused tenants, and says how many there are', () => {
  expect(plan([given('a'), old('b', { isPaused: true })])).toMatchObject({ state: 'RolledOut', paused: 1, updated: 1, total: 2 });
});
