import { operations, ProblemError } from '@tenantry/contracts';
import { eventually } from '@tenantry/stack/testing/eventually.ts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type KeycloakTenant, keycloakTenant } from '../../../testing/keycloak-tenant.ts';
import { localIssuer } from '../../../testing/local-issuer.ts';
import { type RunningApi, type ServiceWorld, serviceWorld, type TestTenant } from '../../../testing/service-world.ts';

let world: ServiceWorld;
let acme: TestTenant;
let api: RunningApi;

beforeAll(async () => {
  world = await serviceWorld();
  acme = await world.addTenant('acme');
  api = await world.startApi();
});
afterAll(() => world?.[Symbol.asyncDispose]());

const problemOf = (promise: Promise<unknown>): Promise<{ code: string; retryAfter: unknown }> =>
  promise.then(
    () => ({ code: 'accepted', retryAfter: undefined }),
    (error: unknown) => {
      if (error instanceof ProblemError) return { code: error.problem.code, retryAfter: undefined };
      throw error;
    },
  );
const setState = (state: string) =>
  world.operator.query('update tenantry.tenants set state = $2 where tenant_id = $1', [acme.tenantId, state]);

describe('GET /v1/me', () => {
  it('tells a person who they are, for which tenant, and what they may do', async () => {
    const claims = { name: 'Grace Hopper', email: 'grace@example.org' };
    const token = await world.token(acme, { subject: 'grace', groups: ['/viewer'], claims });
    const { data } = await api.client(token).me({});
    expect(data).toMatchObject({
      subject: 'grace',
      kind: 'person',
      name: 'Grace Hopper',
      email: 'grace@example.org',
      clientId: null,
      roles: ['viewer'],
      tenant: { id: acme.tenantId, slug: 'acme', state: 'Active' },
      links: { limits: '/v1/tenant' },
    });
    expect(Date.parse(data.token.expiresAt) - Date.parse(data.token.issuedAt)).toBe(300_000);
    expect(data.operations).toContain('getCustomer');
    expect(data.operations).not.toContain('createCustomer');
    for (const id of data.operations) expect(Object.keys(operations)).toContain(id);
  });

  it('tells a machine which client it is, and does not mind odd claims it only repeats', async () => {
    const token = await world.token(acme, { groups: ['/machine'], claims: { client_id: 'machine-1', name: { first: 'x' }, email: 7 } });
    expect((await api.client(token).me({})).data).toMatchObject({ kind: 'machine', clientId: 'machine-1', name: null, email: null });
  });

  it('is served while the tenant is read-only, without the writes, and refused with the reason while it is suspended', async () => {
    const client = api.client(await world.token(acme));
    await setState('ReadOnly');
    await eventually(async () => expect((await client.me({})).data.tenant.state).toBe('ReadOnly'));
    const { data } = await client.me({});
    expect(data.operations).toContain('listUsers');
    expect(data.operations).not.toContain('inviteUser');
    await setState('Suspended');
    await eventually(async () => expect((await problemOf(client.me({}))).code).toBe('tenant-suspended'));
    await setState('Active');
    await eventually(async () => expect((await problemOf(client.me({}))).code).toBe('accepted'));
  });
});

