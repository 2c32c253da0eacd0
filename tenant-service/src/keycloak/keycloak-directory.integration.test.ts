import { randomBytes, randomUUID } from 'node:crypto';
import { createServer, type Socket } from 'node:net';
import tls from 'node:tls';
import { API_SECRET, MEMBERS_CLIENT } from '@tenantry/contracts';
import { ensureClient, ensureServiceAccountRoles } from '@tenantry/stack/keycloak/realm-objects.ts';
import { machineToken, personToken } from '@tenantry/stack/keycloak/tokens.ts';
import { type RunningStack, runningStack } from '@tenantry/stack/testing/running-stack.ts';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { KeycloakDirectory } from './keycloak-directory.ts';
import { IdentityProviderAway } from './keycloak-errors.ts';
import { KeycloakRest } from './keycloak-rest.ts';

let stack: RunningStack;
let directory: KeycloakDirectory;
let organizationId: string;
const slug = `dir-${randomBytes(4).toString('hex')}`;
const remove: (() => Promise<void>)[] = [];

beforeAll(async () => {
  stack = await runningStack('keycloak');
  tls.setDefaultCACertificates([...tls.getCACertificates('default'), stack.ca]);
  const { operator } = stack.keycloak;
  organizationId = await operator.post('/tenantry/organizations', { name: slug, alias: slug, enabled: true });
  remove.push(() => operator.remove(`/tenantry/organizations/${organizationId}`));
  for (const name of ['admin', 'editor', 'viewer', 'machine'])
    await operator.post(`/tenantry/organizations/${organizationId}/groups`, { name });
  const clientSecret = await stack.secret(API_SECRET.keycloakSecret);
  directory = new KeycloakDirectory(new KeycloakRest({ issuer: stack.keycloak.tenants.url, clientId: MEMBERS_CLIENT, clientSecret }));
});
afterAll(async () => {
  for (const each of remove.reverse()) await each().catch(() => {});
});

async function newAccount(): Promise<{ email: string; subject: string }> {
  const email = `Person-${randomBytes(5).toString('hex')}@example.test`;
  const subject = await directory.account(email);
  remove.push(() => stack.keycloak.operator.remove(`/tenantry/users/${subject}`));
  return { email, subject };
}

it('makes an account once, whatever the case of its address', async () => {
  const { email, subject } = await newAccount();
  expect(await directory.account(email.toUpperCase())).toBe(subject);
  const [again, once] = await Promise.all([directory.account(email), directory.account(email)]);
  expect([again, once]).toEqual([subject, subject]);
});

it('places a member in exactly one role group, moves them, and takes them out; each may be repeated', async () => {
  const { email, subject } = await newAccount();
  for (const role of ['viewer', 'viewer', 'admin', 'editor'] as const) {
    await directory.place(organizationId, subject, role);
    expect(await directory.members(organizationId)).toContainEqual({ subject, email: email.toLowerCase(), name: undefined, role });
  }
  for (let times = 0; times < 2; times += 1) await directory.displace(organizationId, subject);
  expect((await directory.members(organizationId)).map((member) => member.subject)).not.toContain(subject);
  // The account itself, which may have other tenants, stays.
  expect(await directory.account(email)).toBe(subject);
});

it('gives a credential whose token names the organization and the role group, sets its secret again, and ends it', async () => {
  const clientId = `machine-${randomUUID()}-1`;
  const wanted = { clientId, tenantId: randomUUID(), organizationId, role: 'viewer' as const };
  const subject = await directory.makeCredential({ ...wanted, secret: 'first-secret-of-the-client' });
  expect(await directory.makeCredential({ ...wanted, secret: 'second-secret-of-the-client' })).toBe(subject);
  await expect(machineToken(stack.keycloak.tenants, { id: clientId, secret: 'first-secret-of-the-client' })).rejects.toThrow('401');
  const { accessToken } = await machineToken(stack.keycloak.tenants, { id: clientId, secret: 'second-secret-of-the-client' });
  const claims = JSON.parse(Buffer.from(accessToken.split('.')[1] ?? '', 'base64url').toString());
  expect(claims).toMatchObject({
    sub: subject,
    aud: 'tenantry-api',
    client_id: clientId,
    organization: { [slug]: { id: organizationId, groups: ['/viewer'] } },
  });
  expect(claims).not.toHaveProperty('realm_access');
  // Programs are no people.
  expect((await directory.members(organizationId)).map((member) => member.subject)).not.toContain(subject);
  for (let times = 0; times < 2; times += 1) await directory.endCredential(clientId);
  await expect(machineToken(stack.keycloak.tenants, { id: clientId, secret: 'second-secret-of-the-client' })).rejects.toThrow('401');
});

