import { GROUP, type Tenant, type TenantAccess, type TenantClass, VERSION } from '@tenantry/contracts';
import { defineResource, type KubeObject } from '@tenantry/operator/control/kube-object.ts';

/** The contract's types as Kubernetes objects. */
export type TenantObject = Tenant & KubeObject;
export type TenantClassObject = TenantClass & KubeObject;
export type TenantAccessObject = TenantAccess & KubeObject;

export const TENANTS = defineResource<TenantObject>({
  group: GROUP,
  version: VERSION,
  plural: 'tenants',
  kind: 'Tenant',
  namespaced: false,
});

export const TENANT_CLASSES = defineResource<TenantClassObject>({
  group: GROUP,
  version: VERSION,
  plural: 'tenantclasses',
  kind: 'TenantClass',
  namespaced: false,
});

export const TENANT_ACCESSES = defineResource<TenantAccessObject>({
  group: GROUP,
  version: VERSION,
  plural: 'tenantaccesses',
  kind: 'TenantAccess',
  namespaced: false,
});
