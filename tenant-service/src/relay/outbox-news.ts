import type { SharedMemory } from '../redis/port.ts';
import type { Tenant } from '../tenancy/tenant.ts';

/** A replica says no more often than this that it has written: a relay that has just been busy looks again by itself. */
const SAY_EVERY_MS = 20;

/** Tells the relay of committed writes. A hint that nobody waits for: when it is lost, the relay looks by itself within 250 ms. */
export function relayNews(news: SharedMemory | undefined): (tenant: Tenant) => void {
  let sayAt = 0;
  return ({ tenantId }) => {
    const now = performance.now();
    if (news === undefined || now < sayAt) return;
    sayAt = now + SAY_EVERY_MS;
    news.say(channelOf(tenantId), '').catch(() => {});
  };
}

/** Hears that somebody has written. */
export function hearWrites(news: SharedMemory, onWrite: () => void): void {
  news.listen(channelOf('*'), { message: onWrite, gap: onWrite });
}

/** Under the tenant's prefix: a dedicated replica's login reaches no other. */
const channelOf = (tenantId: string): string => `t:${tenantId}:outbox`;
