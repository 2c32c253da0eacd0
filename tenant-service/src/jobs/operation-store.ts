import type { Door } from '../tenancy/doors.ts';
import type { Tenant } from '../tenancy/tenant.ts';
import { fail, type OpenOperations, openOperations, release, type TakenOperation, takeOperation } from './operation-repository.ts';

/** What decides whose turn it is has to know and do about operations. */
export interface OperationStore {
  /** No operation: another has it, it is over, or the tenant has enough under way. With what the queue should hold then. */
  readonly take: (
    tenant: Tenant,
    operationId: string,
  ) => Promise<{ readonly operation: TakenOperation | undefined; readonly open: OpenOperations }>;
  /** What the queue should hold tickets for; never for `but`. */
  readonly open: (tenant: Tenant, but?: string) => Promise<OpenOperations>;
  readonly release: (tenant: Tenant, operation: TakenOperation, isFutile: boolean) => Promise<void>;
  readonly giveUp: (tenant: Tenant, operation: TakenOperation, why: string) => Promise<void>;
}

/** The tenants' rows. After `leaseMs` without progress a worker counts as dead. */
export function operationStore(door: Door, leaseMs: number): OperationStore {
  return {
    take: (tenant, operationId) =>
      door.write(tenant, async (tx) => {
        const [operation, open] = await Promise.all([takeOperation(tx, operationId, leaseMs), openOperations(tx, leaseMs)]);
        return { operation, open };
      }),
    open: (tenant, but) => door.read(tenant, (tx) => openOperations(tx, leaseMs, but)),
    release: (tenant, operation, isFutile) => door.write(tenant, (tx) => release(tx, operation, isFutile)),
    giveUp: async (tenant, operation, why) => void (await door.write(tenant, (tx) => fail(tx, operation, 'gave-up', why))),
  };
}
