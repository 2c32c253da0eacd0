import type { Tenant } from '../tenancy/tenant.ts';
import type { JobQueue } from './job-queue.ts';
import type { OpenOperations } from './operation-repository.ts';

/**
 * Tells the queue of a tenant's open operations after one was accepted. The row is the record: what the queue does not hear of now, it hears from the
 * sweeper, so nothing is thrown. A tenant that has its tickets in the queue already gets no further one.
 */
export async function announceOperations(queue: JobQueue, { tenantId }: Tenant, open: OpenOperations): Promise<void> {
  try {
    await Promise.all(open.map((each) => queue.add({ tenantId, ...each })));
  } catch {
    // Redis is away: see above.
  }
}
