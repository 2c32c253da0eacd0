import { expect, it } from 'vitest';
import type { MachineClient } from '../../keycloak/port.ts';
import { type FoundClient, type FoundIdentity, GROUPS, identityPlan, type WantedIdentity } from './identity-plan.ts';

const wanted: WantedIdentity = {
  organization: { alias: 'acme', description: 'Acme Inc.', enabled: true, tenantId: 'id-1' },
  clients: [{ clientId: 'tenant-acme', tenantId: 'id-1', secret: 'secret', enabled: true }],
};
const account: FoundClient = {
  client: { id: 'c', clientId: 'tenant-acme', tenantId: 'id-1', secret: 'secret', enabled: true, deviations: [] },
  isMember: true,
  isInMachineGroup: true,
};
const client = (difference: Partial<MachineClient>) =>
  new Map([['tenant-acme', { ...account, client: { ...account.client, ...difference } }]]);
const complete: FoundIdentity = {
  organization: { id: 'o', alias: 'acme', description: 'Acme Inc.', enabled: true, tenantId: 'id-1' },
  groups: new Map(GROUPS.map((name) => [name, `id of ${name}`])),
  clients: new Map([['tenant-acme', account]]),
};
const kinds = (found: FoundIdentity): string[] => {
  const plan = identityPlan(wanted, found);
  return 'changes' in plan ? plan.changes.map(({ kind }) => kind) : [plan.refused.reason];
};

it('makes everything in an order in which each thing’s needs come before it', () => {
  const nothing = { organization: undefined, groups: new Map(), clients: new Map() };
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
  ['another secret', { clients: client({ secret: 'other' }) }, 'update-client'],
  ['a widened client', { clients: client({ deviations: ['fullScopeAllowed'] }) }, 'update-client'],
  ['a lost membership', { clients: new Map([['tenant-acme', { ...account, isMember: false }]]) }, 'add-member'],
  ['a lost group membership', { clients: new Map([['tenant-acme', { ...account, isInMachineGroup: false }]]) }, 'join-machine-group'],
])('puts back %s', (_, difference, kind) => {
  expect(kinds({ ...complete, ...difference } as FoundIdentity)).toEqual([kind]);
});

it('refuses an organization or a client of another tenant, and plans nothing', () => {
  expect(kinds({ ...complete, organization: { ...complete.organization, tenantId: 'id-2' } } as FoundIdentity)).toEqual(['Conflict']);
  expect(kinds({ ...complete, clients: client({ tenantId: undefined }) })).toEqual(['Conflict']);
});

it('has a client for each generation that works, and takes away the one that works no more', () => {
  const second = { clientId: 'tenant-acme.2', tenantId: 'id-1', secret: 'new', enabled: true };
  const changes = (clients: WantedIdentity['clients'], found: FoundIdentity) => {
    const plan = identityPlan({ ...wanted, clients }, found);
    return 'changes' in plan ? plan.changes : [];
  };
  expect(changes([second, ...wanted.clients], complete)).toEqual([
    { kind: 'create-client', clientId: 'tenant-acme.2' },
    { kind: 'add-member', clientId: 'tenant-acme.2' },
    { kind: 'join-machine-group', clientId: 'tenant-acme.2' },
  ]);
  const both = new Map([...complete.clients, ['tenant-acme.2', { ...account, client: { ...account.client, ...second } }]]);
  expect(changes([second, ...wanted.clients], { ...complete, clients: both })).toEqual([]);
  expect(changes([second], { ...complete, clients: both })).toEqual([{ kind: 'delete-client', clientId: 'tenant-acme' }]);
});

it('leaves a client of an unwanted name alone that is not this tenant’s', () => {
  const theirs = new Map([...complete.clients, ['tenant-acme.2', { ...account, client: { ...account.client, tenantId: undefined } }]]);
  expect(kinds({ ...complete, clients: theirs })).toEqual([]);
});
