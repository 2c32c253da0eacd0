import { eventually } from '@tenantry/stack/testing/eventually.ts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type PrivateRedis, privateRedis } from '../../testing/private-redis.ts';
import { type RunningApi, type ServiceWorld, serviceWorld, type TestTenant } from '../../testing/service-world.ts';

let world: ServiceWorld;
let redis: PrivateRedis;
let one: RunningApi;
let two: RunningApi;
let acme: TestTenant;
let token: string;

beforeAll(async () => {
  world = await serviceWorld();
  redis = await privateRedis();
  one = await world.startApi({ redis: redis.login });
  two = await world.startApi({ redis: redis.login });
  acme = await world.addTenant('acme');
  token = await world.token(acme);
  await hearing();
});
afterAll(async () => {
  await world?.[Symbol.asyncDispose]();
  await redis?.[Symbol.asyncDispose]();
});

const call = async (api: RunningApi, method: string, path: string, body?: object, headers: Record<string, string> = {}, as = token) => {
  const type = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json';
  const response = await fetch(`${api.url}${path}`, {
    method,
    headers: { authorization: `Bearer ${as}`, ...(body ? { 'content-type': type } : {}), ...headers },
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
  const etag = response.headers.get('etag') ?? '';
  return {
    status: response.status,
    etag,
    body: (await response.json().catch(() => undefined)) as { id: string; name: string; code?: string },
  };
};
const read = (api: RunningApi, id: string, as = token) => call(api, 'GET', `/v1/customers/${id}`, undefined, {}, as);
const rename = (api: RunningApi, id: string, etag: string, name: string) =>
  call(api, 'PATCH', `/v1/customers/${id}`, { name }, { 'if-match': etag });
const lookups = async (api: RunningApi, outcome: string): Promise<number> => {
  const page = await (await fetch(`${api.metricsUrl}/metrics`)).text();
  return Number(new RegExp(`^tenantry_customer_cache_lookups_total\\{outcome="${outcome}"\\} (\\d+)$`, 'm').exec(page)?.[1]);
};

async function newCustomer(name = 'Ada') {
  return (await call(one, 'POST', '/v1/customers', { name })).body.id;
}

/** Until both replicas answer from memory: they are sure to hear each other. */
async function hearing(): Promise<void> {
  const id = await newCustomer();
  for (const api of [one, two]) {
    await eventually(
      async () => {
        const before = await lookups(api, 'hit');
        await read(api, id);
        await read(api, id);
        expect(await lookups(api, 'hit')).toBeGreaterThan(before);
      },
      { limitMs: 15_000 },
    );
  }
}

describe('reading what was written', () => {
  it('through the same replica is never older than the write', async () => {
    const id = await newCustomer();
    let etag = (await read(one, id)).etag;
    for (let index = 0; index < 50; index += 1) {
      const written = await rename(one, id, etag, `Ada ${index}`);
      expect(written.status).toBe(200);
      const found = await read(one, id);
      expect(found).toMatchObject({ etag: written.etag, body: { name: `Ada ${index}` } });
      etag = found.etag;
    }
  });

  it('through another replica follows within moments, and a change is never made from an old version', async () => {
    const id = await newCustomer();
    for (let index = 0; index < 20; index += 1) {
      const seen = await read(two, id);
      const written = await rename(one, id, seen.etag, `Ada ${index}`);
      expect(written.status).toBe(200);
      // With the ETag of the other replica's write, before this one's memory could have been old.
      expect((await rename(two, id, written.etag, `Bea ${index}`)).status).toBe(200);
      await eventually(async () => expect((await read(one, id)).body.name).toBe(`Bea ${index}`), { limitMs: 1000 });
    }
  });

  it('many readers and one writer on two replicas never see a version go back', async () => {
    const id = await newCustomer();
    let done = false;
    const reader = async (api: RunningApi) => {
      let last = 0;
      while (!done) {
        const version = Number((await read(api, id)).etag.slice(1, -1));
        expect(version).toBeGreaterThanOrEqual(last);
        last = version;
      }
    };
    const readers = [one, one, two, two].map(reader);
    let etag = '"1"';
    for (let index = 0; index < 100; index += 1) etag = (await rename(index % 2 ? one : two, id, etag, `v${index}`)).etag;
    done = true;
    await Promise.all(readers);
    expect(etag).toBe('"101"');
  });

  it('a deleted customer is gone at once here, and within moments there', async () => {
    const id = await newCustomer();
    for (const api of [one, two]) await read(api, id);
    await call(one, 'DELETE', `/v1/customers/${id}`, undefined, { 'if-match': '"1"' });
    expect((await read(one, id)).status).toBe(404);
    await eventually(async () => expect((await read(two, id)).status).toBe(404), { limitMs: 1000 });
  });

  it('what SQL by hand changed shows after two seconds', async () => {
    const id = await newCustomer();
    await read(one, id);
    await world.admin.query(`update ${acme.schema}.customers set name = 'By hand' where id = $1`, [id]);
    await eventually(async () => expect((await read(one, id)).body.name).toBe('By hand'), { limitMs: 4000 });
  });
});

describe('what is never served from memory', () => {
  it('another tenant’s customer', async () => {
    const globex = await world.addTenant('globex');
    const id = await newCustomer();
    await read(one, id);
    expect((await read(one, id, await world.token(globex))).status).toBe(404);
  });

  it('a suspended tenant’s customer', async () => {
    const id = await newCustomer();
    await read(one, id);
    await world.operator.query(`update tenantry.tenants set state = 'Suspended' where tenant_id = $1`, [acme.tenantId]);
    await eventually(async () => expect((await read(one, id)).body.code).toBe('tenant-suspended'));
    await world.operator.query(`update tenantry.tenants set state = 'Active' where tenant_id = $1`, [acme.tenantId]);
    await eventually(async () => expect((await read(one, id)).status).toBe(200));
  });
});

describe('when Redis suffers', () => {
  it('FLUSHALL changes no answer', async () => {
    const id = await newCustomer();
    await read(one, id);
    await redis.command('FLUSHALL');
    expect((await rename(two, id, '"1"', 'Bea')).status).toBe(200);
    await eventually(async () => expect((await read(one, id)).body.name).toBe('Bea'), { limitMs: 1000 });
  });

  it('frozen: nothing older than half a second is served, writes and reads go on', async () => {
    const id = await newCustomer();
    for (const api of [one, two]) await read(api, id);
    redis.freeze();
    const written = await rename(two, id, '"1"', 'While frozen');
    expect(written.status).toBe(200);
    await eventually(async () => expect((await read(one, id)).body.name).toBe('While frozen'), { limitMs: 2500 });
    const off = await lookups(one, 'off');
    await eventually(async () => {
      await read(one, id);
      expect(await lookups(one, 'off')).toBeGreaterThan(off);
    });
    redis.thaw();
    await hearing();
  });

  it('dead: every read is the database’s, none is old; back again the cache begins empty', async () => {
    const id = await newCustomer();
    for (const api of [one, two]) await read(api, id);
    await redis.kill();
    await eventually(async () => {
      const before = await lookups(one, 'off');
      await read(one, id);
      expect(await lookups(one, 'off')).toBe(before + 1);
    });
    let etag = '"1"';
    for (let index = 0; index < 10; index += 1) {
      etag = (await rename(two, id, etag, `Dead ${index}`)).etag;
      expect((await read(one, id)).etag).toBe(etag);
    }
    await redis.start();
    await hearing();
    expect((await read(one, id)).etag).toBe(etag);
  });
});
