import { expect, it } from 'vitest';
import { aTenant } from '../../testing/tenant-fixtures.ts';
import { deletionVerdict } from './deletion-verdict.ts';

const confirmed = { annotations: { 'tenantry.dev/confirm-delete': 'acme' } };
const asked = { deletionPolicy: 'Delete', deletionProtection: false };
const withData = { hasData: true, kindIsGoing: false };

it('deletes only when policy, protection and confirmation all say so', () => {
  expect(deletionVerdict(aTenant(asked, confirmed), withData)).toEqual({ policy: 'Delete', protectedBy: undefined });
});

it('takes a snapshot without a confirmation: a copy stays', () => {
  expect(deletionVerdict(aTenant({ ...asked, deletionPolicy: 'Snapshot' }), withData)).toEqual({
    policy: 'Snapshot',
    protectedBy: undefined,
  });
});

it.each([
  ['protection is on', { ...asked, deletionProtection: true }, confirmed, /deletionProtection of acme was on/],
  ['protection was never mentioned', { deletionPolicy: 'Delete' }, confirmed, /deletionProtection of acme was on/],
  ['a snapshot was asked for and protection is on', { deletionPolicy: 'Snapshot' }, {}, /is kept although deletionPolicy is Snapshot/],
  ['nobody confirmed', asked, {}, /confirm-delete=acme was missing/],
  ['another name was confirmed', asked, { annotations: { 'tenantry.dev/confirm-delete': 'globex' } }, /confirm-delete=acme was missing/],
])('keeps the data when %s, and says why', (_, spec, more, why) => {
  const verdict = deletionVerdict(aTenant(spec, more), withData);
  expect(verdict.policy).toBe('Retain');
  expect(verdict.protectedBy).toMatch(why);
});

it.each(['Snapshot', 'Delete'])(
  'keeps the data of policy %s when the kind itself is deleted, whatever was confirmed before',
  (deletionPolicy) => {
    const verdict = deletionVerdict(aTenant({ ...asked, deletionPolicy }, confirmed), { hasData: true, kindIsGoing: true });
    expect(verdict.policy).toBe('Retain');
    expect(verdict.protectedBy).toMatch(/custom resource definition .* is being deleted/);
  },
);

it('keeps the data by default, without a word about protection', () => {
  expect(deletionVerdict(aTenant({}, confirmed), withData)).toEqual({ policy: 'Retain', protectedBy: undefined });
});

it('keeps no tombstone of a tenant that never had data', () => {
  expect(deletionVerdict(aTenant(), { ...withData, hasData: false }).policy).toBe('Delete');
});
