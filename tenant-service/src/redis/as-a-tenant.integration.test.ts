import { createHash } from 'node:crypto';
import { TENANT_REDIS_RULES, tenantKeys } from '@tenantry/contracts';
import { eventually } from '@tenantry/stack/testing/eventually.ts';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type PrivateRedis, privateRedis } from '../../testing/private-redis.ts';
import { type RunningApi, type ServiceWorld, serviceWorld, type TestTenant } from '../../testing/service-world.ts';
import { CustomerCache } from '../cache/customer-cache.ts';
import { createLog } from '../telemetry/log.ts';
import { NodeRedis } from './node-redis.ts';

let world: ServiceWorld;
let redis: PrivateRedis;
let acme: TestTenant;
let dedicated: RunningApi;
let token: string;

beforeAll(async () => {
  [world, redis] = await Promise.all([serviceWorld(), privateRedis()]);
  acme = await world.addTenant('acme', { dedicated: true, quotas: { requestsPerMinute: 6000 } });
  const { redisUser, redisPrefix } = tenantKeys(acme.tenantId);
  const hash = createHash('sha256').update('as acme').digest('hex');
  await redis.command(
    'ACL',
    'SETUSER',
    redisUser,
    'reset',
    'on',
    `#${hash}`,
    `~${redisPrefix}*`,
    `&${redisPrefix}*`,
    ...TENANT_REDIS_RULES,
  );
  const login = world.login(acme.login?.user ?? '', acme.login?.password ?? '');
  const asAcme = { ...redis.login, username: redisUser, password: 'as acme' };
  dedicated = await world.startApi({ tenantId: acme.tenantId, rows: login, registry: login, redis: asAcme });
  token = await world.token(acme);
});
afterAll(async () => {
  await world?.[Symbol.asyncDispose]();
  await redis?.[Symbol.asyncDispose]();
});

const read = async (id: string) => await fetch(`${dedicated.url}/v1/customers/${id}`, { headers: { authorization: `Bearer ${token}` } });
const hits = async (): Promise<number> => {
  const page = await (await fetch(`${dedicated.metricsUrl}/metrics`)).text();
  return Number(/^tenantry_customer_cache_lookups_total\{outcome="hit"\} (\d+)$/m.exec(page)?.[1]);
};

it('a dedicated tenant’s replica shares its limits, remembers customers and hears of changes with no more rights than its tenant has', async () => {
  const created = await fetch(`${dedicated.url}/v1/customers`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ name: 'Ada' }),
  });
  expect(created.status).toBe(201);
  const { id } = (await created.json()) as { id: string };
  // Limits: the common bucket is there, under the tenant's prefix.
  const { redisPrefix } = tenantKeys(acme.tenantId);
  const keys = await eventually(async () => {
    // It is forgotten as soon as it would be full again, which is soon.
    await read(id);
    const found = (await redis.command('KEYS', '*')) as string[];
    expect(found).toContain(`${redisPrefix}rate`);
    return found;
  });
  expect(keys.filter((key) => !key.startsWith(redisPrefix))).toEqual([]);
  // Memory: on only while it is sure to hear of changes.
  await eventually(async () => {
    const before = await hits();
    expect((await read(id)).status).toBe(200);
    expect((await read(id)).status).toBe(200);
    expect(await hits()).toBeGreaterThan(before);
  });
  // News of whoever writes for every tenant, as job workers do.
  const platform = new NodeRedis(redis.login, 'a job worker', createLog('silent', 'test'));
  const elsewhere = new CustomerCache({ redis: platform });
  await eventually(() => expect(platform.isConnected()).toBe(true));
  await eventually(async () => {
    await read(id);
    const before = await hits();
    await elsewhere.ended({ tenantId: acme.tenantId } as never, 0, new Set([id]));
    await read(id);
    expect(await hits()).toBe(before);
  });
  await platform.close();
});
