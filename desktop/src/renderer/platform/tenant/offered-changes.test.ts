import { TenantSpec } from '@tenantry/contracts';
import { expect, it } from 'vitest';
import { keeperOf, needsName, needsReason, offeredChanges } from './offered-changes.ts';

const offered = (spec: object, more: object = {}) =>
  offeredChanges({ spec: TenantSpec.parse({ classRef: { name: 'standard' }, ...spec }), status: {}, deletingSince: undefined, ...more });

it('offers what changes something, and scaling only where a number decides', () => {
  expect(offered({})).toEqual(['suspend', 'readOnly', 'class', 'rotate', 'reconcile', 'protect', 'delete']);
  expect(offered({ lifecycle: { state: 'Suspended' } }).slice(0, 2)).toEqual(['resume', 'readOnly']);
  expect(offered({ workload: { mode: 'Dedicated' } })).toContain('scale');
  expect(offered({}, { status: { workload: { mode: 'Dedicated' } } })).toContain('scale');
  expect(offered({ workload: { mode: 'Dedicated', autoscaling: { maxReplicas: 3 } } })).not.toContain('scale');
  expect(offered({}, { deletingSince: '2026-01-01T00:00:00Z' })).toEqual(['reconcile']);
});

it('names who keeps the field that a change sets, and nobody for what is no field', () => {
  const owners = [{ path: 'spec.classRef.name', manager: 'argocd-controller' }];
  expect(keeperOf('class', owners)).toBe('argocd-controller');
  expect(keeperOf('suspend', owners)).toBeUndefined();
  expect(keeperOf('delete', owners)).toBeUndefined();
});

it('asks for a reason where people lose something, and for the name where there is no way back or in production', () => {
  expect((['suspend', 'readOnly', 'resume', 'delete', 'rotate'] as const).map(needsReason)).toEqual([true, true, false, true, false]);
  expect([needsName('delete', false), needsName('suspend', false), needsName('suspend', true), needsName('reconcile', true)]).toEqual([
    true,
    false,
    true,
    false,
  ]);
});
