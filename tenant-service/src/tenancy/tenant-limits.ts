import { Problem } from '../problem.ts';
import type { Tenant } from './tenant.ts';

/**
 * Requests of one tenant that may be inside this process at once. Far above what a healthy tenant needs (64 connections at 2 ms each), low
 * enough that one tenant's slow statements cannot fill the process's memory with waiting requests.
 */
const IN_FLIGHT_MAX = 1024;

/** Bulkhead between tenants of one process. */
export class TenantLimits {
  readonly #inFlight = new Map<string, number>();
  readonly #max: number;

  constructor(max = IN_FLIGHT_MAX) {
    this.#max = max;
  }

  /** Takes a place; call what comes back exactly once. @throws Problem `too-many-requests`. */
  enter(tenant: Tenant): () => void {
    const { tenantId } = tenant;
    const now = this.#inFlight.get(tenantId) ?? 0;
    if (now >= this.#max) {
      throw new Problem('too-many-requests', `This tenant has ${this.#max} requests under way here.`, { headers: { 'retry-after': '1' } });
    }
    this.#inFlight.set(tenantId, now + 1);
    return () => {
      const left = (this.#inFlight.get(tenantId) ?? 1) - 1;
      if (left === 0) this.#inFlight.delete(tenantId);
      else this.#inFlight.set(tenantId, left);
    };
  }
}
