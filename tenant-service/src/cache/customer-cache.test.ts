import { describe, expect, it } from 'vitest';
import type { SharedMemory } from '../redis/port.ts';
import type { Tenant } from '../tenancy/tenant.ts';
import { CustomerCache } from './customer-cache.ts';

const acme = { tenantId: 'acme' } as Tenant;
const globex = { tenantId: 'globex' } as Tenant;
const row = (id: string, version: number) => ({ id, version, document: `{"id":"${id}","version":${version}}` });

/** Replicas on one wire that can be cut; what is said arrives at once. */
function replicas(count: number) {
  const wire = { isUp: true, said: [] as string[] };
  const ears: { message: (text: string) => void; gap: () => void }[] = [];
  const connects: (() => void)[] = [];
  const memory: SharedMemory = {
    isConnected: () => wire.isUp,
    take: async () => [],
    say: async (_channel, text) => {
      if (!wire.isUp) throw new Error('away');
      wire.said.push(text);
      for (const ear of ears) ear.message(text);
    },
    listen: (_channel, to) => {
      ears.push(to);
      return { isCurrent: () => wire.isUp };
    },
    onConnect: (listener) => void connects.push(listener),
    close: async () => {},
  };
  const caches = Array.from({ length: count }, () => new CustomerCache({ redis: memory }));
  return {
    caches,
    wire,
    cut: () => {
      wire.isUp = false;
      for (const ear of ears) ear.gap();
    },
    mend: () => {
      wire.isUp = true;
      for (const listener of connects) listener();
    },
    shout: (text: string) => {
      for (const ear of ears) ear.message(text);
    },
  };
}

const put = (cache: CustomerCache, tenant: Tenant, id: string, version: number) =>
  cache.remember(tenant, cache.begin(tenant), id, row(id, version));

describe('the customer cache', () => {
  it('answers what was read, per tenant, and also that there is nothing', () => {
    const [cache] = replicas(1).caches as [CustomerCache];
    expect(cache.get(acme, 'a')).toBeUndefined();
    put(cache, acme, 'a', 1);
    cache.remember(acme, cache.begin(acme), 'b', undefined);
    expect(cache.get(acme, 'a')?.customer).toEqual(row('a', 1));
    expect(cache.get(acme, 'b')).toMatchObject({ customer: undefined });
    expect(cache.get(globex, 'a')).toBeUndefined();
  });

  it('forgets what a write changed, here and at the other replicas, and keeps the rest', async () => {
    const [one, two] = replicas(2).caches as [CustomerCache, CustomerCache];
    for (const cache of [one, two]) for (const id of ['a', 'b']) put(cache, acme, id, 1);
    await one.ended(acme, one.begin(acme), new Set(['a']));
    for (const cache of [one, two]) {
      expect(cache.get(acme, 'a')).toBeUndefined();
      expect(cache.get(acme, 'b')).toBeDefined();
    }
  });

  it('forgets the whole tenant, and no other, when a write does not say what it changed', async () => {
    const [one, two] = replicas(2).caches as [CustomerCache, CustomerCache];
    for (const cache of [one, two]) for (const tenant of [acme, globex]) put(cache, tenant, 'a', 1);
    await one.ended(acme, one.begin(acme), 'any');
    for (const cache of [one, two]) {
      expect(cache.get(acme, 'a')).toBeUndefined();
      expect(cache.get(globex, 'a')).toBeDefined();
    }
    put(one, acme, 'a', 2);
    expect(one.get(acme, 'a')?.customer?.version).toBe(2);
  });

  it('does not remember a read that began before a change was heard of, its own, another replica’s, or a gap', async () => {
    const { caches, cut, mend } = replicas(2);
    const [one, two] = caches as [CustomerCache, CustomerCache];
    const ticket = one.begin(acme);
    await two.ended(acme, two.begin(acme), new Set(['other']));
    one.remember(acme, ticket, 'a', row('a', 1));
    expect(one.get(acme, 'a')).toBeUndefined();
    const later = one.begin(acme);
    cut();
    mend();
    one.remember(acme, later, 'a', row('a', 1));
    expect(one.get(acme, 'a')).toBeUndefined();
  });

  it('is empty and off while changes cannot be heard, and begins with nothing when they can', () => {
    const { caches, cut, mend } = replicas(1);
    const [cache] = caches as [CustomerCache];
    put(cache, acme, 'a', 1);
    cut();
    expect(cache.get(acme, 'a')).toBeUndefined();
    put(cache, acme, 'a', 1);
    mend();
    expect(cache.get(acme, 'a')).toBeUndefined();
    expect(cache.bytes).toBe(0);
  });

  it('tells later, as all of the tenant, what it could not tell', async () => {
    const { caches, wire, mend } = replicas(2);
    const [one, two] = caches as [CustomerCache, CustomerCache];
    put(two, acme, 'a', 1);
    wire.isUp = false;
    await one.ended(acme, one.begin(acme), new Set(['a']));
    mend();
    expect(two.get(acme, 'a')).toBeUndefined();
    expect(wire.said.map((text) => JSON.parse(text))).toEqual([expect.objectContaining({ tenantId: 'acme' })]);
    expect(JSON.parse(wire.said[0] as string)).not.toHaveProperty('ids');
  });

  it('takes news it cannot read for the worst', () => {
    const { caches, shout } = replicas(1);
    const [cache] = caches as [CustomerCache];
    for (const news of ['not json', '{}', '{"from":"x","tenantId":"acme","ids":[1]}']) {
      put(cache, acme, 'a', 1);
      shout(news);
      expect(cache.get(acme, 'a')).toBeUndefined();
    }
  });

  it('says nothing of a write that changed no customer', async () => {
    const { caches, wire } = replicas(1);
    const [cache] = caches as [CustomerCache];
    put(cache, acme, 'a', 1);
    await cache.ended(acme, 0, 'none');
    await cache.ended(acme, 0, new Set());
    expect(cache.get(acme, 'a')).toBeDefined();
    expect(wire.said).toEqual([]);
  });

  it('keeps within its bytes, the least used go first', () => {
    const redis = { listen: () => ({ isCurrent: () => true }), onConnect: () => {} } as unknown as SharedMemory;
    const cache = new CustomerCache({ redis, maxBytes: 10_000 });
    for (let index = 0; index < 100; index += 1) put(cache, acme, `id-${index}`, 1);
    expect(cache.bytes).toBeLessThanOrEqual(10_000);
    expect(cache.get(acme, 'id-0')).toBeUndefined();
    expect(cache.get(acme, 'id-99')).toBeDefined();
  });

  it('remembers nothing without Redis: no replica would hear of another’s writes', () => {
    const cache = new CustomerCache({ redis: undefined });
    put(cache, acme, 'a', 1);
    expect(cache.get(acme, 'a')).toBeUndefined();
  });
});
