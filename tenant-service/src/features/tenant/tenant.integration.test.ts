import { eventually } from '@tenantry/stack/testing/eventually.ts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunningApi, type ServiceWorld, serviceWorld, type TestTenant } from '../../../testing/service-world.ts';

let world: ServiceWorld;
let api: RunningApi;
let acme: TestTenant;
let token: string;

const ask = async (path: string, init: RequestInit = {}, as = token) => {
  const response = await fetch(`${api.url}${path}`, { ...init, headers: { authorization: `Bearer ${as}`, ...init.headers } });
  return { status: response.status, headers: response.headers, body: (await response.json().catch(() => undefined)) as never };
};
const create = (name: string, as = token) =>
  ask('/v1/customers', { method: 'POST', body: JSON.stringify({ name }), headers: { 'content-type': 'application/json' } }, as);
const giveQuotas = (quotas: object, tenant = acme) =>
  world.operator.query('update tenantry.tenants set quotas = $2 where tenant_id = $1', [tenant.tenantId, quotas]);
const setState = (state: string, reason: string | null = null) =>
  world.operator.query('update tenantry.tenants set state = $2, closed_reason = $3 where tenant_id = $1', [acme.tenantId, state, reason]);

beforeAll(async () => {
  world = await serviceWorld();
  acme = await world.addTenant('acme', { quotas: { requestsPerMinute: 60_000, customers: 5 } });
  token = await world.token(acme);
  api = await world.startApi();
});
afterAll(async () => {
  await world?.[Symbol.asyncDispose]();
});

describe('the tenant’s view of itself', () => {
  it('says plan, state, limits and what is used', async () => {
    await create('Ada');
    const { status, body } = await ask('/v1/tenant');
    expect(status).toBe(200);
    expect(body).toMatchObject({
      id: acme.tenantId,
      name: 'acme',
      class: 'standard',
      state: 'Active',
      reason: null,
      limits: { requestsPerMinute: 60_000, requestsPerMinutePerUser: null },
      quotas: [
        { quota: 'customers', limit: 5, used: 1 },
        { quota: 'storageBytes', limit: null, used: expect.any(Number) },
        { quota: 'requestsPerDay', limit: null, used: 2 },
      ],
    });
  });

  it('shows a changed plan within two seconds, without a restart', async () => {
    await giveQuotas({ requestsPerMinute: 60_000, requestsPerMinutePerUser: 30_000, customers: 6 });
    await eventually(
      async () => {
        const { body, headers } = await ask('/v1/tenant');
        expect(body).toMatchObject({ limits: { requestsPerMinutePerUser: 30_000 } });
        expect(headers.get('ratelimit-policy')).toBe('"tenant";q=60000;w=60, "user";q=30000;w=60');
      },
      { limitMs: 2000 },
    );
  });

  it('counts requests and refusals of each day, also those this process has not written yet', async () => {
    const before = (await ask('/v1/usage')).body as { items: { requests: number; refused: number }[] };
    for (let index = 0; index < 5; index += 1) await ask('/v1/customers');
    const after = (await ask('/v1/usage')).body as { items: { day: string; requests: number; customers: number }[] };
    expect(after.items).toHaveLength(1);
    expect(after.items[0]?.day).toBe(new Date().toISOString().slice(0, 10));
    expect((after.items[0]?.requests ?? 0) - (before.items[0]?.requests ?? 0)).toBe(6);
    expect(after.items[0]?.customers).toBe(1);
  });

  it.each([
    ['?from=2026-02-30', '/query/from'],
    ['?from=2026-03-02&to=2026-03-01', '/query/from'],
    ['?from=2020-01-01&to=2026-03-01', '/query/from'],
  ])('refuses days that make no sense: %s', async (query, pointer) => {
    const { status, body } = await ask(`/v1/usage${query}`);
    expect(status).toBe(400);
    expect(body).toMatchObject({ code: 'invalid-request', errors: [{ pointer }] });
  });

  it('is answered with state and reason while read-only and while suspended, when nothing else is', async () => {
    await setState('ReadOnly', 'moving house');
    await eventually(async () => expect((await ask('/v1/tenant')).body).toMatchObject({ state: 'ReadOnly', reason: 'moving house' }));
    expect((await ask('/v1/usage')).status).toBe(200);
    await setState('Suspended', 'invoice 7 is open');
    await eventually(async () => expect((await ask('/v1/tenant')).body).toMatchObject({ state: 'Suspended', reason: 'invoice 7 is open' }));
    expect((await ask('/v1/usage')).body).toMatchObject({ code: 'tenant-suspended' });
    await setState('Active');
    await eventually(async () => expect((await ask('/v1/usage')).status).toBe(200));
  });

  it('writes what was counted when the process ends', async () => {
    const other = await world.startApi();
    await fetch(`${other.url}/v1/customers`, { headers: { authorization: `Bearer ${token}` } });
    await other.stop();
    const { rows } = await world.admin.query<{ requests: string }>(`select requests from ${acme.schema}.usage_days`);
    const { body } = await ask('/v1/usage');
    expect(Number(rows[0]?.requests)).toBeGreaterThan(0);
    expect((body as { items: { requests: number }[] }).items[0]?.requests).toBeGreaterThan(Number(rows[0]?.requests));
  });
});

