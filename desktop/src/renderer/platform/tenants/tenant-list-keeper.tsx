import { useTenantList } from './use-tenant-list.ts';

/** Holds the list while one screen gives way to the next: ten thousand tenants are told once, not at every step. */
export function TenantListKeeper() {
  useTenantList();
  return null;
}
