import { expect, it } from 'vitest';
import { isRestriction } from './is-restriction.ts';

it.each([
  ['Active', 'Suspended', true],
  ['Active', 'ReadOnly', true],
  ['ReadOnly', 'Suspended', true],
  ['Suspended', 'Closed', true],
  ['Suspended', 'Active', false],
  ['ReadOnly', 'Active', false],
  ['Provisioning', 'Suspended', false],
  ['Active', 'Active', false],
] as const)('%s → %s: %s', (from, to, restricts) => {
  expect(isRestriction(from, to)).toBe(restricts);
});
