import { ProblemError, type TenantryClient } from '@tenantry/contracts';
import type { SampleCustomer } from './sample-customers.ts';

/** Requests under way at once: enough to fill the round trips of two cores, few enough for one tenant's connections. */
const CONCURRENCY = 8;

/** What became of the samples. */
export interface LoadResult {
  readonly created: number;
  /** Were there already, or were deleted by somebody since an earlier load: neither is made again. */
  readonly known: number;
}

/**
 * Creates the customers that are missing, through the API like everybody else. May be called again after any interruption: the external id
 * says what is there, and the idempotency key keeps one that a person deleted from coming back.
 */
export async function loadCustomers(
  client: TenantryClient,
  slug: string,
  customers: readonly SampleCustomer[],
  options: { readonly progress: (done: number) => void; readonly signal?: AbortSignal },
): Promise<LoadResult> {
  const signal = options.signal === undefined ? {} : { signal: options.signal };
  const existing = await externalIds(client, signal);
  const missing = customers.filter((customer) => !existing.has(customer.externalId));
  let done = customers.length - missing.length;
  let created = 0;
  const queue = missing.values();
  const worker = async (): Promise<void> => {
    for (const customer of queue) {
      options.signal?.throwIfAborted();
      // In two lines: `created += await …` would read the sum before the wait and lose what others added meanwhile.
      const made = await createOnce(client, slug, customer, signal);
      created += made;
      done += 1;
      options.progress(done);
    }
  };
  options.progress(done);
  await Promise.all(Array.from({ length: CONCURRENCY }, worker));
  return { created, known: customers.length - created };
}

async function externalIds(client: TenantryClient, signal: { signal?: AbortSignal }): Promise<Set<string>> {
  const found = new Set<string>();
  let cursor: string | undefined;
  do {
    const { data } = await client.listCustomers({
      query: { limit: 200, fields: 'externalId', ...(cursor === undefined ? {} : { cursor }) },
      ...signal,
    });
    for (const { externalId } of data.items) if (externalId) found.add(externalId);
    cursor = data.page.next ?? undefined;
  } while (cursor !== undefined);
  return found;
}

/** 1 when it was made now. A conflict means that a person made a customer with the same email or external id: theirs stays. */
async function createOnce(
  client: TenantryClient,
  slug: string,
  customer: SampleCustomer,
  signal: { signal?: AbortSignal },
): Promise<number> {
  try {
    const answer = await client.createCustomer({ body: customer, idempotencyKey: `sample-${slug}-${customer.externalId}`, ...signal });
    return answer.replayed ? 0 : 1;
  } catch (error) {
    if (error instanceof ProblemError && error.problem.status === 409) return 0;
    throw error;
  }
}
