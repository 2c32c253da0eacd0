import { useCallback, useSyncExternalStore } from 'react';
import type { PlatformViewAccess } from '../../../platform/platform-view-access.ts';
import { usePlatformView } from '../use-platform-view.ts';
import { TenantList, type TenantListView } from './tenant-list.ts';

/** One list for each way to a cluster, however many screens look at it. */
const lists = new WeakMap<PlatformViewAccess, TenantList>();

/** All tenants, live. */
export function useTenantList(): TenantListView {
  const access = usePlatformView();
  const list = listOf(access);
  return useSyncExternalStore(list.subscribe, list.current);
}

/** Asks for all tenants again. */
export function useTenantListAnew(): () => void {
  const access = usePlatformView();
  return useCallback(() => listOf(access).begin(), [access]);
}

function listOf(access: PlatformViewAccess): TenantList {
  const known = lists.get(access);
  if (known !== undefined) return known;
  const list = new TenantList(access);
  lists.set(access, list);
  return list;
}
