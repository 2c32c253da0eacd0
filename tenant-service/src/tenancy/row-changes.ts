import type { Tenant } from './tenant.ts';

/** Customers a write may have changed: none that were there before, these, or any. */
export type ChangedCustomers = 'none' | 'any' | ReadonlySet<string>;

/**
 * Who remembers rows (the customer cache) hears here of every write. The doors tell it, so no feature can forget to: a statement that changes
 * customers and does not say which (`tx.changes`) counts as having changed any of them.
 */
export interface RowChanges {
  /** Before a write leaves. What comes back is handed to {@link ended}. */
  readonly begin: (tenant: Tenant) => number;
  /**
   * After the write, whether it was committed, refused, or nobody knows. Resolves when nothing older is served by this process any more, and the
   * other replicas have been told, as far as they can be; in 50 ms at the latest. Never rejects.
   */
  readonly ended: (tenant: Tenant, ticket: number, changed: ChangedCustomers) => Promise<void>;
}
