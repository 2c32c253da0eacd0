import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type RunningStack, runningStack } from '../../testing/running-stack.ts';
import { type TestPerson, testPerson } from '../../testing/token-for.ts';
import type { KeycloakAdmin } from '../keycloak/keycloak-admin.ts';
import { addPerson, removePerson } from '../keycloak/people.ts';
import { DESKTOP_CLIENT, ensureRealms, personSecret, SAMPLE_STAFF } from '../keycloak/realms.ts';
import { machineToken, personToken, refreshedToken } from '../keycloak/tokens.ts';
import { stackContext } from '../local-stack.ts';
import { webConsoleOrigin } from '../web-console/web-console-origin.ts';

const realm = '/tenantry';
const slug = `kc-${randomBytes(4).toString('hex')}`;
let stack: RunningStack;
let organization: string;
let client: string;
let person: TestPerson;

const payload = (token: string) => JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as Record<string, unknown>;
const header = (token: string) => JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString()) as Record<string, unknown>;

/** With the operator's own rights, as its identity step does. */
beforeAll(async () => {
  stack = await runningStack('keycloak');
  const { operator } = stack.keycloak;
  organization = await operator.post(`${realm}/organizations`, { name: `Test ${slug}`, alias: slug, enabled: true });
  const groups: Record<string, string> = {};
  for (const name of ['admin', 'editor', 'viewer', 'machine']) {
    groups[name] = await operator.post(`${realm}/organizations/${organization}/groups`, { name });
  }
  client = await operator.post(`${realm}/clients`, {
    clientId: `tenant-${slug}`,
    publicClient: false,
    secret: 'machine-secret',
    serviceAccountsEnabled: true,
    standardFlowEnabled: false,
    fullScopeAllowed: false,
    attributes: { 'access.token.header.type.rfc9068': 'true' },
    defaultClientScopes: ['basic', 'tenantry-api', 'organization'],
    optionalClientScopes: [],
  });
  const account = await operator.get<{ id: string }>(`${realm}/clients/${client}/service-account-user`);
  await operator.post(`${realm}/organizations/${organization}/members`, account?.id);
  await operator.put(`${realm}/organizations/${organization}/groups/${groups.machine}/members/${account?.id}`);
  person = await testPerson(slug, 'editor');
});
afterAll(async () => {
  await person?.remove();
  const { operator } = stack.keycloak;
  if (client) await operator.remove(`${realm}/clients/${client}`);
  if (organization) await operator.remove(`${realm}/organizations/${organization}`);
});

it('gives a person who signs in through the form an access token for the api, in their organization', async () => {
  const { accessToken } = await person.signIn();
  expect(header(accessToken)).toMatchObject({ typ: 'at+jwt', alg: 'RS256' });
  const claims = payload(accessToken);
  expect(claims).toMatchObject({ iss: stack.keycloak.tenants.url, aud: 'tenantry-api', azp: DESKTOP_CLIENT, sub: person.id });
  expect(claims.organization).toEqual({ [slug]: { id: organization, groups: ['/editor'] } });
  expect(Number(claims.exp) - Number(claims.iat)).toBe(300);
  expect(claims).not.toHaveProperty('realm_access');
  expect(claims).not.toHaveProperty('resource_access');
});

it('gives a machine the same claim by client credentials', async () => {
  const granted = await machineToken(stack.keycloak.tenants, { id: `tenant-${slug}`, secret: 'machine-secret' });
  expect(payload(granted.accessToken)).toMatchObject({
    aud: 'tenantry-api',
    organization: { [slug]: { id: organization, groups: ['/machine'] } },
  });
  await expect(machineToken(stack.keycloak.tenants, { id: `tenant-${slug}`, secret: 'wrong' })).rejects.toThrow('401');
});

it('leaves a foreign organization out of the token without a word', async () => {
  const other = `${slug}-other`;
  const id = await stack.keycloak.operator.post(`${realm}/organizations`, { name: other, alias: other, enabled: true });
  try {
    const granted = await person.signIn(`openid tenantry-api organization:${other}`);
    expect(granted.scope).not.toContain('organization');
    expect(payload(granted.accessToken)).not.toHaveProperty('organization');
  } finally {
    await stack.keycloak.operator.remove(`${realm}/organizations/${id}`);
  }
});

