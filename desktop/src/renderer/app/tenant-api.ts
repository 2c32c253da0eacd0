import { useParams } from '@tanstack/react-router';
import { type TenantryClient, tenantryClient } from '@tenantry/contracts';
import type { Platform } from '../../platform/platform.ts';
import { UNREACHED_HEADER } from '../../platform/unreached.ts';
import { apiReach } from './api-reach.ts';
import { usePlatform } from './platform-provider.tsx';
import { requestLog } from './request-log.ts';

/** One tenant's api, called as the person who is signed in. */
export interface TenantApi {
  /** Slug of the tenant in the address. */
  readonly tenant: string;
  readonly client: TenantryClient;
  /** For what is no single JSON answer: streams, downloads. `path` as in contracts, `/v1/…`. */
  readonly fetch: (path: string, init?: RequestInit) => Promise<Response>;
}

/** The api of the tenant in the address. Works on every screen below `/tenants/$tenant`. */
export function useTenantApi(): TenantApi {
  const { tenant = '' } = useParams({ strict: false });
  const platform = usePlatform();
  return tenantApi(platform, tenant);
}

const apis = new WeakMap<Platform, Map<string, TenantApi>>();

/**
 * One for each tenant: a client is an object of a hundred functions, and queries and effects depend on it being the same one.
 * @param tenant slug of a tenant the person is a member of
 */
export function tenantApi(platform: Platform, tenant: string): TenantApi {
  const known = apis.get(platform) ?? new Map<string, TenantApi>();
  apis.set(platform, known);
  const api = known.get(tenant) ?? openTenantApi(platform, tenant);
  known.set(tenant, api);
  return api;
}

function openTenantApi(platform: Platform, tenant: string): TenantApi {
  const call: TenantApi['fetch'] = async (path, init) => {
    try {
      const send = () => platform.callTenant(tenant, path, init);
      const answer = await requestLog.follow({ tenant, method: init?.method ?? 'GET', path }, send);
      if (isOfTheApi(answer)) apiReach.answered(tenant);
      else apiReach.missed(tenant);
      return answer;
    } catch (error) {
      // Who has stopped waiting does not know.
      if (init?.signal?.aborted !== true) apiReach.missed(tenant);
      throw error;
    }
  };
  const client = tenantryClient({
    baseUrl: 'https://tenant.invalid',
    // Whoever carries the call puts the real one on.
    token: () => 'by-the-platform',
    fetch: (input, init) => {
      const { pathname, search } = new URL(input instanceof Request ? input.url : input);
      const headers = new Headers(init?.headers);
      headers.delete('authorization');
      return call(`${pathname}${search}`, { ...init, headers });
    },
  });
  return { tenant, client, fetch: call };
}

/** What stands in front of the api answers in its place, when it is away, in words of its own. */
function isOfTheApi({ status, headers }: Response): boolean {
  if (headers.has(UNREACHED_HEADER)) return false;
  return ![502, 503, 504].includes(status) || headers.get('content-type')?.startsWith('application/problem+json') === true;
}
