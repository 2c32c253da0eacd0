import type { Tenant } from '../tenancy/tenant.ts';

/** What a tenant did last, and that it was closed, is on its way for a moment; then its rights are gone. */
const LAST_EVENTS_MS = 60_000;

/** Topics to read: of all tenants that can have events. A closed one's is left where it is, for the day it comes back, but not in the very moment. */
export class FollowedTopics {
  readonly #open = new Set<string>();
  readonly #closing = new Map<string, number>();

  of(tenants: readonly Pick<Tenant, 'tenantId' | 'state' | 'eventsTopic'>[], now: number): string[] {
    return tenants.flatMap(({ tenantId, state, eventsTopic }) => (this.#isFollowed(tenantId, state, now) ? [eventsTopic] : []));
  }

  #isFollowed(tenantId: string, state: Tenant['state'], now: number): boolean {
    if (state !== 'Closed') {
      this.#open.add(tenantId);
      this.#closing.delete(tenantId);
      return true;
    }
    if (this.#open.delete(tenantId)) this.#closing.set(tenantId, now + LAST_EVENTS_MS);
    if ((this.#closing.get(tenantId) ?? 0) > now) return true;
    this.#closing.delete(tenantId);
    return false;
  }
}
