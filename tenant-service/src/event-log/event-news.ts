import type { SharedMemory } from '../redis/port.ts';
import type { Tenant } from '../tenancy/tenant.ts';

/** Tells replicas of the api that a tenant's log has grown. A hint: who misses it looks by itself a little later. */
export function sayNewEvents(news: SharedMemory | undefined, { tenantId }: Tenant, lastSeq: number): void {
  news?.say(channelOf(tenantId), `${tenantId} ${lastSeq}`).catch(() => {});
}

/** Hears of the logs of all tenants, or of one. */
export function hearNewEvents(news: SharedMemory, tenantId: string | undefined, onNews: (tenantId: string) => void): void {
  news.listen(channelOf(tenantId ?? '*'), {
    message: (text) => onNews(text.split(' ')[0] ?? ''),
    gap: () => {},
  });
}

/** Under the tenant's prefix: a dedicated replica's login hears no other. */
const channelOf = (tenantId: string): string => `t:${tenantId}:events`;
