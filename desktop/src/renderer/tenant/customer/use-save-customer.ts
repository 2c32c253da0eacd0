import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type Customer, type CustomerPatch, ProblemError } from '@tenantry/contracts';
import type { TenantApi } from '../../app/tenant-api.ts';
import { customerKey, type ReadCustomer } from './customer-queries.ts';
import { type EditableCustomer, editableOf, patchBetween } from './three-way-merge.ts';

/** A save that met a newer version: the three versions a person decides between. */
export interface Collision {
  readonly base: EditableCustomer;
  readonly mine: EditableCustomer;
  readonly theirs: Customer;
  readonly etag: string;
}

interface Save {
  /** What the person began with, and its tag. */
  readonly from: ReadCustomer;
  readonly to: EditableCustomer;
}

interface Saved {
  readonly before: ReadCustomer;
  readonly after: ReadCustomer;
}

/**
 * Saves a customer. The screen shows it as saved at once; when the API refuses, it shows what is true again. A newer version is no failure:
 * `onCollision` gets both.
 * @param api given, not looked up: a notification that saves stands outside of the tenant's screens
 */
export function useSaveCustomer(
  { client, tenant }: TenantApi,
  id: string,
  handlers: { readonly onSaved: (saved: Saved) => void; readonly onCollision: (collision: Collision) => void },
) {
  const queries = useQueryClient();
  const key = [...customerKey(tenant, id), 'customer', null];
  return useMutation({
    mutationFn: async ({ from, to }: Save): Promise<Saved | Collision> => {
      const patch: CustomerPatch | undefined = patchBetween(editableOf(from.customer), to);
      if (patch === undefined) return { before: from, after: from };
      try {
        const { data, etag } = await client.updateCustomer({ params: { id }, body: patch, ifMatch: from.etag });
        return { before: from, after: { customer: data, etag: etag ?? `"${data.version}"` } };
      } catch (error) {
        if (!(error instanceof ProblemError) || error.problem.code !== 'version-stale') throw error;
        const { data, etag } = await client.getCustomer({ params: { id } });
        return { base: editableOf(from.customer), mine: to, theirs: data, etag: etag ?? `"${data.version}"` };
      }
    },
    onMutate: async ({ from, to }) => {
      await queries.cancelQueries({ queryKey: key });
      const shown = queries.getQueryData<ReadCustomer>(key);
      queries.setQueryData<ReadCustomer>(key, { ...from, customer: { ...from.customer, ...to } });
      return { shown };
    },
    onSuccess: (result) => {
      if ('theirs' in result) {
        queries.setQueryData<ReadCustomer>(key, { customer: result.theirs, etag: result.etag });
        handlers.onCollision(result);
        return;
      }
      queries.setQueryData<ReadCustomer>(key, result.after);
      void queries.invalidateQueries({ queryKey: ['tenant', tenant, 'customers'] });
      void queries.invalidateQueries({ queryKey: customerKey(tenant, id) });
      handlers.onSaved(result);
    },
    onError: (_error, _save, context) => queries.setQueryData(key, context?.shown),
  });
}
