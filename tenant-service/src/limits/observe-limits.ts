import { Counter, Gauge, type Registry } from 'prom-client';
import type { CustomerCache } from '../cache/customer-cache.ts';
import type { SharedMemory } from '../redis/port.ts';
import type { SharedRates } from './shared-rates.ts';
import type { TenantLimits } from './tenant-limits.ts';

/** What the metrics are read from; nothing but the limits in the page of metrics. */
export interface Observed {
  readonly limits: TenantLimits;
  readonly rates?: SharedRates | undefined;
  readonly redis?: SharedMemory | undefined;
  readonly cache: CustomerCache;
}

/** Metrics of limits, cache and Redis: numbers the code keeps anyway, read once a scrape. */
export function observeLimits(registry: Registry, { limits, rates, redis, cache }: Observed): void {
  const registers = [registry];
  new Counter({
    name: 'tenantry_limit_decisions_total',
    help: 'Requests let in or refused, by outcome; every one is decided in this process.',
    labelNames: ['outcome'],
    registers,
    collect() {
      const { allowed, refusedTenant, refusedUser, refusedInFlight, refusedQuota } = limits.decisions;
      this.reset();
      this.inc({ outcome: 'allowed' }, allowed);
      this.inc({ outcome: 'refused_tenant_rate' }, refusedTenant);
      this.inc({ outcome: 'refused_user_rate' }, refusedUser);
      this.inc({ outcome: 'refused_in_flight' }, refusedInFlight);
      this.inc({ outcome: 'refused_quota' }, refusedQuota);
    },
  });
  new Counter({
    name: 'tenantry_limit_decisions_alone_total',
    help: 'Of those about rates, made while Redis was away: each replica then gives the whole rate by itself.',
    registers,
    collect() {
      this.reset();
      this.inc(rates === undefined ? limits.decisions.allowed : rates.decidedAlone);
    },
  });
  new Gauge({
    name: 'tenantry_redis_connected',
    help: '1 while Redis is connected; 0 also in a replica that has none.',
    registers,
    collect() {
      this.set(redis?.isConnected() ? 1 : 0);
    },
  });
  new Counter({
    name: 'tenantry_customer_cache_lookups_total',
    help: 'Customers looked up by id: hit, miss, or off while changes of other replicas cannot be heard.',
    labelNames: ['outcome'],
    registers,
    collect() {
      this.reset();
      for (const outcome of ['hit', 'miss', 'off'] as const) this.inc({ outcome }, cache.lookups[outcome]);
    },
  });
  new Gauge({
    name: 'tenantry_customer_cache_bytes',
    help: 'About what the cached customers take of this process’s memory.',
    registers,
    collect() {
      this.set(cache.bytes);
    },
  });
  new Counter({
    name: 'tenantry_customer_cache_emptied_total',
    help: 'Times the whole cache was emptied because changes may have been missed.',
    registers,
    collect() {
      this.reset();
      this.inc(cache.emptied);
    },
  });
}