describe('limits', () => {
  it('answer 429 with Retry-After beyond the rate, whatever X-Forwarded-For says, and another tenant goes on', async () => {
    const small = await world.addTenant('small', { quotas: { requestsPerMinute: 12 } });
    const smallToken = await world.token(small);
    const answers = [];
    for (let index = 0; index < 14; index += 1) {
      answers.push(
        await ask('/v1/customers', { headers: { 'x-forwarded-for': `10.0.0.${index}`, forwarded: `for=10.0.0.${index}` } }, smallToken),
      );
    }
    expect(answers.slice(0, 10).map(({ status }) => status)).toEqual(Array(10).fill(200));
    const refused = answers.at(-1);
    expect(refused?.status).toBe(429);
    expect(refused?.body).toMatchObject({ code: 'too-many-requests' });
    expect(Number(refused?.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(refused?.headers.get('ratelimit')).toMatch(/^"tenant";r=0;t=\d+$/);
    expect((await ask('/v1/customers')).status).toBe(200);
  });

  it('are said with refusals of other kinds as well', async () => {
    const missing = await ask('/v1/customers/01920000-0000-7000-8000-00000000dead');
    expect(missing.status).toBe(404);
    expect(missing.headers.get('ratelimit')).toContain('"tenant";r=');
  });

  it('warn near a quota, and refuse at it with quota, limit and use; deleting makes room', async () => {
    const full = await world.addTenant('full', { quotas: { customers: 5 } });
    const fullToken = await world.token(full);
    await ask('/v1/tenant', {}, fullToken);
    const made = [];
    for (let index = 0; index < 5; index += 1) made.push(await create(`Customer ${index}`, fullToken));
    expect(made.map(({ headers }) => headers.get('tenantry-quota'))).toEqual([null, null, null, null, 'customers;used=4;limit=5']);
    const refused = await create('One too many', fullToken);
    expect(refused.status).toBe(403);
    expect(refused.body).toMatchObject({ code: 'quota-exceeded', quota: 'customers', limit: 5, used: 5 });
    expect((await ask('/v1/customers', {}, fullToken)).status).toBe(200);
    const id = String((made[0]?.body as { id?: string } | undefined)?.id);
    await ask(`/v1/customers/${id}`, { method: 'DELETE', headers: { 'if-match': '"1"' } }, fullToken);
    expect((await create('Fits again', fullToken)).status).toBe(201);
    const { rows } = await world.admin.query(`select count(*)::int as count from ${full.schema}.customers where deleted_at is null`);
    expect(rows).toEqual([{ count: 5 }]);
  });

  it('count what was decided', async () => {
    const metrics = await (await fetch(`${api.metricsUrl}/metrics`)).text();
    expect(metrics).toMatch(/tenantry_limit_decisions_total\{outcome="allowed"\} \d+/);
    expect(metrics).toMatch(/tenantry_limit_decisions_total\{outcome="refused_tenant_rate"\} [1-9]/);
    expect(metrics).toContain('tenantry_redis_connected 0');
  });
});
