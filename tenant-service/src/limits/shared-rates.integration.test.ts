import { eventually } from '@tenantry/stack/testing/eventually.ts';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type PrivateRedis, privateRedis } from '../../testing/private-redis.ts';
import { type RunningApi, type ServiceWorld, serviceWorld } from '../../testing/service-world.ts';

let world: ServiceWorld;
let redis: PrivateRedis;
let one: RunningApi;
let two: RunningApi;

beforeAll(async () => {
  world = await serviceWorld();
  redis = await privateRedis();
  one = await world.startApi({ redis: redis.login });
  two = await world.startApi({ redis: redis.login });
  await eventually(async () => {
    for (const api of [one, two]) expect(await metric(api, 'tenantry_redis_connected')).toBe(1);
  });
});
afterAll(async () => {
  await world?.[Symbol.asyncDispose]();
  await redis?.[Symbol.asyncDispose]();
});

async function metric(api: RunningApi, name: string): Promise<number> {
  const page = await (await fetch(`${api.metricsUrl}/metrics`)).text();
  return Number(new RegExp(`^${name.replaceAll(/[{}"]/g, '\\$&')} (\\S+)$`, 'm').exec(page)?.[1]);
}

/** A tenant of its own with a token. */
async function caller(slug: string, requestsPerMinute: number) {
  const tenant = await world.addTenant(slug, { quotas: { requestsPerMinute } });
  const token = await world.token(tenant);
  const ask = (api: RunningApi) => fetch(`${api.url}/v1/customers`, { headers: { authorization: `Bearer ${token}` } });
  return { tenant, ask };
}

const left = (response: Response): number => Number(/r=(\d+)/.exec(response.headers.get('ratelimit') ?? '')?.[1]);

it('one replica hears within moments what another let through', async () => {
  // Slow to fill: 60 a minute are one a second, ten at once.
  const { ask } = await caller('shared', 60);
  for (let index = 0; index < 9; index += 1) expect((await ask(one)).status).toBe(200);
  await eventually(async () => {
    const answer = await ask(two);
    // The second replica's first answers are given before it has heard; soon the burst of both is used up.
    expect(answer.status).toBe(429);
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
  });
});

it('subjects and other names never reach Redis: keys are the tenant’s id and a hash', async () => {
  const tenant = await world.addTenant('keys', { quotas: { requestsPerMinute: 600, requestsPerMinutePerUser: 60 } });
  const token = await world.token(tenant, { subject: 'ada-lovelace' } as never);
  await fetch(`${one.url}/v1/customers`, { headers: { authorization: `Bearer ${token}` } });
  await eventually(async () => {
    const keys = (await redis.command('KEYS', `t:${tenant.tenantId}:*`)) as string[];
    expect(keys.toSorted()).toEqual([`t:${tenant.tenantId}:rate`, expect.stringMatching(/^t:[0-9a-f-]{36}:rate:[0-9a-f]{32}$/)]);
  });
});

it('FLUSHALL costs one burst and nothing else', async () => {
  const { ask } = await caller('flushed', 60);
  for (let index = 0; index < 10; index += 1) await ask(one);
  await redis.command('FLUSHALL');
  const answers = [];
  for (let index = 0; index < 30; index += 1) answers.push((await ask(one)).status);
  expect(answers).not.toContain(500);
  expect(answers).toContain(429);
});

it('a Redis that held still for a while takes nothing from a caller who stayed below the rate', async () => {
  const { tenant, ask } = await caller('patient', 600);
  redis.freeze();
  for (let round = 1; round <= 8; round += 1) {
    const before = await metric(one, 'tenantry_limit_decisions_alone_total');
    for (let index = 0; index < 5; index += 1) expect((await ask(one)).status).toBe(200);
    await eventually(async () => expect(await metric(one, 'tenantry_limit_decisions_alone_total')).toBeGreaterThan(before));
  }
  redis.thaw();
  // Of a hundred; one that is full again is forgotten.
  const leftInRedis = async () => Number((await redis.command('HGET', `t:${tenant.tenantId}:rate`, 'left')) ?? 100);
  await eventually(async () => expect(await leftInRedis()).toBeGreaterThanOrEqual(80), { limitMs: 30_000 });
  for (let index = 0; index < 30; index += 1) expect((await ask(one)).status).toBe(200);
});

it('a frozen, then dead Redis lets every replica decide alone, within the same rate; back again they decide together', async () => {
  const { ask } = await caller('alone', 600);
  const before = await metric(one, 'tenantry_limit_decisions_alone_total');
  redis.freeze();
  for (let index = 0; index < 20; index += 1) expect((await ask(one)).status).toBe(200);
  await eventually(async () => expect(await metric(one, 'tenantry_limit_decisions_alone_total')).toBeGreaterThan(before));
  redis.thaw();
  await redis.kill();
  const statuses = new Map<number, number>();
  for (let index = 0; index < 150; index += 1) {
    const { status } = await ask(one);
    statuses.set(status, (statuses.get(status) ?? 0) + 1);
  }
  // Its own cap holds: a burst of a hundred and what came back meanwhile.
  expect(statuses.get(429)).toBeGreaterThan(0);
  expect(statuses.get(200)).toBeGreaterThan(0);
  expect([...statuses.keys()].toSorted()).toEqual([200, 429]);
  await redis.start();
  await eventually(async () => expect(await metric(one, 'tenantry_redis_connected')).toBe(1), { limitMs: 15_000 });
  await eventually(async () => {
    const answer = await ask(one);
    if (answer.status === 200) expect(left(answer)).toBeGreaterThanOrEqual(0);
    const keys = (await redis.command('KEYS', 't:*')) as string[];
    expect(keys.length).toBeGreaterThan(0);
  });
});
