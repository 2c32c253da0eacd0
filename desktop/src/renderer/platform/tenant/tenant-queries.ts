import { keepPreviousData, queryOptions } from '@tanstack/react-query';
import type { PlatformViewAccess } from '../../../platform/platform-view-access.ts';

/** Events and pods change without the tenant's object changing: while they are looked at they are read this often. */
const EVERY_MS = 5_000;

/**
 * Everything one tenant's object says. @param version the object's, as the live list has it: a change there is read here at once, and until
 * it is the one before stays on screen.
 */
export function tenantQuery(access: PlatformViewAccess, name: string, version: string | undefined) {
  return queryOptions({
    queryKey: ['platform', 'tenant', name, version],
    queryFn: () => access.ask('tenants.read', { name }),
    placeholderData: keepPreviousData,
    refetchInterval: EVERY_MS,
  });
}

/** The replicas of a dedicated tenant. */
export function podsQuery(access: PlatformViewAccess, name: string) {
  return queryOptions({
    queryKey: ['platform', 'pods', name],
    queryFn: () => access.ask('tenants.pods', { name }),
    refetchInterval: EVERY_MS,
  });
}

/** The plans. */
export function classesQuery(access: PlatformViewAccess) {
  return queryOptions({ queryKey: ['platform', 'classes'], queryFn: () => access.ask('tenants.classes', undefined) });
}
