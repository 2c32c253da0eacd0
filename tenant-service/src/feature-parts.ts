import type { AttributeSchemas } from './attributes/attribute-schemas.ts';
import type { CustomerCache } from './cache/customer-cache.ts';
import type { MongoDocuments } from './documents/mongo-documents.ts';
import type { EventLogReader } from './event-log/event-log-reader.ts';
import type { EventStreams } from './event-log/event-streams.ts';
import type { MachineClientService } from './features/machine-clients/machine-client-service.ts';
import type { UserService } from './features/users/user-service.ts';
import type { WebhookParts } from './features/webhooks/webhook-handlers.ts';
import type { Cursors } from './http/cursor.ts';
import type { OperationStreams } from './jobs/operation-streams.ts';
import type { Late } from './late.ts';
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
  /** For management paths: interactive transactions with models. Sequelize comes with it, so only late handlers ask for it. */
  readonly modelDoor: Late<ModelDoor>;
  /**
   * The same two for heavy reads (lists, searches, counts, statements, audit, duplicates): the cell's read replica may answer, with no less than
   * what was acknowledged before the call. Without a replica they are the two above.
   */
  readonly heavy: { readonly door: Door; readonly modelDoor: Late<ModelDoor> };
  /** For reads of all rows at one instant. */
  readonly snapshots: SnapshotDoor;
  readonly transfers: TransferParts;
  /** What tenants say their customers' attributes must be. */
  readonly attributeSchemas: AttributeSchemas;
  readonly users: UserService;
  readonly machineClients: MachineClientService;
  /** Nothing: endpoints are made by other replicas, or not at all. */
  readonly webhooks: WebhookParts | undefined;
  /** Room in the plan for further rows (`requireRoom`, `addCustomers`); who may come in at all is decided before a handler. */
  readonly limits: TenantLimits;
  readonly usage: UsageRecorder;
  /** The tenants' event logs, and those who follow them or an operation. */
  readonly events: { readonly reader: EventLogReader; readonly streams: EventStreams; readonly operations: OperationStreams };
  /** Read copies of profiles and of the event log. Nothing: both are read from the rows. */
  readonly documents: MongoDocuments | undefined;
  readonly cache: CustomerCache;
  readonly cursors: Cursors;
  readonly metrics: Metrics;
}
