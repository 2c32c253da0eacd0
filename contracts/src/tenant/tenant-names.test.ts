import { describe, expect, it } from 'vitest';
import { API_SHARDS, apiShardOf, tenantNames } from './tenant-names.ts';

describe('a tenant’s shard', () => {
  it('stays what it was: whoever changes it locks tenants out', () => {
    expect(['acme', 'acme-inc', 'globex', 'initech', 'a0'].map(apiShardOf)).toEqual([5, 8, 2, 5, 6]);
    expect(tenantNames('acme-inc', 'main').apiLogin).toBe('tenantry_api_8@main');
  });

  it('spreads tenants evenly', () => {
    const shards = Array.from({ length: 5000 }, (_, at) => apiShardOf(`bench-${at}`));
    const sizes = Array.from({ length: API_SHARDS }, (_, shard) => shards.filter((other) => other === shard).length);
    expect(Math.min(...sizes)).toBeGreaterThan(450);
    expect(Math.max(...sizes)).toBeLessThan(550);
  });
});
