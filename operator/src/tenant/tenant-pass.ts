import type { Cell, Tenant, TenantClass, TenantNames } from '@tenantry/contracts';
import type { FileAccess } from '../iam/port.ts';
import type { KafkaAdministration } from '../kafka/port.ts';
import type { IdentityAdministration } from '../keycloak/port.ts';
import type { TenantObjects } from '../kubernetes/port.ts';
import type { Registration, Registry, Retirement, TenantDatabase } from '../postgres/port.ts';
import type { TenantProbe } from '../probe/port.ts';
import type { QueueAdministration } from '../rabbitmq/port.ts';
import type { CacheAdministration } from '../redis/port.ts';
import type { Bucket } from '../s3/port.ts';
import type { TenantCredentials } from './credentials.ts';
import type { EffectiveSpec } from './effective-spec.ts';
import type { PartitionBudget } from './partition-budget.ts';
import type { Rotation } from './plans/rotation-plan.ts';

/** The real parts a tenant lives on. */
export interface Ports {
  readonly registry: Registry;
  readonly database: TenantDatabase;
  readonly retirement: Retirement;
  readonly kafka: KafkaAdministration;
  /** Undefined: the cell has no budget of partitions. */
  readonly partitions?: PartitionBudget | undefined;
  /** Undefined: the cell has no RabbitMQ. */
  readonly queues: QueueAdministration | undefined;
  /** Undefined: the cell has no Redis. */
  readonly cache: CacheAdministration | undefined;
  /** Undefined: the cell gives its tenants no roles for its bucket. */
  readonly files: FileAccess | undefined;
  readonly identity: IdentityAdministration;
  readonly objects: TenantObjects;
  readonly probe: TenantProbe;
  /** Undefined when the cell has none. */
  readonly bucket: Bucket | undefined;
}

/** Where tenants are put; the same for every tenant of this operator. */
export interface Place {
  readonly cell: Cell;
  readonly tenantsNamespace: string;
  readonly serviceImage: string;
  readonly pooledUrl: string;
  readonly identityIssuer: string;
  /** Absent: dedicated tenants have no host of their own. */
  readonly ingress?: IngressSettings | undefined;
  /** On every ServiceMonitor, for the Prometheus that selects by them. */
  readonly serviceMonitorLabels?: Readonly<Record<string, string>> | undefined;
  /** Where servers are that replicas know by name only. Absent or empty: anywhere. */
  readonly egressCidrs?: readonly string[] | undefined;
}

/** How dedicated tenants are reached from outside the cluster. */
export interface IngressSettings {
  /** A tenant answers at `<slug>.<domain>`. */
  readonly domain: string;
  /** Absent: the cluster's default class. */
  readonly className: string | undefined;
  /** A certificate for `*.<domain>` in the tenants' namespace. Absent: the controller's own. */
  readonly tlsSecret: string | undefined;
}

/** Everything a step gets for one pass over one tenant. */
export interface TenantPass {
  readonly tenant: Tenant;
  readonly tenantClass: TenantClass;
  readonly spec: EffectiveSpec;
  readonly tenantId: string;
  readonly names: TenantNames;
  readonly credentials: TenantCredentials;
  /** Where their rotation stood when the pass began. */
  readonly rotation: Rotation;
  /** The registry's row as it was when the pass began. */
  readonly registration: Registration;
  readonly place: Place;
  readonly ports: Ports;
  readonly now: () => Date;
  /** What earlier steps of this very pass observed and later ones (and the status) use. */
  readonly seen: Observations;
  /** Its tenantId came up in this very pass: nothing has been made for it, not even by a pass that was cut short. */
  readonly isNew: boolean;
  /** `spec.paused`, or `spec.driftPolicy: Report` on a settled tenant: look and say what differs, change nothing. */
  readonly reportOnly: boolean;
}

/** Filled by steps as they look; never carried from one pass to the next. */
export interface Observations {
  schemaVersion?: number;
  topics?: number;
  /** Where its events are published after this pass. */
  eventsTopic?: string;
  /** Those of the spec that exist. */
  topicPartitions?: { readonly name: string; readonly partitions: number }[];
  /** RabbitMQ vhost of the tenant; null when there is none. */
  vhost?: string | null;
  organizationId?: string;
  /** Where clients find it. */
  url?: string;
  /** Where the operator finds it, when that is not the url: clients may come in by a way that begins outside the cluster. */
  innerUrl?: string;
  replicas?: number;
  readyReplicas?: number;
  /** Where the rotation stands after this pass. */
  rotation?: Rotation;
}
