import { operations } from '@tenantry/contracts';
import { eventually } from '@tenantry/stack/testing/eventually.ts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type PrivateRedis, privateRedis } from '../../testing/private-redis.ts';
import { type RunningApi, type ServiceWorld, serviceWorld } from '../../testing/service-world.ts';

let world: ServiceWorld;
let redis: PrivateRedis;
let one: RunningApi;
let two: RunningApi;
let token: string;
let made = 0;

beforeAll(async () => {
  world = await serviceWorld();
  redis = await privateRedis();
  one = await world.startApi({ redis: redis.login });
  two = await world.startApi({ redis: redis.login });
  token = await world.token(await world.addTenant('acme'));
});
afterAll(async () => {
  await world?.[Symbol.asyncDispose]();
  await redis?.[Symbol.asyncDispose]();
});

interface Seen {
  readonly status: number;
  readonly etag: string;
  readonly body: Readonly<Record<string, unknown>>;
}

async function call(api: RunningApi, method: string, path: string, body?: object, etag?: string): Promise<Seen> {
  const type = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json';
  const response = await fetch(`${api.url}${path}`, {
    method,
    headers: { authorization: `Bearer ${token}`, ...(body ? { 'content-type': type } : {}), ...(etag ? { 'if-match': etag } : {}) },
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
  // A problem names its request; nothing else of two equal answers differs.
  const answer = (await response.json().catch(() => ({}))) as Record<string, unknown>;
  return { status: response.status, etag: response.headers.get('etag') ?? '', body: { ...answer, instance: undefined } };
}

const read = (api: RunningApi, id: string) => call(api, 'GET', `/v1/customers/${id}`);

/** Resolves when the replica has just answered a read of the customer from memory. */
async function remembered(api: RunningApi, id: string): Promise<void> {
  const hits = async () => {
    const page = await (await fetch(`${api.metricsUrl}/metrics`)).text();
    return Number(/^tenantry_customer_cache_lookups_total\{outcome="hit"\} (\d+)$/m.exec(page)?.[1]);
  };
  await eventually(
    async () => {
      const before = await hits();
      for (let times = 0; times < 2; times += 1) await read(api, id);
      expect(await hits()).toBeGreaterThan(before);
    },
    { limitMs: 15_000, everyMs: 20 },
  );
}

interface Start {
  readonly id: string;
  readonly externalId: string;
  readonly etag: string;
}

async function newCustomer(): Promise<Start> {
  made += 1;
  const externalId = `crm-${made}`;
  const { body, etag } = await call(one, 'POST', '/v1/customers', { name: `Customer ${made}`, externalId, tags: ['old'] });
  return { id: String(body.id), externalId, etag };
}

/** Every operation that changes a customer that is there. A new one belongs here. */
const WAYS: Readonly<Record<string, (customer: Start) => Promise<Seen>>> = {
  updateCustomer: ({ id, etag }) => call(one, 'PATCH', `/v1/customers/${id}`, { name: 'New' }, etag),
  replaceCustomer: ({ id, etag }) => call(one, 'PUT', `/v1/customers/${id}`, { name: 'New' }, etag),
  putCustomerByExternalId: ({ externalId }) => call(one, 'PUT', `/v1/customers/by-external-id/${externalId}`, { name: 'New' }),
  addCustomerTags: ({ id }) => call(one, 'POST', `/v1/customers/${id}/tags:add`, { tags: ['new'] }),
  removeCustomerTags: ({ id }) => call(one, 'POST', `/v1/customers/${id}/tags:remove`, { tags: ['old'] }),
  deleteCustomer: ({ id, etag }) => call(one, 'DELETE', `/v1/customers/${id}`, undefined, etag),
  restoreCustomer: async ({ id, etag }) => {
    await call(one, 'DELETE', `/v1/customers/${id}`, undefined, etag);
    // Both remember that it is gone.
    for (const api of [one, two]) await read(api, id);
    return call(one, 'POST', `/v1/customers/${id}:restore`);
  },
  batchCustomers: ({ id }) =>
    call(one, 'POST', '/v1/customers:batch', { items: [{ action: 'patch', id, version: 1, patch: { name: 'New' } }] }),
  'batchCustomers, delete': ({ id }) => call(one, 'POST', '/v1/customers:batch', { items: [{ action: 'delete', id, version: 1 }] }),
  'mergeCustomer, the one that stays': async ({ id, etag }) => {
    const other = await newCustomer();
    return call(one, 'POST', `/v1/customers/${id}:merge`, { from: other.id, fromVersion: 1, take: ['name'] }, etag);
  },
  'mergeCustomer, the one that goes': async ({ id }) => {
    const other = await newCustomer();
    return call(one, 'POST', `/v1/customers/${other.id}:merge`, { from: id, fromVersion: 1 }, other.etag);
  },
  undoMerge: async ({ id }) => {
    const other = await newCustomer();
    const merged = await call(one, 'POST', `/v1/customers/${other.id}:merge`, { from: id, fromVersion: 1 }, other.etag);
    for (const api of [one, two]) await read(api, id);
    return call(one, 'POST', `/v1/merges/${merged.body.id}:undo`);
  },
};

/** Operations of customers that write, and change no customer that was there. */
const CHANGE_NONE = ['createCustomer', 'putCustomerAttributesSchema', 'dismissDuplicate', 'putCustomerPayload', 'deleteCustomerPayload'];

it('no operation that changes customers is left out below', () => {
  const writing = Object.values(operations).filter(({ tag, writes }) => tag === 'Customers' && writes);
  const tried = Object.keys(WAYS).map((way) => way.split(',')[0]);
  expect([...new Set([...tried, ...CHANGE_NONE])].toSorted()).toEqual(writing.map(({ id }) => id).toSorted());
});

describe('what another replica remembers of a customer', () => {
  it.each(Object.keys(WAYS))('is forgotten after %s', async (way) => {
    const customer = await newCustomer();
    // Only a replica that answers from memory shows anything.
    for (const api of [one, two]) await remembered(api, customer.id);
    const before = await read(two, customer.id);
    expect(before.status).toBe(200);
    const answer = await WAYS[way]?.(customer);
    expect(answer?.status, JSON.stringify(answer?.body)).toBeLessThan(300);
    const here = await read(one, customer.id);
    expect([here.status, here.etag]).not.toEqual([before.status, before.etag]);
    // Sooner than age alone would bring it: the news did.
    await eventually(async () => expect(await read(two, customer.id)).toEqual(here), { limitMs: 700, everyMs: 10 });
  });
});
