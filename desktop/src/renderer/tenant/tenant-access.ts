import type { OperationId } from '@tenantry/contracts';
import { useTenantApi } from '../app/tenant-api.ts';
import { useMe } from '../app/use-me.ts';

/** Whether roles and state of the tenant allow these now. The API decides in the end; this decides what is offered. */
export function useMay(...operations: readonly OperationId[]): boolean {
  const me = useMe(useTenantApi().tenant);
  return me !== undefined && operations.every((id) => me.operations.includes(id));
}
