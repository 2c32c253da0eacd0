import type { TenantView } from '@tenantry/contracts';
import type { FeatureParts } from '../../feature-parts.ts';
import type { Handlers } from '../../http/handlers.ts';
import type { CountedQuota, TenantUsage } from '../../limits/tenant-usage.ts';
import { Problem } from '../../problem.ts';
import type { Tenant } from '../../tenancy/tenant.ts';

const JSON_TYPE = { 'content-type': 'application/json', 'cache-control': 'no-store' } as const;
const DAY_MS = 86_400_000;
const DAYS = { default: 30, most: 366 };
/** A person who reloads the page sees what changed; a program that polls costs one look in this time. */
const LEVELS_MAX_AGE_MS = 5000;
const QUOTAS: readonly CountedQuota[] = ['customers', 'storageBytes', 'requestsPerDay'];

/** What a tenant's own people see of their plan and of what they use. */
export function tenantHandlers({ usage, limits }: Pick<FeatureParts, 'usage' | 'limits'>): Handlers<'getTenant' | 'getUsage'> {
  return {
    getTenant: async ({ tenant }) => {
      // Nobody has a door to a suspended tenant's rows: what the registry says is all there is.
      const levels = tenant.state === 'Suspended' ? limits.usageOf(tenant) : await usage.refresh(tenant, LEVELS_MAX_AGE_MS);
      return { status: 200, headers: JSON_TYPE, body: JSON.stringify(viewOf(tenant, levels)) };
    },

    getUsage: async ({ tenant, query }) => {
      const to = query.to ?? dayOf(Date.now());
      const from = query.from ?? dayOf(Date.parse(to) - (DAYS.default - 1) * DAY_MS);
      const days = (Date.parse(to) - Date.parse(from)) / DAY_MS + 1;
      if (days < 1) throw wrongDays('/query/from', 'must not be after `to`');
      if (days > DAYS.most) throw wrongDays('/query/from', `must be at most ${DAYS.most} days before \`to\``);
      const items = await usage.days(tenant, from, to);
      return { status: 200, headers: JSON_TYPE, body: JSON.stringify({ items }) };
    },
  };
}

function viewOf(tenant: Tenant, usage: TenantUsage): TenantView {
  const { quotas } = tenant;
  const used: Record<CountedQuota, number | undefined> = {
    customers: usage.customers,
    storageBytes: usage.storageBytes,
    requestsPerDay: tenant.state === 'Suspended' ? undefined : usage.requestsToday,
  };
  return {
    id: tenant.tenantId,
    name: tenant.slug,
    class: tenant.class,
    // Other states are not served this operation.
    state: tenant.state as TenantView['state'],
    reason: tenant.closedReason,
    url: tenant.url,
    limits: {
      requestsPerMinute: quotas.requestsPerMinute ?? null,
      requestsPerMinutePerUser: quotas.requestsPerMinutePerUser ?? null,
      publishedEventsPerMinute: quotas.publishedEventsPerMinute ?? null,
    },
    quotas: QUOTAS.map((quota) => ({ quota, limit: quotas[quota] ?? null, used: used[quota] ?? null })),
  };
}

function wrongDays(pointer: string, detail: string): Problem {
  return new Problem('invalid-request', 'One part of the request is wrong.', { errors: [{ pointer, detail }] });
}

const dayOf = (ms: number): string => new Date(ms).toISOString().slice(0, 10);
