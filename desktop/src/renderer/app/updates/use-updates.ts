import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import type { UpdatesAccess, UpdateView } from '../../../platform/updates.ts';

const KEY = ['updates'];

/** What is known of newer versions. @returns undefined until something is */
export function useUpdates(updates: UpdatesAccess): UpdateView | undefined {
  const queries = useQueryClient();
  const { data } = useQuery({ queryKey: KEY, queryFn: () => updates.read(), staleTime: Number.POSITIVE_INFINITY });
  // A subscription, not data: the main process says whatever changes, in order. An answer to a wish may be older than that.
  useEffect(() => updates.onChanged((changed) => void queries.setQueryData<UpdateView>(KEY, changed)), [updates, queries]);
  return data;
}
