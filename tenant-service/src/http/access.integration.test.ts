import { randomUUID } from 'node:crypto';
import { type Operation, operations, ROLES, servedStates } from '@tenantry/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunningApi, type ServiceWorld, serviceWorld, type TestTenant } from '../../testing/service-world.ts';

let world: ServiceWorld;
let acme: TestTenant;
let globex: TestTenant;
const inState = {} as Record<'Suspended' | 'ReadOnly' | 'Closed', TestTenant>;
let mounts: { hot: RunningApi; express: RunningApi };

beforeAll(async () => {
  world = await serviceWorld();
  acme = await world.addTenant('acme');
  globex = await world.addTenant('globex', { dedicated: true });
  for (const state of ['Suspended', 'ReadOnly', 'Closed'] as const) {
    inState[state] = await world.addTenant(state.toLowerCase());
    await world.operator.query('update tenantry.tenants set state = $2 where tenant_id = $1', [inState[state].tenantId, state]);
  }
  // Streams that end at once: each answer here is read to its end.
  const brief = { eventStreamLimitMs: 1 };
  mounts = { hot: await world.startApi(brief), express: await world.startApi(brief, { hot: false }) };
});
afterAll(() => world?.[Symbol.asyncDispose]());

const list: Operation[] = Object.values(operations);

/** The operation's own example: what is left to refuse is the caller. Ids are of nothing that exists. */
async function call(
  api: RunningApi,
  operation: Operation,
  headers: Record<string, string>,
): Promise<{ status: number; code: string | undefined; headers: Headers }> {
  const path = operation.path.replaceAll(/\{\w+\}/g, '019a9a4e-5e0c-7c3f-9d55-0f6a3b7c1dff');
  const response = await fetch(api.url + path, { method: operation.method, ...exampleOf(operation, headers) });
  const text = await response.text();
  const code = response.status >= 400 ? (JSON.parse(text) as { code: string }).code : undefined;
  return { status: response.status, code, headers: response.headers };
}

function exampleOf({ body, conditional, idempotent }: Operation, headers: Record<string, string>): RequestInit {
  const own = {
    ...(conditional ? { 'if-match': '"1"' } : {}),
    ...(idempotent ? { 'idempotency-key': randomUUID() } : {}),
    ...headers,
  };
  if (body === undefined) return { headers: own };
  if (body.kind === 'upload') return { headers: { ...own, 'content-type': body.mediaTypes[0] as string }, body: '' };
  const type = body.kind === 'json' ? 'application/json' : 'application/merge-patch+json';
  return { headers: { ...own, 'content-type': type }, body: JSON.stringify(body.example) };
}

const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

describe.each(['hot', 'express'] as const)('access through the %s mount', (mount) => {
  const callers: [string, () => Promise<Record<string, string>>, number, string][] = [
    ['without a token', async () => ({}), 401, 'token-missing'],
    ['with a token that is noise', async () => bearer('a.b.c'), 401, 'token-invalid'],
    ['with an expired token', async () => bearer(await world.token(acme, { expiresIn: -60 })), 401, 'token-invalid'],
    [
      'with a token for another audience',
      async () => bearer(await world.token(acme, { claims: { aud: 'kubernetes' } })),
      401,
      'token-invalid',
    ],
    ['with an ID token', async () => bearer(await world.token(acme, { header: { typ: 'JWT' } })), 401, 'token-invalid'],
    [
      'with a token without organization',
      async () => bearer(await world.token(acme, { claims: { organization: {} } })),
      401,
      'token-invalid',
    ],
    [
      'with a token of an unknown organization',
      async () => bearer(await world.token(acme, { claims: { organization: { acme: { id: randomUUID(), groups: ['/admin'] } } } })),
      403,
      'tenant-unknown',
    ],
    ['in no group', async () => bearer(await world.token(acme, { groups: [] })), 403, 'role-missing'],
    [
      'in groups that only look like roles',
      async () => bearer(await world.token(acme, { groups: ['/x/admin', '/admin/x', 'admin'] })),
      403,
      'role-missing',
    ],
  ];

  it.each(
    list.flatMap((operation) =>
      callers.map(([who, headers, status, code]) => [operation.id, who, operation, headers, status, code] as const),
    ),
  )('%s %s is refused', async (_id, _who, operation, headers, status, code) => {
    const answer = await call(mounts[mount], operation, await headers());
    expect([answer.status, answer.code]).toEqual([status, code]);
    if (status === 401) expect(answer.headers.get('www-authenticate')).toMatch(/^Bearer/);
  });

  it.each(
    list.flatMap((operation) => (['Suspended', 'ReadOnly', 'Closed'] as const).map((state) => [operation.id, state, operation] as const)),
  )('%s of a tenant in state %s is what the policy table says', async (_id, state, operation) => {
    const answer = await call(mounts[mount], operation, bearer(await world.token(inState[state])));
    const isServed = servedStates(operation).some((served) => served === state);
    const refusal = { Suspended: 'tenant-suspended', ReadOnly: 'tenant-read-only', Closed: 'tenant-closed' }[state];
    if (isServed) expect(answer.code).not.toBe(refusal);
    else expect([answer.status, answer.code]).toEqual([403, refusal]);
  });

  it.each(list.map((operation) => [operation.id, operation] as const))(
    '%s of a dedicated tenant is served elsewhere, unless only the platform can',
    async (_id, operation) => {
      const answer = await call(mounts[mount], operation, bearer(await world.token(globex)));
      if (operation.servedBy === 'platform') expect(answer.status).not.toBe(421);
      else expect([answer.status, answer.code]).toEqual([421, 'tenant-served-elsewhere']);
    },
  );

  it.each(list.flatMap((operation) => ROLES.map((role) => [operation.id, role, operation] as const)))(
    '%s as %s is what the policy table says',
    async (_id, role, operation) => {
      const answer = await call(mounts[mount], operation, bearer(await world.token(acme, { groups: [`/${role}`], subject: `a-${role}` })));
      if (!operation.roles.includes(role)) expect([answer.status, answer.code]).toEqual([403, 'role-missing']);
      else expect(['token-invalid', 'token-missing', 'role-missing']).not.toContain(answer.code);
    },
  );

  it('takes the tenant from the token alone: a header or parameter that names another is ignored or refused (H9)', async () => {
    const headers = { ...bearer(await world.token(acme)), 'x-tenant-id': globex.tenantId, 'x-forwarded-host': 'globex.example.test' };
    expect((await call(mounts[mount], operations.listCustomers, headers)).status).toBe(200);
    const query = await fetch(`${mounts[mount].url}/v1/customers?tenant=globex`, { headers });
    expect(query.status).toBe(400);
    const body = await fetch(`${mounts[mount].url}/v1/customers`, {
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/json' },
      body: JSON.stringify({ name: 'X', tenantId: globex.tenantId }),
    });
    expect(body.status).toBe(400);
  });
});

it('a dedicated replica serves its own tenant and nobody else', async () => {
  const login = world.login(globex.login?.user ?? '', globex.login?.password ?? '');
  const own = await world.startApi({ tenantId: globex.tenantId, rows: login, registry: login });
  expect((await call(own, operations.listCustomers, bearer(await world.token(globex)))).status).toBe(200);
  expect((await call(own, operations.createCustomer, bearer(await world.token(globex)))).status).toBe(201);
  const foreign = await call(own, operations.listCustomers, bearer(await world.token(acme)));
  expect([foreign.status, foreign.code]).toEqual([403, 'tenant-unknown']);
});
