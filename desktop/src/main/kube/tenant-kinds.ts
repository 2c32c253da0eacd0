import {
  GROUP,
  type Tenant,
  type TenantAccess,
  type TenantBackup,
  type TenantClass,
  type TenantRestore,
  VERSION,
} from '@tenantry/contracts';
import { defineResource, type KubeObject } from '@tenantry/operator/control/kube-object.ts';

/** The contract's types as Kubernetes objects. */
export type TenantObject = Tenant & KubeObject;
export type TenantClassObject = TenantClass & KubeObject;
export type TenantAccessObject = TenantAccess & KubeObject;
export type TenantBackupObject = TenantBackup & KubeObject;
export type TenantRestoreObject = TenantRestore & KubeObject;

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

export const TENANT_BACKUPS = defineResource<TenantBackupObject>({
  group: GROUP,
  version: VERSION,
  plural: 'tenantbackups',
  kind: 'TenantBackup',
  namespaced: false,
});

export const TENANT_RESTORES = defineResource<TenantRestoreObject>({
  group: GROUP,
  version: VERSION,
  plural: 'tenantrestores',
  kind: 'TenantRestore',
  namespaced: false,
});
