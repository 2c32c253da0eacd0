import { expect, it } from 'vitest';
import { type FoundIdentity, GROUPS, identityPlan, type WantedIdentity } from './identity-plan.ts';

const wanted: WantedIdentity = {
  organization: { alias: 'acme', description: 'Acme Inc.', enabled: true, tenantId: 'id-1' },
  client: { clientId: 'tenant-acme', tenantId: 'id-1', secret: 'secret', enabled: true },
};
const complete: FoundIdentity = {
  organization: { id: 'o', alias: 'acme', description: 'Acme Inc.', enabled: true, tenantId: 'id-1' },
  groups: new Map(GROUPS.map((name) => [name, `id of ${name}`])),
  client: { id: 'c', clientId: 'tenant-acme', tenantId: 'id-1', secret: 'secret', enabled: true, deviations: [] },
  isMember: true,
  isInMachineGroup: true,
};
const kinds = (found: FoundIdentity): string[] => {
  const plan = identityPlan(wanted, found);
  return 'changes' in plan ? plan.changes.map(({ kind }) => kind) : [plan.refused.reason];
};

it('makes everything in an order in which each thing’s needs come before it', () => {
  const nothing = { organization: undefined, groups: new Map(), client: undefined, isMember: false, isInMachineGroup: false };
  expect(kinds(nothing)).toEqual([
    'create-organization',
    ...GROUPS.map(() => 'create-group'),
    'create-client',
    'add-member',
    'join-machine-group',
  ]);
});

it('changes nothing when everything is as wanted', () => {
  expect(kinds(complete)).toEqual([]);
});

it.each([
  ['a disabled organization', { organization: { ...complete.organization, enabled: false } }, 'update-organization'],
  ['another display name', { organization: { ...complete.organization, description: 'Other' } }, 'update-organization'],
  ['a lost group', { groups: new Map([...complete.groups].slice(1)) }, 'create-group'],
  ['another secret', { client: { ...complete.client, secret: 'other' } }, 'update-client'],
  ['a widened client', { client: { ...complete.client, deviations: ['fullScopeAllowed'] } }, 'update-client'],
  ['a lost membership', { isMember: false }, 'add-member'],
  ['a lost group membership', { isInMachineGroup: false }, 'join-machine-group'],
])('puts back %s', (_, difference, kind) => {
  expect(kinds({ ...complete, ...difference } as FoundIdentity)).toEqual([kind]);
});

it('refuses an organization or a client of another tenant, and plans nothing', () => {
  expect(kinds({ ...complete, organization: { ...complete.organization, tenantId: 'id-2' } } as FoundIdentity)).toEqual(['Conflict']);
  expect(kinds({ ...complete, client: { ...complete.client, tenantId: undefined } } as FoundIdentity)).toEqual(['Conflict']);
});