it('says that no mail went out when there is no mail server, and that none is needed for a complete account', async () => {
  const { subject } = await newAccount();
  expect(await directory.invite(subject)).toBe('not-sent');
  const username = `complete-${randomBytes(4).toString('hex')}`;
  const complete = await stack.keycloak.operator.post('/tenantry/users', { username, email: `${username}@example.test`, enabled: true });
  remove.push(() => stack.keycloak.operator.remove(`/tenantry/users/${complete}`));
  expect(await directory.invite(complete)).toBe('not-needed');
});

it('sends the invitation by the realm’s mail server', async () => {
  // A realm of its own: every realm has its own mail server.
  const realm = `mail-${randomBytes(4).toString('hex')}`;
  const mails: string[] = [];
  const server = createServer((socket) => receiveMail(socket, (mail) => mails.push(mail))).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as { port: number };
  const { admin, origin } = stack.keycloak;
  const smtpServer = { host: '127.0.0.1', port: String(port), from: 'tenantry@example.test' };
  await admin.post('', { realm, enabled: true, sslRequired: 'all', smtpServer });
  remove.push(() => admin.remove(`/${realm}`));
  const login = { clientId: 'members', settings: { publicClient: false, secret: 'of-the-mail-test', serviceAccountsEnabled: true } };
  const id = await ensureClient(admin, realm, login);
  await ensureServiceAccountRoles(admin, realm, { id, of: 'realm-management', roles: ['manage-users'] });
  const issuer = `${origin}/realms/${realm}`;
  const own = new KeycloakDirectory(new KeycloakRest({ issuer, clientId: 'members', clientSecret: 'of-the-mail-test' }));
  const subject = await own.account('grace@example.test');
  expect(await own.invite(subject)).toBe('sent');
  expect(mails).toHaveLength(1);
  expect(mails[0]).toContain('RCPT TO:<grace@example.test>');
  expect(mails[0]?.replaceAll('=\r\n', '')).toContain('/login-actions/action-token');
  server.close();
});

it('is refused what its client may not do: change the realm or give itself more', async () => {
  const clientSecret = await stack.secret(API_SECRET.keycloakSecret);
  const rest = new KeycloakRest({ issuer: stack.keycloak.tenants.url, clientId: MEMBERS_CLIENT, clientSecret });
  await expect(rest.send('PUT', '', { accessTokenLifespan: 86_400 })).rejects.toMatchObject({ status: 403 });
  const other = new KeycloakRest({ issuer: stack.keycloak.staff.url, clientId: MEMBERS_CLIENT, clientSecret });
  await expect(other.send('GET', '/users')).rejects.toMatchObject({ status: 401 });
  await expect(
    personToken(stack.keycloak.tenants, { clientId: MEMBERS_CLIENT, username: 'x', password: 'x', scope: 'openid' }),
  ).rejects.toThrow();
});

it('knows an identity provider that is away from one that refuses', async () => {
  const login = { clientId: MEMBERS_CLIENT, clientSecret: 'wrong' };
  const calls: string[] = [];
  const gone = new KeycloakRest({ ...login, issuer: 'https://127.0.0.1:1/realms/tenantry' });
  await expect(gone.send('GET', '/users')).rejects.toThrow(IdentityProviderAway);
  const silent = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => silent.once('listening', resolve));
  const { port } = silent.address() as { port: number };
  const hanging = new KeycloakRest(
    { ...login, issuer: `http://127.0.0.1:${port}/realms/tenantry` },
    { timeoutMs: 50, onCall: (outcome) => calls.push(outcome) },
  );
  await expect(hanging.send('GET', '/users')).rejects.toThrow(IdentityProviderAway);
  silent.close();
  expect(calls).toEqual(['away']);
  const refused = new KeycloakRest({ ...login, issuer: stack.keycloak.tenants.url });
  await expect(refused.send('GET', '/users')).rejects.toMatchObject({ name: 'KeycloakError', status: 401 });
});

/** As much SMTP as Keycloak speaks: one mail a connection, told with its envelope. */
function receiveMail(socket: Socket, onMail: (mail: string) => void): void {
  let text = '';
  let inData = false;
  socket.write('220 mail\r\n');
  socket.on('data', (chunk) => {
    const line = chunk.toString();
    text += line;
    if (inData) {
      if (!text.endsWith('\r\n.\r\n')) return;
      inData = false;
      onMail(text);
      socket.write('250 taken\r\n');
    } else if (line.startsWith('DATA')) {
      inData = true;
      socket.write('354 go on\r\n');
    } else if (line.startsWith('QUIT')) socket.end('221 bye\r\n');
    else socket.write('250 ok\r\n');
  });
  socket.on('error', () => {});
}
