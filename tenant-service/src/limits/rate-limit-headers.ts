import type { EffectiveQuotas } from '@tenantry/contracts';
import type { TokenBucket } from './token-bucket.ts';

/** `RateLimit-Policy` of a plan (draft-ietf-httpapi-ratelimit-headers): requests a minute; undefined for a plan without rates. */
export function policyOf(quotas: EffectiveQuotas): string | undefined {
  const policies = [
    ...(quotas.requestsPerMinute === undefined ? [] : [`"tenant";q=${quotas.requestsPerMinute};w=60`]),
    ...(quotas.requestsPerMinutePerUser === undefined ? [] : [`"user";q=${quotas.requestsPerMinutePerUser};w=60`]),
  ];
  return policies.length === 0 ? undefined : policies.join(', ');
}

/** `RateLimit`: what may come at once (`r`) and in how many seconds all of the burst may again (`t`). */
export function rateLimitOf(tenant: TokenBucket | undefined, user: TokenBucket | undefined, nowMs: number): string {
  const parts = tenant === undefined ? '' : `"tenant";${left(tenant, nowMs)}`;
  if (user === undefined) return parts;
  return parts === '' ? `"user";${left(user, nowMs)}` : `${parts}, "user";${left(user, nowMs)}`;
}

const left = (bucket: TokenBucket, nowMs: number): string => `r=${bucket.remaining(nowMs)};t=${Math.ceil(bucket.fullInMs(nowMs) / 1000)}`;
