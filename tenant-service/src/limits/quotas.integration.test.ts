import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunningApi, type ServiceWorld, serviceWorld, type TestTenant } from '../../testing/service-world.ts';

let world: ServiceWorld;
let api: RunningApi;
let full: TestTenant;
let token: string;
/** Of the customer that is there; the plan allows two. */
let first: { id: string; externalId: string };

const ask = async (method: string, path: string, body?: object, headers: Record<string, string> = {}) => {
  const response = await fetch(`${api.url}${path}`, {
    method,
    headers: { authorization: `Bearer ${token}`, ...(body ? { 'content-type': 'application/json' } : {}), ...headers },
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
  const answer = (await response.json().catch(() => ({}))) as { id: string; code?: string; items?: { status: number }[] };
  return { status: response.status, headers: response.headers, body: answer };
};
const stored = async (): Promise<number> => {
  const { rows } = await world.admin.query<{ count: number }>(
    `select count(*)::int as count from ${full.schema}.customers where deleted_at is null`,
  );
  return rows[0]?.count ?? -1;
};
const refused = { status: 403, body: { code: 'quota-exceeded', quota: 'customers', limit: 2, used: 2 } };

beforeAll(async () => {
  world = await serviceWorld();
  api = await world.startApi();
  full = await world.addTenant('full', { quotas: { customers: 2 } });
  token = await world.token(full);
  await ask('GET', '/v1/tenant');
  const made = await ask('POST', '/v1/customers', { name: 'Ada', externalId: 'crm-1' });
  first = { id: made.body.id, externalId: 'crm-1' };
  await ask('POST', '/v1/customers', { name: 'Bea' }, { 'idempotency-key': 'the-second' });
});
afterAll(async () => {
  await world?.[Symbol.asyncDispose]();
});

describe('a plan that is full', () => {
  it('takes no further customer, by whatever way it comes', async () => {
    expect(await ask('POST', '/v1/customers', { name: 'Cid' })).toMatchObject(refused);
    expect(await ask('POST', '/v1/customers', { name: 'Cid' }, { 'idempotency-key': 'a-third' })).toMatchObject(refused);
    expect(await ask('PUT', '/v1/customers/by-external-id/crm-9', { name: 'Cid' })).toMatchObject(refused);
    expect(await ask('POST', '/v1/customers:batch', { items: [{ action: 'create', customer: { name: 'Cid' } }] })).toMatchObject(refused);
    expect(await stored()).toBe(2);
  });

  it('repeats what it has taken, when the answer got lost', async () => {
    const repeated = await ask('POST', '/v1/customers', { name: 'Bea' }, { 'idempotency-key': 'the-second' });
    expect(repeated.status).toBe(201);
    expect(repeated.headers.get('idempotent-replayed')).toBe('true');
  });

  it('lets what is there be read and changed', async () => {
    expect((await ask('GET', `/v1/customers/${first.id}`)).status).toBe(200);
    expect((await ask('PUT', `/v1/customers/by-external-id/${first.externalId}`, { name: 'Ada Lovelace' })).status).toBe(200);
    expect((await ask('GET', '/v1/tenant')).body).toMatchObject({
      quotas: expect.arrayContaining([{ quota: 'customers', limit: 2, used: 2 }]),
    });
  });

  it('has room when one is deleted, for a new one or for the deleted one, not for both', async () => {
    const etag = (await ask('GET', `/v1/customers/${first.id}`)).headers.get('etag') ?? '';
    expect((await ask('DELETE', `/v1/customers/${first.id}`, undefined, { 'if-match': etag })).status).toBe(204);
    expect((await ask('POST', '/v1/customers', { name: 'Cid' })).status).toBe(201);
    expect(await ask('POST', `/v1/customers/${first.id}:restore`)).toMatchObject(refused);
    expect(await stored()).toBe(2);
  });

  it('forgets what it counted when the process ends, and counts anew', async () => {
    const other = await world.startApi();
    const answer = await fetch(`${other.url}/v1/tenant`, { headers: { authorization: `Bearer ${token}` } });
    expect(await answer.json()).toMatchObject({ quotas: expect.arrayContaining([{ quota: 'customers', limit: 2, used: 2 }]) });
  });
});
