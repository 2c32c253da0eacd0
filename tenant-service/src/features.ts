import type { operations } from '@tenantry/contracts';
import type { AttributeSchemas } from './attributes/attribute-schemas.ts';
import type { CustomerCache } from './cache/customer-cache.ts';
import { accountHandlers } from './features/accounts/account-handlers.ts';
import { auditHandlers } from './features/audit/audit-handlers.ts';
import { customerAttributesHandlers } from './features/customers/customer-attributes-handlers.ts';
import { customerBatchHandlers } from './features/customers/customer-batch-handlers.ts';
import { customerHandlers } from './features/customers/customer-handlers.ts';
import { customerLifeHandlers } from './features/customers/customer-life-handlers.ts';
import { customerQueryCheck } from './features/customers/customer-list.ts';
import { duplicateHandlers } from './features/customers/duplicates/duplicate-handlers.ts';
import { mergeHandlers } from './features/customers/merging/merge-handlers.ts';
import { machineClientHandlers } from './features/machine-clients/machine-client-handlers.ts';
import type { MachineClientService } from './features/machine-clients/machine-client-service.ts';
import { meHandlers } from './features/me/me-handlers.ts';
import { tenantHandlers } from './features/tenant/tenant-handlers.ts';
import { transactionHandlers } from './features/transactions/transaction-handlers.ts';
import { transferHandlers } from './features/transfers/transfer-handlers.ts';
import { userHandlers } from './features/users/user-handlers.ts';
import type { UserService } from './features/users/user-service.ts';
import { viewHandlers } from './features/views/view-handlers.ts';
import type { Cursors } from './http/cursor.ts';
import type { Handler } from './http/pipeline.ts';
import type { TenantLimits } from './limits/tenant-limits.ts';
import type { UsageRecorder } from './limits/usage-recorder.ts';
import type { Metrics } from './telemetry/metrics.ts';
import type { Door } from './tenancy/doors.ts';
import type { ModelDoor } from './tenancy/model-door.ts';
import type { SnapshotDoor } from './tenancy/snapshot-door.ts';
import type { TransferParts } from './transfer/transfer-parts.ts';

type Operations = typeof operations;

/** What handlers are made from. A feature names the parts it needs. */
export interface FeatureParts {
  readonly door: Door;
  /** For management paths: interactive transactions with models. */
  readonly modelDoor: ModelDoor;
  /** For reads of all rows at one instant. */
  readonly snapshots: SnapshotDoor;
  readonly transfers: TransferParts;
  /** What tenants say their customers' attributes must be. */
  readonly attributeSchemas: AttributeSchemas;
  readonly users: UserService;
  readonly machineClients: MachineClientService;
  /** Room in the plan for further rows (`requireRoom`, `addCustomers`); who may come in at all is decided before a handler. */
  readonly limits: TenantLimits;
  readonly usage: UsageRecorder;
  readonly cache: CustomerCache;
  readonly cursors: Cursors;
  readonly metrics: Metrics;
}

/** The handlers of one feature. */
export type Handlers<Id extends keyof Operations> = { readonly [Each in Id]: Handler<Operations[Each]> };

/** One handler per operation: a missing one does not compile. */
export function featureHandlers(parts: FeatureParts): Handlers<keyof Operations> {
  return {
    ...customerHandlers(parts),
    ...duplicateHandlers(parts),
    ...mergeHandlers(parts),
    ...auditHandlers(parts),
    ...tenantHandlers(parts),
    ...accountHandlers(parts),
    ...transactionHandlers(parts),
    ...customerLifeHandlers(parts),
    ...customerBatchHandlers(parts),
    ...customerAttributesHandlers(parts),
    ...transferHandlers(parts),
    ...meHandlers(),
    ...userHandlers(parts),
    ...machineClientHandlers(parts),
    ...viewHandlers({ ...parts, queries: { customers: customerQueryCheck(parts.attributeSchemas) } }),
  };
}
