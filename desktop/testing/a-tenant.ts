import { TenantSpec, type TenantStatus } from '@tenantry/contracts';
import type { ManagedFieldsEntry } from '@tenantry/operator/control/kube-object.ts';
import type { TenantObject } from '../src/main/kube/tenant-kinds.ts';

/** A Tenant as the API server gives it, for tests of pure code. */
export function aTenant(
  spec: object = {},
  more: {
    readonly name?: string;
    readonly status?: TenantStatus;
    readonly managedFields?: readonly ManagedFieldsEntry[];
    readonly deleting?: boolean;
  } = {},
): TenantObject {
  const { name = 'acme', status, managedFields, deleting } = more;
  return {
    apiVersion: 'tenantry.dev/v1alpha1',
    kind: 'Tenant',
    metadata: {
      name,
      uid: `uid-of-${name}`,
      generation: 2,
      resourceVersion: '7',
      creationTimestamp: '2026-01-01T00:00:00Z',
      ...(managedFields && { managedFields }),
      ...(deleting === true && { deletionTimestamp: '2026-01-02T00:00:00Z' }),
    },
    spec: TenantSpec.parse({ classRef: { name: 'standard' }, ...spec }),
    ...(status && { status }),
  };
}
