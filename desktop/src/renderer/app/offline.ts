import { useParams } from '@tanstack/react-router';
import { useSyncExternalStore } from 'react';
import { apiReach } from './api-reach.ts';

/** Id of the bar that says so: what is disabled meanwhile is described by it. */
export const OFFLINE_BAR_ID = 'offline-bar';

/** Whether the api of the tenant in the address cannot be reached now: what is on screen can be read, and nothing be changed. */
export function useIsOffline(): boolean {
  const { tenant = '' } = useParams({ strict: false });
  return useSyncExternalStore(apiReach.subscribe, () => !apiReach.isReached(tenant));
}
