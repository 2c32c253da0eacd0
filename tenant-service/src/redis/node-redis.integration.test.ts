import { randomUUID } from 'node:crypto';
import { eventually } from '@tenantry/stack/testing/eventually.ts';
import { runningStack } from '@tenantry/stack/testing/running-stack.ts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type PrivateRedis, privateRedis } from '../../testing/private-redis.ts';
import { createLog } from '../telemetry/log.ts';
import { NodeRedis } from './node-redis.ts';
import { RedisAway } from './redis-errors.ts';

const log = createLog('silent', 'test');
const perMinute = 600;
const bucket = (key: string, taken: number) => ({ key, perMs: perMinute / 60_000, capacity: 100, taken });

describe('on the platform’s Redis', () => {
  it('fills a common bucket by time, empties it by what was taken, and never owes more than one burst', async () => {
    const { host, port, password } = await (await runningStack('redis')).redis();
    const redis = new NodeRedis({ host, port, password, ca: undefined }, 'test', log);
    await eventually(() => expect(redis.isConnected()).toBe(true));
    const key = `t:${randomUUID()}:rate`;
    const [left] = await redis.take([bucket(key, 30)]);
    expect(left).toBe(70);
    const [after, other] = await redis.take([bucket(key, 70), bucket(`${key}:other`, 1)]);
    expect(after).toBeGreaterThanOrEqual(0);
    expect(after).toBeLessThan(50);
    expect(other).toBe(99);
    expect((await redis.take([bucket(key, 10_000)]))[0]).toBe(-100);
    await eventually(async () => expect((await redis.take([bucket(key, 0)]))[0]).toBeGreaterThan(-99));
    await redis.close();
  });
});

describe('on a Redis that suffers', () => {
  let server: PrivateRedis;
  let redis: NodeRedis;
  let other: NodeRedis;
  beforeAll(async () => {
    server = await privateRedis();
    redis = new NodeRedis(server.login, 'one', log);
    other = new NodeRedis(server.login, 'two', log);
    await eventually(() => expect([redis.isConnected(), other.isConnected()]).toEqual([true, true]));
  });
  afterAll(async () => {
    await redis?.close();
    await other?.close();
    await server?.[Symbol.asyncDispose]();
  });

  it('hears what another replica says, and knows that it has missed nothing', async () => {
    const heard: string[] = [];
    const listening = redis.listen('news', { message: (text) => heard.push(text), gap: () => heard.push('(gap)') });
    await eventually(() => expect(listening.isCurrent()).toBe(true));
    heard.length = 0;
    await other.say('news', 'hello');
    await eventually(() => expect(heard).toEqual(['hello']));
  });

  it('counts as full what FLUSHALL took away', async () => {
    await redis.take([bucket('t:x:rate', 90)]);
    await server.command('FLUSHALL');
    expect((await redis.take([bucket('t:x:rate', 1)]))[0]).toBe(99);
  });

  it('says at once that it is not current when Redis holds still, refuses quickly, and comes back by itself', async () => {
    let gaps = 0;
    const listening = redis.listen('quiet', { message: () => {}, gap: () => (gaps += 1) });
    await eventually(() => expect(listening.isCurrent()).toBe(true));
    const before = gaps;
    server.freeze();
    await expect(redis.take([bucket('t:y:rate', 1)])).rejects.toThrow(RedisAway);
    await eventually(() => expect(listening.isCurrent()).toBe(false));
    await eventually(() => expect(gaps).toBeGreaterThan(before));
    server.thaw();
    await eventually(() => expect(listening.isCurrent()).toBe(true));
  });

  it('survives its death: refuses at once, tells of the gap, and listens again when it is back', async () => {
    const heard: string[] = [];
    const listening = redis.listen('again', { message: (text) => heard.push(text), gap: () => {} });
    await eventually(() => expect(listening.isCurrent()).toBe(true));
    await server.kill();
    await eventually(() => expect(redis.isConnected()).toBe(false));
    expect(listening.isCurrent()).toBe(false);
    await expect(redis.take([bucket('t:z:rate', 1)])).rejects.toThrow(RedisAway);
    await expect(redis.say('again', 'lost')).rejects.toThrow(RedisAway);
    let connected = 0;
    redis.onConnect(() => (connected += 1));
    await server.start();
    await eventually(() => expect(listening.isCurrent()).toBe(true), { limitMs: 15_000 });
    await eventually(() => expect(connected).toBeGreaterThan(0), { limitMs: 15_000 });
    await eventually(() => expect(other.isConnected()).toBe(true), { limitMs: 15_000 });
    await other.say('again', 'hello');
    await eventually(() => expect(heard).toEqual(['hello']));
  });

  it('refuses, and does not wait, when Redis is full', async () => {
    await server.command('CONFIG', 'SET', 'maxmemory', '1');
    await expect(redis.take([bucket('t:full:rate', 1)])).rejects.toThrow(RedisAway);
    await server.command('CONFIG', 'SET', 'maxmemory', '16mb');
  });
});
