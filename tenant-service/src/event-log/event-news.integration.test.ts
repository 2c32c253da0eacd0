import { eventually } from '@tenantry/stack/testing/eventually.ts';
import { expect, it } from 'vitest';
import { privateRedis } from '../../testing/private-redis.ts';
import { NodeRedis } from '../redis/node-redis.ts';
import { createLog } from '../telemetry/log.ts';
import type { Tenant } from '../tenancy/tenant.ts';
import { hearNewEvents, sayNewEvents } from './event-news.ts';

it('tells pooled replicas of every tenant’s log, and a dedicated one of its own alone', async () => {
  await using redis = await privateRedis();
  const log = createLog('silent', 'test');
  const [speaker, pooled, dedicated] = ['speaker', 'pooled', 'dedicated'].map((name) => new NodeRedis(redis.login, name, log)) as [
    NodeRedis,
    NodeRedis,
    NodeRedis,
  ];
  const heard: Record<'pooled' | 'dedicated', Set<string>> = { pooled: new Set(), dedicated: new Set() };
  hearNewEvents(pooled, undefined, (tenantId) => heard.pooled.add(tenantId));
  hearNewEvents(dedicated, 'a', (tenantId) => heard.dedicated.add(tenantId));
  try {
    await eventually(() => {
      for (const tenantId of ['a', 'b']) sayNewEvents(speaker, { tenantId } as Tenant, 7);
      expect([[...heard.pooled].sort(), [...heard.dedicated]]).toEqual([['a', 'b'], ['a']]);
    });
  } finally {
    await Promise.all([speaker, pooled, dedicated].map((each) => each.close()));
  }
});