it('narrows a session to what is asked at refresh', async () => {
  const wide = await person.signIn();
  const narrow = await refreshedToken(stack.keycloak.tenants, DESKTOP_CLIENT, wide.refreshToken ?? '', 'openid tenantry-api');
  expect(payload(narrow.accessToken)).not.toHaveProperty('organization');
});

it('sends who signs in at the web console back to its one address, and to no other', async () => {
  const { url, ask } = stack.keycloak.tenants;
  const asked = async (redirectUri: string): Promise<number> => {
    const parameters = { client_id: 'tenantry-web-console', response_type: 'code', scope: 'openid', redirect_uri: redirectUri };
    const challenge = { code_challenge: 'a'.repeat(43), code_challenge_method: 'S256' };
    return (await ask(`${url}/protocol/openid-connect/auth?${new URLSearchParams({ ...parameters, ...challenge })}`)).status;
  };
  expect(await asked(`${webConsoleOrigin()}/`)).toBe(200);
  for (const other of ['/x', '/?x=y', '.evil.example/']) expect(await asked(`${webConsoleOrigin()}${other}`)).toBe(400);
});

it('refuses a wrong password at the form', async () => {
  const login = { clientId: DESKTOP_CLIENT, username: `nobody-${slug}`, password: 'wrong', scope: 'openid' };
  await expect(personToken(stack.keycloak.tenants, login)).rejects.toThrow('Invalid username or password');
});

it('moves a person who is added again with another role', async () => {
  const username = `moved-${slug}`;
  try {
    await addPerson(stack.keycloak.admin, { slug, username, password: 'first-password', role: 'admin' });
    await addPerson(stack.keycloak.admin, { slug, username, password: 'second-password', role: 'viewer' });
    const scope = `openid tenantry-api organization:${slug}`;
    const granted = await personToken(stack.keycloak.tenants, { clientId: DESKTOP_CLIENT, username, password: 'second-password', scope });
    expect(payload(granted.accessToken).organization).toMatchObject({ [slug]: { groups: ['/viewer'] } });
  } finally {
    await removePerson(stack.keycloak.admin, username);
  }
});

it('gives staff a token for kubernetes alone, in the other realm', async () => {
  const { username, group } = SAMPLE_STAFF;
  const password = await stack.secret(personSecret(username));
  const granted = await personToken(stack.keycloak.staff, { clientId: DESKTOP_CLIENT, username, password, scope: 'openid kubernetes' });
  expect(payload(granted.accessToken)).toMatchObject({
    aud: 'kubernetes',
    azp: DESKTOP_CLIENT,
    preferred_username: username,
    groups: [group],
  });
});

it('gives the operator no rights over staff, nor over its own realm', async () => {
  const { operator } = stack.keycloak;
  await expect(operator.get('/platform/users')).rejects.toMatchObject({ status: 403 });
  await expect(operator.put(realm, { accessTokenLifespan: 3600 })).rejects.toMatchObject({ status: 403 });
});

it('puts back what somebody changed by hand', async () => {
  const { admin } = stack.keycloak;
  // Settings that no other test's tokens depend on: they may run at this moment.
  await admin.put(realm, { ssoSessionIdleTimeout: 28_801 });
  const desktop = (await admin.get<{ id: string }[]>(`${realm}/clients?clientId=${DESKTOP_CLIENT}`))?.[0];
  await admin.put(`${realm}/clients/${desktop?.id}`, { ...desktop, webOrigins: ['https://evil.example'] });
  await ensureRealms(stackContext());
  expect(await admin.get(realm)).toMatchObject({ ssoSessionIdleTimeout: 28_800 });
  expect(await admin.get(`${realm}/clients/${desktop?.id}`)).toMatchObject({ webOrigins: [] });
});

it('writes nothing when the realms are as wanted', async () => {
  const writes: string[] = [];
  const watched: KeycloakAdmin = {
    get: stack.keycloak.admin.get,
    post: async (path) => `${writes.push(path)}`,
    put: async (path) => void writes.push(path),
    remove: async (path) => void writes.push(path),
  };
  await ensureRealms(stackContext(), watched);
  expect(writes).toEqual([]);
});
