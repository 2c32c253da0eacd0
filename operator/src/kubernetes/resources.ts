import {
  GROUP,
  type Tenant,
  type TenantAccess,
  type TenantBackup,
  type TenantClass,
  type TenantRestore,
  VERSION,
} from '@tenantry/contracts';
import { defineResource, type KubeObject, type Resource } from '../control/kube-object.ts';
import type { ChildKind, ChildObject } from './port.ts';

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

/** Children by kind. A ServiceMonitor's kind comes with the Prometheus Operator; the others every cluster has. */
export const CHILDREN: Readonly<Record<ChildKind, Resource<ChildObject>>> = {
  Secret: child('', 'v1', 'secrets', 'Secret'),
  ServiceAccount: child('', 'v1', 'serviceaccounts', 'ServiceAccount'),
  Service: child('', 'v1', 'services', 'Service'),
  Deployment: child('apps', 'v1', 'deployments', 'Deployment'),
  HorizontalPodAutoscaler: child('autoscaling', 'v2', 'horizontalpodautoscalers', 'HorizontalPodAutoscaler'),
  PodDisruptionBudget: child('policy', 'v1', 'poddisruptionbudgets', 'PodDisruptionBudget'),
  NetworkPolicy: child('networking.k8s.io', 'v1', 'networkpolicies', 'NetworkPolicy'),
  Ingress: child('networking.k8s.io', 'v1', 'ingresses', 'Ingress'),
  ServiceMonitor: child('monitoring.coreos.com', 'v1', 'servicemonitors', 'ServiceMonitor'),
};

function child(group: string, version: string, plural: string, kind: ChildKind): Resource<ChildObject> {
  return defineResource<ChildObject>({ group, version, plural, kind, namespaced: true });
}
