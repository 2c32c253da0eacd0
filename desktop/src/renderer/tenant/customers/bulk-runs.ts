import { type QueryClient, useMutationState, useQuery } from '@tanstack/react-query';
import { useTenantApi } from '../../app/tenant-api.ts';
import type { BulkChange, BulkOutcome } from './bulk-change.ts';

/** A change of many customers that was asked for. Its batches are sent by this window: it goes on when the dialog is closed, and ends with the window. */
export interface BulkAsked {
  readonly id: string;
  readonly change: BulkChange;
  readonly count: number;
  readonly stop: AbortController;
}

/** One that runs, or has lately. */
export interface BulkRun extends BulkAsked {
  readonly status: 'running' | 'ended' | 'failed';
  readonly outcome: BulkOutcome | undefined;
  readonly error: Error | null;
}

/** Where changes of many of a tenant are kept. */
export const bulkKey = (tenant: string) => ['tenant', tenant, 'bulk'] as const;

/** How long one that has ended is still shown. */
export const BULK_SHOWN_MS = 3_600_000;

/** Newest first. */
export function useBulkRuns(): readonly BulkRun[] {
  const { tenant } = useTenantApi();
  const runs = useMutationState({
    filters: { mutationKey: bulkKey(tenant) },
    select: ({ state: { variables, status, data, error } }): BulkRun => ({
      ...(variables as BulkAsked),
      status: status === 'success' ? 'ended' : status === 'error' ? 'failed' : 'running',
      outcome: data as BulkOutcome | undefined,
      error,
    }),
  });
  return runs.toReversed();
}

export function bulkRunning({ status }: BulkRun): boolean {
  return status === 'running';
}

/** How many are done, as {@link noteBulkProgress} has it. */
export function useBulkProgress(id: string): number {
  const { tenant } = useTenantApi();
  return useQuery({ queryKey: [...bulkKey(tenant), id], queryFn: () => 0, enabled: false, initialData: 0 }).data;
}

export function noteBulkProgress(queries: QueryClient, tenant: string, id: string, done: number): void {
  queries.setQueryData([...bulkKey(tenant), id], done);
}
