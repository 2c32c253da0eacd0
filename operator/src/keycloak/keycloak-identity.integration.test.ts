import { tenantNames } from '@tenantry/contracts';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type TestPlatform, testPlatform } from '../../testing/test-platform.ts';
import { uuidV7 } from '../tenant/uuid-v7.ts';
import { IdentityConflict } from './keycloak-errors.ts';
import { KeycloakRest } from './keycloak-rest.ts';
import type { IdentityAdministration } from './port.ts';

let platform: TestPlatform;
let identity: IdentityAdministration;

beforeAll(async () => {
  platform = await testPlatform({ claim: false });
  ({ identity } = platform.ports);
});
afterAll(async () => {
  await platform?.[Symbol.asyncDispose]();
});

it('makes an organization that is found by its tenantId, and refuses its name to another tenant', async () => {
  const alias = platform.slug();
  const tenantId = uuidV7();
  const id = await identity.createOrganization({ alias, description: 'Acme Inc.', enabled: true, tenantId });
  expect(await identity.organization({ tenantId, id: undefined })).toEqual({
    id,
    alias,
    description: 'Acme Inc.',
    enabled: true,
    tenantId,
  });
  await expect(identity.createOrganization({ alias, description: '', enabled: true, tenantId: uuidV7() })).rejects.toThrow(
    IdentityConflict,
  );
  await identity.updateOrganization({ id, alias, description: 'Other', enabled: false, tenantId });
  expect(await identity.organization({ tenantId, id })).toMatchObject({ description: 'Other', enabled: false });
  await identity.deleteOrganization(id);
  await identity.deleteOrganization(id);
  expect(await identity.organization({ tenantId, id })).toBeUndefined();
});

it('gives the machine client a token that names exactly its organization, its group and the api', async () => {
  const names = tenantNames(platform.slug(), platform.cell.name);
  const tenantId = uuidV7();
  const client = { clientId: names.machineClientId, tenantId, secret: 's'.repeat(43), enabled: true };
  const organizationId = await identity.createOrganization({ alias: names.organizationAlias, description: '', enabled: true, tenantId });
  const group = await identity.createGroup(organizationId, 'machine');
  expect(await identity.createGroup(organizationId, 'machine')).toBe(group);
  const id = await identity.createMachineClient(client);
  const user = await identity.serviceAccountOf(id);
  expect(await identity.isMember(organizationId, user)).toBe(false);
  for (let times = 0; times < 2; times += 1) {
    await identity.addMember(organizationId, user);
    await identity.joinGroup(organizationId, group, user);
  }
  expect(await identity.isMember(organizationId, user)).toBe(true);
  expect(await identity.groupMembers(organizationId, group)).toEqual([user]);

  const grant = new URLSearchParams({ grant_type: 'client_credentials', client_id: client.clientId, client_secret: client.secret });
  const answer = await platform.stack.keycloak.tenants.ask(`${platform.stack.keycloak.tenants.url}/protocol/openid-connect/token`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: grant.toString(),
  });
  const { access_token } = JSON.parse(answer.text) as { access_token: string };
  const [header, claims] = access_token
    .split('.')
    .slice(0, 2)
    .map((part) => JSON.parse(Buffer.from(part, 'base64url').toString()));
  expect(header.typ).toBe('at+jwt');
  expect(claims).toMatchObject({
    aud: 'tenantry-api',
    organization: { [names.organizationAlias]: { id: organizationId, groups: ['/machine'] } },
  });
  expect(claims).not.toHaveProperty('realm_access');
});

it('finds the clients a tenant’s admins have made, and no other tenant’s', async () => {
  const [tenantId, other] = [uuidV7(), uuidV7()];
  const made = [];
  for (const [at, owner] of [tenantId, tenantId, other].entries()) {
    const client = { clientId: `machine-${uuidV7()}-${at + 1}`, tenantId: owner, secret: 's'.repeat(43), enabled: true };
    made.push({ id: await identity.createMachineClient(client), owner });
  }
  const wanted = made.filter(({ owner }) => owner === tenantId).map(({ id }) => id);
  expect((await identity.clientsMadeFor(tenantId)).map(({ id }) => id).sort()).toEqual(wanted.sort());
  for (const { id } of made) await identity.deleteMachineClient(id);
  expect(await identity.clientsMadeFor(tenantId)).toEqual([]);
});

it('sees and takes back whatever widens a machine client’s token', async () => {
  const names = tenantNames(platform.slug(), platform.cell.name);
  const client = { clientId: names.machineClientId, tenantId: uuidV7(), secret: 's'.repeat(43), enabled: true };
  const id = await identity.createMachineClient(client);
  const admin = platform.stack.keycloak.operator;
  const path = `/tenantry/clients/${id}`;
  const scopes = await admin.get<{ id: string; name: string }[]>('/tenantry/client-scopes');
  const roles = scopes?.find(({ name }) => name === 'roles');
  await admin.put(path, { ...(await admin.get<object>(path)), fullScopeAllowed: true, standardFlowEnabled: true });
  await admin.put(`${path}/default-client-scopes/${roles?.id}`, {});
  expect([...((await identity.machineClient(client.clientId))?.deviations ?? [])].sort()).toEqual([
    'defaultClientScopes',
    'fullScopeAllowed',
    'standardFlowEnabled',
  ]);
  await identity.updateMachineClient(id, client);
  expect(await identity.machineClient(client.clientId)).toMatchObject({ deviations: [], secret: client.secret, tenantId: client.tenantId });
});

it('does not talk to a Keycloak whose certificate another CA signed', async () => {
  const rest = new KeycloakRest({ issuer: platform.stack.keycloak.tenants.url, ca: '', clientId: 'tenantry-operator', clientSecret: 'x' });
  await expect(rest.send('GET', '/organizations')).rejects.toThrow('fetch failed');
  await rest.close();
});
