import { expect, it } from 'vitest';
import { clientSettings, DEFAULT_SCOPES, deviationsOf, MachineClientAnswer } from './machine-client.ts';

const spec = { clientId: 'tenant-acme', tenantId: 'id-1', secret: 'secret', enabled: true };
const answer = MachineClientAnswer.parse({ id: 'c', ...clientSettings(spec), defaultClientScopes: [...DEFAULT_SCOPES].reverse() });

it('finds nothing to say about a client as it was made', () => {
  expect(deviationsOf(answer)).toEqual([]);
});

it.each([
  ['fullScopeAllowed', { fullScopeAllowed: true }],
  ['standardFlowEnabled', { standardFlowEnabled: true }],
  ['directAccessGrantsEnabled', { directAccessGrantsEnabled: true }],
  ['publicClient', { publicClient: true }],
  ['defaultClientScopes', { defaultClientScopes: [...DEFAULT_SCOPES, 'roles'] }],
  ['optionalClientScopes', { optionalClientScopes: ['organization'] }],
  ['access.token.header.type.rfc9068', { attributes: { 'tenantry.tenantId': 'id-1' } }],
])('names %s when it was changed', (deviation, change) => {
  expect(deviationsOf({ ...answer, ...change } as MachineClientAnswer)).toEqual([deviation]);
});
