import { ProblemError, type TenantryClient, tenantryClient } from '@tenantry/contracts';
import { machineToken } from '@tenantry/stack/keycloak/tokens.ts';
import { eventually } from '@tenantry/stack/testing/eventually.ts';
import { type TestPerson, testPerson } from '@tenantry/stack/testing/token-for.ts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { localPlatform } from './support/local-platform.ts';
import { freshName, onboard, removeCompletely, type TestTenant, tenantExists } from './support/test-tenant.ts';

/** One on the shared replicas, one with replicas of its own, which hold no right in Keycloak. */
const tenants: Record<'pooled' | 'dedicated', { tenant: TestTenant; admin: TestPerson; client: TenantryClient; url: string }> = {} as never;

const NAMES = { pooled: freshName('pooled'), dedicated: freshName('dedicated') };

beforeAll(async () => {
  const join = async (mode: 'pooled' | 'dedicated') => {
    const spec = mode === 'pooled' ? {} : ({ classRef: { name: 'dedicated' }, workload: { mode: 'Dedicated' } } as const);
    const tenant = await onboard(NAMES[mode], spec);
    const admin = await testPerson(tenant.name, 'admin');
    tenants[mode] = { tenant, admin, url: tenant.url, client: clientOf(tenant.url, (await admin.signIn()).accessToken) };
  };
  await Promise.all([join('pooled'), join('dedicated')]);
});
afterAll(async () => {
  for (const { admin } of Object.values(tenants)) await admin.remove();
  for (const name of Object.values(NAMES)) if (await tenantExists(name)) await removeCompletely(name);
});

const clientOf = (baseUrl: string, token: string): TenantryClient => tenantryClient({ baseUrl, token: () => token });
const codeOf = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => 'accepted',
    (error: unknown) => (error instanceof ProblemError ? error.problem.code : String(error)),
  );

describe.each(['pooled', 'dedicated'] as const)('the admin of a %s tenant', (mode) => {
  it('is told who they are, by their own replicas', async () => {
    const { client, admin, tenant } = tenants[mode];
    expect((await client.me({})).data).toMatchObject({ subject: admin.id, roles: ['admin'], tenant: { slug: tenant.name } });
  });

  it('invites a person, deactivates one, and that one is out at once', async () => {
    const { client, tenant, url } = tenants[mode];
    const email = `${tenant.name}@example.test`;
    const invited = await client.inviteUser({ body: { email, role: 'viewer' }, idempotencyKey: 'e2e' });
    expect(invited.data).toMatchObject({ email, role: 'viewer', pending: false });
    await using editor = await testPerson(tenant.name, 'editor');
    const own = clientOf(url, (await editor.signIn()).accessToken);
    expect(await codeOf(own.createCustomer({ body: { name: 'By the editor' } }))).toBe('accepted');
    const { id, version } = (await client.getUser({ params: { id: editor.id } })).data;
    await client.updateUser({ params: { id }, ifMatch: `"${version}"`, body: { status: 'deactivated' } });
    await eventually(async () => expect(await codeOf(own.listCustomers({ query: {} }))).toBe('token-invalid'));
    await localPlatform().keycloak.operator.remove(`/tenantry/users/${invited.data.subject}`);
  });

  it('makes a machine client that works, and rotates its secret away', async () => {
    const { client, url } = tenants[mode];
    const made = (await client.createMachineClient({ body: { name: 'e2e' } })).data;
    const tokenOf = async (secret: { clientId: string; clientSecret: string } | null) =>
      (await machineToken(localPlatform().keycloak.tenants, { id: secret?.clientId ?? '', secret: secret?.clientSecret ?? '' }))
        .accessToken;
    const machine = clientOf(url, await tokenOf(made.secret));
    expect(await codeOf(machine.createCustomer({ body: { name: 'By a program' } }))).toBe('accepted');
    const rotated = (await client.rotateMachineClient({ params: { id: made.machineClient.id }, body: { overlapSeconds: 0 } })).data;
    await eventually(async () => expect(await codeOf(machine.listCustomers({ query: {} }))).toBe('token-invalid'));
    await expect(tokenOf(made.secret)).rejects.toThrow('401');
    expect(await codeOf(clientOf(url, await tokenOf(rotated.secret)).listCustomers({ query: {} }))).toBe('accepted');
  });
});
