import type { Tenant } from '../tenancy/tenant.ts';

/** How much of the workers a tenant may hold. */
interface Turns {
  /** Tickets in the queue: those behind them wait in the rows. */
  readonly waiting: number;
  /** Operations under way. */
  readonly running: number;
}

/**
 * The turns of a tenant, in proportion to the weight of its class. The queue is first in, first out, and an operation that begins or ends brings the
 * tenant's next ones up to this number: so whoever comes waits behind as many of each other tenant and no more, and tenants that all have
 * work waiting get of the workers as their weights are to each other. More in the queue than that would come in a row, meet the bound of those under way and
 * lose turns. Two under way, not one: the second is prepared while the first is in the database.
 */
export function turnsOf({ quotas: { jobWeight = 1 } }: Pick<Tenant, 'quotas'>): Turns {
  return { waiting: jobWeight, running: 2 * jobWeight };
}
