import { randomBytes } from 'node:crypto';
import { DESKTOP_CLIENT, personSecret, SAMPLE_STAFF } from '@tenantry/stack/keycloak/realms.ts';
import { machineToken, personToken } from '@tenantry/stack/keycloak/tokens.ts';
import { runningStack } from '@tenantry/stack/testing/running-stack.ts';
import { type TestPerson, testPerson } from '@tenantry/stack/testing/token-for.ts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { codeOf } from '../../testing/problem-of.ts';
import { type RunningApi, type ServiceWorld, serviceWorld, type TestTenant } from '../../testing/service-world.ts';

let world: ServiceWorld;
let api: RunningApi;
let tenant: TestTenant;
let slug: string;
const people: TestPerson[] = [];
const remove: (() => Promise<void>)[] = [];
const clientSecret = randomBytes(16).toString('base64url');

/** The organization and machine client as the operator's steps make them, with the operator's own rights. */
beforeAll(async () => {
  const { keycloak } = await runningStack('keycloak');
  world = await serviceWorld();
  slug = `svc-${randomBytes(4).toString('hex')}`;
  const organizationId = await keycloak.operator.post('/tenantry/organizations', { name: slug, alias: slug, enabled: true });
  remove.push(() => keycloak.operator.remove(`/tenantry/organizations/${organizationId}`));
  const groups: Record<string, string> = {};
  for (const name of ['admin', 'editor', 'viewer', 'machine']) {
    groups[name] = await keycloak.operator.post(`/tenantry/organizations/${organizationId}/groups`, { name });
  }
  const client = async (clientId: string, lifespan?: string): Promise<void> => {
    const id = await keycloak.operator.post('/tenantry/clients', {
      clientId,
      publicClient: false,
      secret: clientSecret,
      serviceAccountsEnabled: true,
      standardFlowEnabled: false,
      directAccessGrantsEnabled: false,
      fullScopeAllowed: false,
      attributes: { 'access.token.header.type.rfc9068': 'true', ...(lifespan ? { 'access.token.lifespan': lifespan } : {}) },
      defaultClientScopes: ['basic', 'tenantry-api', 'organization'],
      optionalClientScopes: [],
    });
    remove.unshift(() => keycloak.operator.remove(`/tenantry/clients/${id}`));
    const account = await keycloak.operator.get<{ id: string }>(`/tenantry/clients/${id}/service-account-user`);
    await keycloak.operator.post(`/tenantry/organizations/${organizationId}/members`, account?.id);
    await keycloak.operator.put(`/tenantry/organizations/${organizationId}/groups/${groups.machine}/members/${account?.id}`);
  };
  await client(`test-${slug}`);
  await client(`test-short-${slug}`, '1');
  tenant = await world.addTenant('acme', { organizationId });
  api = await world.startApi({ issuer: keycloak.tenants.url });
});
afterAll(async () => {
  for (const person of people) await person.remove();
  for (const each of remove) await each().catch(() => {});
  await world?.[Symbol.asyncDispose]();
});

const person = async (role: 'admin' | 'editor' | 'viewer'): Promise<TestPerson> => {
  const made = await testPerson(slug, role);
  people.push(made);
  return made;
};
const machine = async (id: string): Promise<string> => {
  const { keycloak } = await runningStack('keycloak');
  return (await machineToken(keycloak.tenants, { id, secret: clientSecret })).accessToken;
};

describe('tokens of the real Keycloak', () => {
  it('a machine’s is accepted, and what it does carries its subject', async () => {
    const client = api.client(await machine(`test-${slug}`));
    const made = await client.createCustomer({ body: { name: 'By a machine' } });
    const history = await client.customerHistory({ params: { id: made.data.id }, query: {} });
    expect(history.data.items[0]?.actor).toMatch(/^[0-9a-f-]{36}$/);
    expect((await client.getCustomer({ params: { id: made.data.id } })).data).toEqual(made.data);
  });

  it('an admin’s, by the real login form with PKCE, may delete; a viewer’s may only read', async () => {
    const [admin, viewer] = [await person('admin'), await person('viewer')];
    const adminClient = api.client((await admin.signIn()).accessToken);
    const viewerClient = api.client((await viewer.signIn()).accessToken);
    const made = await adminClient.createCustomer({ body: { name: 'By a person' } });
    const params = { id: made.data.id };
    expect((await viewerClient.getCustomer({ params })).data).toEqual(made.data);
    expect(await codeOf(viewerClient.createCustomer({ body: { name: 'No' } }))).toBe('role-missing');
    expect(await codeOf(viewerClient.deleteCustomer({ params, ifMatch: '"1"' }))).toBe('role-missing');
    const history = await viewerClient.customerHistory({ params, query: {} });
    expect(history.data.items[0]?.actor).toBe(admin.id);
    await adminClient.deleteCustomer({ params, ifMatch: '"1"' });
  });

  it('without the audience, without the organization, a refresh token or an ID token: refused', async () => {
    const editor = await person('editor');
    const list = (token: string) => codeOf(api.client(token).listCustomers({ query: {} }));
    expect(await list((await editor.signIn()).accessToken)).toBe('accepted');
    expect(await list((await editor.signIn(`openid organization:${slug}`)).accessToken)).toBe('token-invalid');
    expect(await list((await editor.signIn('openid tenantry-api')).accessToken)).toBe('token-invalid');
    const { refreshToken, idToken } = await editor.signIn();
    for (const token of [refreshToken, idToken]) {
      expect(token?.split('.')).toHaveLength(3);
      expect(await list(token ?? '')).toBe('token-invalid');
    }
  });

  it('expired ones are refused, also when they were good a moment ago', async () => {
    const client = api.client(await machine(`test-short-${slug}`));
    expect(await codeOf(client.listCustomers({ query: {} }))).toBe('accepted');
    await expect.poll(() => codeOf(client.listCustomers({ query: {} })), { timeout: 15_000, interval: 500 }).toBe('token-invalid');
  });

  it('staff’s of the other realm are refused', async () => {
    const { keycloak, secret } = await runningStack('keycloak');
    const password = await secret(personSecret(SAMPLE_STAFF.username));
    const staff = { clientId: DESKTOP_CLIENT, username: SAMPLE_STAFF.username, password, scope: 'openid kubernetes' };
    expect(await codeOf(api.client((await personToken(keycloak.staff, staff)).accessToken).me({}))).toBe('token-invalid');
    const [header, payload, signature] = (await machine(`test-${slug}`)).split('.');
    const claims = JSON.parse(Buffer.from(payload ?? '', 'base64url').toString()) as Record<string, unknown>;
    const moved = Buffer.from(JSON.stringify({ ...claims, iss: keycloak.staff.url })).toString('base64url');
    expect(await codeOf(api.client(`${header}.${moved}.${signature}`).listCustomers({ query: {} }))).toBe('token-invalid');
    expect(tenant.slug).toBe('acme');
  });
});
