import { expect, it } from 'vitest';
import { aTenant } from '../../testing/tenant-fixtures.ts';
import { deletionVerdict } from './deletion-verdict.ts';

const confirmed = { annotations: { 'tenantry.dev/confirm-delete': 'acme' } };
const asked = { deletionPolicy: 'Delete', deletionProtection: false };

it('deletes only when policy, protection and confirmation all say so', () => {
  expect(deletionVerdict(aTenant(asked, confirmed), true)).toEqual({ policy: 'Delete', protectedBy: undefined });
});

it.each([
  ['protection is on', { ...asked, deletionProtection: true }, confirmed, /deletionProtection of acme was on/],
  ['protection was never mentioned', { deletionPolicy: 'Delete' }, confirmed, /deletionProtection of acme was on/],
  ['nobody confirmed', asked, {}, /confirm-delete=acme was missing/],
  ['another name was confirmed', asked, { annotations: { 'tenantry.dev/confirm-delete': 'globex' } }, /confirm-delete=acme was missing/],
])('keeps the data when %s, and says why', (_, spec, more, why) => {
  const verdict = deletionVerdict(aTenant(spec, more), true);
  expect(verdict.policy).toBe('Retain');
  expect(verdict.protectedBy).toMatch(why);
});

it('keeps the data by default, without a word about protection', () => {
  expect(deletionVerdict(aTenant({}, confirmed), true)).toEqual({ policy: 'Retain', protectedBy: undefined });
});

it('keeps no tombstone of a tenant that never had data', () => {
  expect(deletionVerdict(aTenant(), false).policy).toBe('Delete');
});
