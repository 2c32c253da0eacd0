import type { Cell, Tenant, TenantClass, TenantNames } from '@tenantry/contracts';
import type { KafkaAdministration } from '../kafka/port.ts';
import type { IdentityAdministration } from '../keycloak/port.ts';
import type { TenantObjects } from '../kubernetes/port.ts';
import type { Registration, Registry, Retirement, TenantDatabase } from '../postgres/port.ts';
import type { TenantProbe } from '../probe/port.ts';
import type { TenantCredentials } from './credentials.ts';
import type { EffectiveSpec } from './effective-spec.ts';

/** The real parts a tenant lives on. */
export interface Ports {
  readonly registry: Registry;
  readonly database: TenantDatabase;
  readonly retirement: Retirement;
  readonly kafka: KafkaAdministration;
  readonly identity: IdentityAdministration;
  readonly objects: TenantObjects;
  readonly probe: TenantProbe;
}

/** Where tenants are put; the same for every tenant of this operator. */
export interface Place {
  readonly cell: Cell;
  readonly tenantsNamespace: string;
  readonly serviceImage: string;
  readonly pooledUrl: string;
  readonly identityIssuer: string;
}

/** Everything a step gets for one pass over one tenant. */
export interface TenantPass {
  readonly tenant: Tenant;
  readonly tenantClass: TenantClass;
  readonly spec: EffectiveSpec;
  readonly tenantId: string;
  readonly names: TenantNames;
  readonly credentials: TenantCredentials;
  /** The registry's row as it was when the pass began. */
  readonly registration: Registration;
  readonly place: Place;
  readonly ports: Ports;
  /** What earlier steps of this very pass observed and later ones (and the status) use. */
  readonly seen: Observations;
  /** `spec.paused`: look and say what differs, change nothing. */
  readonly reportOnly: boolean;
}

/** Filled by steps as they look; never carried from one pass to the next. */
export interface Observations {
  schemaVersion?: number;
  topics?: number;
  organizationId?: string;
  url?: string;
  replicas?: number;
  readyReplicas?: number;
}
