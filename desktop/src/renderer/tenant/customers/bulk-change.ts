import { BATCH_ITEMS_MAX, type CustomerBatchItem, type CustomerBatchResult, type CustomerListItem } from '@tenantry/contracts';

/** What can be done to many customers at once. */
export type BulkChange =
  | { readonly kind: 'status'; readonly status: 'active' | 'inactive' | 'blocked' }
  | { readonly kind: 'segment'; readonly segment: string | null }
  | { readonly kind: 'addTag'; readonly tag: string }
  | { readonly kind: 'removeTag'; readonly tag: string }
  | { readonly kind: 'delete' };

/** The change of one customer; undefined when it is so already. */
export function bulkItem(change: BulkChange, customer: CustomerListItem): CustomerBatchItem | undefined {
  const { id, version = 1, tags = [] } = customer;
  switch (change.kind) {
    case 'delete':
      return { action: 'delete', id, version };
    case 'status':
      return customer.status === change.status ? undefined : { action: 'patch', id, version, patch: { status: change.status } };
    case 'segment':
      return customer.segment === change.segment ? undefined : { action: 'patch', id, version, patch: { segment: change.segment } };
    case 'addTag':
      return tags.includes(change.tag) ? undefined : { action: 'patch', id, version, patch: { tags: [...tags, change.tag] } };
    case 'removeTag':
      return tags.includes(change.tag)
        ? { action: 'patch', id, version, patch: { tags: tags.filter((tag) => tag !== change.tag) } }
        : undefined;
  }
}

export interface BulkFailure {
  readonly customer: CustomerListItem;
  readonly title: string;
  readonly detail: string;
}

export interface BulkOutcome {
  readonly changed: number;
  readonly unchanged: number;
  readonly failures: readonly BulkFailure[];
}

/**
 * Sends the changes batch by batch, each as large as the API takes. What is refused stops nothing else and is named in the end; what was done before
 * it was stopped stays done.
 */
export async function changeMany(options: {
  readonly change: BulkChange;
  readonly customers: AsyncIterable<readonly CustomerListItem[]>;
  readonly send: (items: readonly CustomerBatchItem[]) => Promise<readonly CustomerBatchResult[]>;
  readonly onProgress: (done: number) => void;
  readonly signal: AbortSignal;
}): Promise<BulkOutcome> {
  let changed = 0;
  let unchanged = 0;
  const failures: BulkFailure[] = [];
  let waiting: { readonly customer: CustomerListItem; readonly item: CustomerBatchItem }[] = [];
  const flush = async () => {
    const sent = waiting.splice(0, BATCH_ITEMS_MAX);
    const results = sent.length === 0 ? [] : await options.send(sent.map(({ item }) => item));
    sent.forEach(({ customer }, at) => {
      const problem = results[at]?.problem;
      if (problem === undefined) changed += 1;
      else failures.push({ customer, title: problem.title, detail: problem.detail });
    });
    options.onProgress(changed + unchanged + failures.length);
  };
  for await (const customers of options.customers) {
    for (const customer of customers) {
      const item = bulkItem(options.change, customer);
      if (item === undefined) unchanged += 1;
      else waiting.push({ customer, item });
    }
    while (waiting.length >= BATCH_ITEMS_MAX && !options.signal.aborted) await flush();
    if (options.signal.aborted) break;
  }
  if (options.signal.aborted) waiting = [];
  else await flush();
  return { changed, unchanged, failures };
}
