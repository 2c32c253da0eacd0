import type { Condition, TenantExplanation } from '@tenantry/contracts';
import { expect, it } from 'vitest';
import { helpfulChange } from './helpful-change.ts';

const ready = (reason: string): Condition => ({
  type: 'Ready',
  status: 'False',
  reason,
  message: '',
  lastTransitionTime: '2026-01-01T00:00:00Z',
});
const explanation = (seen: number) => ({ generation: { wanted: 2, seen } }) as TenantExplanation;

it.each([
  ['Suspended', 'resume'],
  ['ClassNotFound', 'class'],
  ['MigrationFailed', 'reconcile'],
  ['Waiting', undefined],
  ['Ready', undefined],
])('helps against %s with %s', (reason, kind) => {
  expect(helpfulChange({ conditions: [ready(reason)], explanation: explanation(2) })).toBe(kind);
});

it('helps against nothing that is said of an older spec', () => {
  expect(helpfulChange({ conditions: [ready('Suspended')], explanation: explanation(1) })).toBeUndefined();
});
