import { type Cell, TenantClassSpec, TenantSpec, tenantNames } from '@tenantry/contracts';
import type { TenantClassObject, TenantObject } from '../src/kubernetes/resources.ts';
import type { Registration } from '../src/postgres/port.ts';
import { TenantCredentials } from '../src/tenant/credentials.ts';
import type { DesiredInput } from '../src/tenant/desired/desired-input.ts';
import { effectiveSpec } from '../src/tenant/effective-spec.ts';

const TENANT_ID = '01900000-0000-7000-8000-000000000001';
const CELL: Cell = {
  name: 'main',
  postgres: { host: 'db', port: 5432, database: 'main' },
  kafka: { brokers: ['k:9092'], replicationFactor: 3 },
};

/** A Tenant as the API server gives it, for tests of pure code. */
export function aTenant(
  spec: object = {},
  more: Partial<TenantObject> & { readonly annotations?: Record<string, string> } = {},
): TenantObject {
  const { annotations, ...rest } = more;
  return {
    apiVersion: 'tenantry.dev/v1alpha1',
    kind: 'Tenant',
    metadata: { name: 'acme', uid: 'uid-1', generation: 2, resourceVersion: '7', ...(annotations && { annotations }) },
    spec: TenantSpec.parse({ classRef: { name: 'standard' }, ...spec }),
    ...rest,
  };
}

export function aClass(spec: object = {}): TenantClassObject {
  return {
    apiVersion: 'tenantry.dev/v1alpha1',
    kind: 'TenantClass',
    metadata: { name: 'standard' },
    spec: TenantClassSpec.parse(spec),
  };
}

/** A row as registering made it. */
export function aRegistration(more: Partial<Registration> = {}): Registration {
  const names = tenantNames('acme', 'main');
  return {
    tenantId: TENANT_ID,
    slug: 'acme',
    uid: 'uid-1',
    state: 'Provisioning',
    class: 'standard',
    mode: 'Pooled',
    organizationId: undefined,
    schemaName: names.schema,
    appRole: names.appRole,
    eventsTopic: names.eventsTopic,
    schemaVersion: 0,
    statementTimeoutMs: 5000,
    quotas: {},
    url: undefined,
    closedReason: undefined,
    credentialGeneration: 1,
    credentialsRotatedAt: new Date('2026-01-01T00:00:00Z'),
    previousGeneration: undefined,
    credentialsOutAt: undefined,
    rotationRequest: undefined,
    ...more,
  };
}

/** What desired objects of a dedicated tenant are made from. */
export function aDedicatedInput(workload: object = {}): DesiredInput {
  const tenant = aTenant({ workload: { mode: 'Dedicated', replicas: 2, ...workload } });
  const { spec, broken } = effectiveSpec(tenant, aClass({ workload: { allowedModes: ['Dedicated'], maxReplicas: 5 } }));
  if (spec === undefined) throw new Error(broken.join());
  return {
    tenant,
    tenantId: TENANT_ID,
    names: tenantNames('acme', 'main'),
    spec,
    credentials: new TenantCredentials(Buffer.alloc(32, 1), TENANT_ID, 1),
    seen: {},
    place: {
      cell: CELL,
      tenantsNamespace: 'tenantry-tenants',
      serviceImage: 'service:1',
      pooledUrl: 'http://api',
      identityIssuer: 'https://id',
    },
  };
}
