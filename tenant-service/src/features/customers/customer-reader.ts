import type { CustomerCache } from '../../cache/customer-cache.ts';
import type { Metrics } from '../../telemetry/metrics.ts';
import { Coalescer } from '../../tenancy/coalescer.ts';
import type { Door } from '../../tenancy/doors.ts';
import type { Tenant } from '../../tenancy/tenant.ts';
import { findCustomers, type StoredCustomer } from './customer-repository.ts';

/** What a read found; `customer` is absent for an id that is not there, or not this tenant's. */
interface Found {
  readonly customer: StoredCustomer | undefined;
}

/** Reads customers by id, many of a tenant in one statement. */
export class CustomerReader {
  readonly #coalescer: Coalescer<string, Found>;
  readonly #cache: CustomerCache;

  constructor(door: Door, metrics: Metrics, cache: CustomerCache) {
    this.#cache = cache;
    const sizes = metrics.batchSize.labels('getCustomer');
    const find = (tenant: Tenant, ids: readonly string[]) => door.read(tenant, (tx) => findCustomers(tx, ids));
    this.#coalescer = new Coalescer({
      maxBatch: 512,
      maxFlying: 2,
      joinFrom: 16,
      together: async (tenant, ids) => {
        const found = await find(tenant, ids);
        return ids.map((id) => ({ customer: found.get(id) }));
      },
      alone: async (tenant, id) => ({ customer: (await find(tenant, [id])).get(id) }),
      onBatch: (size) => sizes.observe(size),
    });
  }

  /** As the database has it now: what a change is made from. `id` in lower case, as PostgreSQL writes it. */
  async find(tenant: Tenant, id: string): Promise<StoredCustomer | undefined> {
    return (await this.#coalescer.submit(tenant, id)).customer;
  }

  /** As it was read a moment ago, if nothing has changed since; many who ask for the same at once are one read. For reading only. */
  async findCached(tenant: Tenant, id: string): Promise<StoredCustomer | undefined> {
    const known = this.#cache.get(tenant, id);
    if (known !== undefined) return known.customer;
    const ticket = this.#cache.begin(tenant);
    const { customer } = await this.#coalescer.submit(tenant, id);
    this.#cache.remember(tenant, ticket, id, customer);
    return customer;
  }
}
