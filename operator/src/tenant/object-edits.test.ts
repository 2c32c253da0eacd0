import { FINALIZER } from '@tenantry/contracts';
import { expect, it } from 'vitest';
import { aTenant } from '../../testing/tenant-fixtures.ts';
import { ObjectEdits } from './object-edits.ts';

const before = aTenant();
const with_ = (metadata: object) => ({ ...before, metadata: { ...before.metadata, resourceVersion: '8', ...metadata } });

it.each([
  ['an edit of the spec', with_({ generation: 3 }), true],
  ['an annotation', with_({ annotations: { 'tenantry.dev/reconcile-requested-at': 'now' } }), true],
  ['a label', with_({ labels: { 'tenantry.dev/operator': 'another' } }), true],
  ['a deletion begun', with_({ deletionTimestamp: '2026-01-01T00:00:00Z' }), true],
  ['another Tenant of the name', with_({ uid: 'uid-2' }), true],
  ['a status written', with_({}), false],
  ['our finalizer put on', with_({ finalizers: [FINALIZER] }), false],
])('%s: %s', (_, after, isOne) => {
  const edits = new ObjectEdits();
  expect(edits.isOne('acme', 'added', before)).toBe(true);
  expect(edits.isOne('acme', 'updated', after)).toBe(isOne);
});

it('looks when somebody takes the finalizer away, and again at a Tenant made anew', () => {
  const edits = new ObjectEdits();
  const held = with_({ finalizers: [FINALIZER] });
  edits.isOne('acme', 'added', held);
  expect(edits.isOne('acme', 'updated', with_({ finalizers: [] }))).toBe(true);
  expect(edits.isOne('acme', 'deleted', held)).toBe(true);
  expect(edits.isOne('acme', 'added', held)).toBe(true);
});
