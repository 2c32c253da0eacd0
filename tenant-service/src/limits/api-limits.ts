import { CustomerCache } from '../cache/customer-cache.ts';
import { NodeRedis } from '../redis/node-redis.ts';
import type { SharedMemory } from '../redis/port.ts';
import type { ApiConfig } from '../role-config.ts';
import type { Log } from '../telemetry/log.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import type { Door } from '../tenancy/doors.ts';
import { observeLimits } from './observe-limits.ts';
import { SharedRates } from './shared-rates.ts';
import { TenantLimits } from './tenant-limits.ts';
import { UsageRecorder } from './usage-recorder.ts';

/** Limits, usage and cache of an api replica, with what they share through Redis. */
export interface ApiLimits {
  readonly limits: TenantLimits;
  /** For every door of this process, as `changes`. */
  readonly cache: CustomerCache;
  readonly redis: SharedMemory | undefined;
  /** Begins to share and to record. */
  readonly start: (door: Door) => UsageRecorder;
  /** Writes what is not written yet; before the doors close. */
  readonly stop: () => Promise<void>;
}

/** Without Redis in the configuration each replica limits for itself and caches nothing. */
export function apiLimits({ config, name, log, metrics }: { config: ApiConfig; name: string; log: Log; metrics: Metrics }): ApiLimits {
  const limits = new TenantLimits();
  const redis = config.redis && new NodeRedis(config.redis, name, log);
  const cache = new CustomerCache({ redis, tenantId: config.tenantId });
  const rates = redis && new SharedRates(limits, redis);
  let usage: UsageRecorder | undefined;
  observeLimits(metrics.registry, { limits, rates, redis, cache });
  return {
    limits,
    cache,
    redis,
    start: (door) => {
      rates?.start();
      usage = new UsageRecorder({ limits, door, log });
      usage.start();
      return usage;
    },
    stop: async () => {
      rates?.stop();
      await usage?.stop();
      await redis?.close();
    },
  };
}
