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

  constructor(door: Door, metrics: Metrics) {
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

  /** `id` in lower case, as PostgreSQL writes it. */
  async find(tenant: Tenant, id: string): Promise<StoredCustomer | undefined> {
    return (await this.#coalescer.submit(tenant, id)).customer;
  }
}