describe('a dedicated tenant’s replicas', () => {
  let globex: KeycloakTenant;
  let pooled: RunningApi;
  let dedicated: RunningApi;

  beforeAll(async () => {
    globex = await keycloakTenant(world, { dedicated: true });
    pooled = await world.startApi(globex.config);
    const login = world.login(globex.tenant.login?.user ?? '', globex.tenant.login?.password ?? '');
    const own = { issuer: globex.config.issuer, tenantId: globex.tenant.tenantId, rows: login, registry: login };
    dedicated = await world.startApi({ ...own, pooledUrl: pooled.url });
  });
  afterAll(() => globex?.[Symbol.asyncDispose]());

  it('pass member operations on to the platform’s with the caller’s own token, and the answer back unchanged', async () => {
    const admin = await globex.person('admin');
    const token = (await admin.signIn()).accessToken;
    const client = dedicated.client(token);
    expect((await client.me({})).data).toMatchObject({ subject: admin.id, tenant: { slug: globex.slug } });
    const made = await client.inviteUser({ body: { email: `${globex.slug}@example.test`, role: 'viewer' }, idempotencyKey: 'k1' });
    globex.alsoRemove(`/tenantry/users/${made.data.subject}`);
    expect([made.headers.get('location'), made.etag]).toEqual([`/v1/users/${made.data.id}`, '"1"']);
    const again = await client.inviteUser({ body: { email: `${globex.slug}@example.test`, role: 'viewer' }, idempotencyKey: 'k1' });
    expect([again.replayed, again.data]).toEqual([true, made.data]);
    const changed = await client.updateUser({ params: { id: made.data.id }, ifMatch: '"1"', body: { role: 'editor' } });
    expect(changed.data).toMatchObject({ role: 'editor', version: 2 });
    expect((await client.listUsers({ query: { limit: 1 } })).data.page.next).not.toBeNull();
    expect((await problemOf(client.updateUser({ params: { id: made.data.id }, ifMatch: '"1"', body: { role: 'admin' } }))).code).toBe(
      'version-stale',
    );
    // Everything else of this tenant is not the platform's replicas' to serve.
    expect((await problemOf(pooled.client(token).listCustomers({ query: {} }))).code).toBe('tenant-served-elsewhere');
    expect((await problemOf(pooled.client(token).listUsers({ query: {} }))).code).toBe('accepted');
    const viewer = (await (await globex.person('viewer')).signIn()).accessToken;
    expect((await problemOf(dedicated.client(viewer).listUsers({ query: {} }))).code).toBe('role-missing');
  });

  it('refuse at once what was taken back through the platform’s', async () => {
    const [admin, editor] = [await globex.person('admin'), await globex.person('editor')];
    const token = (await editor.signIn()).accessToken;
    expect((await dedicated.client(token).me({})).data.subject).toBe(editor.id);
    const client = dedicated.client((await admin.signIn()).accessToken);
    const { id, version } = (await client.getUser({ params: { id: editor.id } })).data;
    await client.removeUser({ params: { id }, ifMatch: `"${version}"` });
    await eventually(async () => expect((await problemOf(dedicated.client(token).me({}))).code).toBe('token-invalid'));
  });

  it('say 503 with Retry-After while the platform’s are away, for these operations only', async () => {
    const token = (await (await globex.person('admin')).signIn()).accessToken;
    const login = world.login(globex.tenant.login?.user ?? '', globex.tenant.login?.password ?? '');
    const own = { issuer: globex.config.issuer, tenantId: globex.tenant.tenantId, rows: login, registry: login };
    const alone = await world.startApi({ ...own, pooledUrl: 'http://127.0.0.1:1' });
    const answer = await fetch(`${alone.url}/v1/users`, { headers: { authorization: `Bearer ${token}` } });
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '5']);
    expect((await problemOf(alone.client(token).listCustomers({ query: {} }))).code).toBe('accepted');
  });
});

it('without the identity provider members cannot be managed, and everything else goes on', async () => {
  const issuer = await localIssuer();
  const served = await world.startApi({ issuer: issuer.url, membersSecret: 'never used' });
  const token = await issuer.token({ organizationId: acme.organizationId });
  const client = served.client(token);
  expect((await client.me({})).data.roles).toEqual(['admin']);
  await issuer[Symbol.asyncDispose]();
  for (const path of ['/v1/users', '/v1/users/019a9a4e-5e0c-7c3f-9d55-0f6a3b7c1d31']) {
    const answer = await fetch(`${served.url}${path}`, { headers: { authorization: `Bearer ${token}` } });
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '5']);
  }
  // Begun, not done: its repeat goes on with it, now or later.
  for (let times = 0; times < 2; times += 1) {
    const create = client.createMachineClient({ body: { name: 'x' }, idempotencyKey: 'while-away' });
    expect((await problemOf(create)).code).toBe('unavailable');
  }
  expect((await client.listMachineClients({})).data.items).toEqual([]);
  const made = await client.createCustomer({ body: { name: 'While it is away' } });
  expect((await client.getCustomer({ params: { id: made.data.id } })).data).toEqual(made.data);
});
