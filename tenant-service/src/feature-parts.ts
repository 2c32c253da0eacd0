import type { AttributeSchemas } from './attributes/attribute-schemas.ts';
import type { CustomerCache } from './cache/customer-cache.ts';
import type { MachineClientService } from './features/machine-clients/machine-client-service.ts';
import type { UserService } from './features/users/user-service.ts';
import type { Cursors } from './http/cursor.ts';
import type { TenantLimits } from './limits/tenant-limits.ts';
import type { UsageRecorder } from './limits/usage-recorder.ts';
import type { Metrics } from './telemetry/metrics.ts';
import type { Door } from './tenancy/doors.ts';
import type { ModelDoor } from './tenancy/model-door.ts';
import type { SnapshotDoor } from './tenancy/snapshot-door.ts';
import type { TransferParts } from './transfer/transfer-parts.ts';

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
