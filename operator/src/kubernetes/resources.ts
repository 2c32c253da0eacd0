import { GROUP, type Tenant, type TenantClass, VERSION } from '@tenantry/contracts';
import { defineResource, type KubeObject, type Resource } from '../control/kube-object.ts';
import type { ChildKind, ChildObject } from './port.ts';

/** The contract's types as Kubernetes objects. */
export type TenantObject = Tenant & KubeObject;
export type TenantClassObject = TenantClass & KubeObject;

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

/** Children by kind. */
export const CHILDREN: Readonly<Record<ChildKind, Resource<ChildObject>>> = {
  Secret: defineResource<ChildObject>({ group: '', version: 'v1', plural: 'secrets', kind: 'Secret', namespaced: true }),
  ServiceAccount: defineResource<ChildObject>({
    group: '',
    version: 'v1',
    plural: 'serviceaccounts',
    kind: 'ServiceAccount',
    namespaced: true,
  }),
  Service: defineResource<ChildObject>({ group: '', version: 'v1', plural: 'services', kind: 'Service', namespaced: true }),
  Deployment: defineResource<ChildObject>({ group: 'apps', version: 'v1', plural: 'deployments', kind: 'Deployment', namespaced: true }),
};

/** A pod as far as its complaints are read. */
export interface Pod extends KubeObject {
  readonly status?: {
    readonly conditions?: readonly {
      readonly type: string;
      readonly status: string;
      readonly reason?: string;
      readonly message?: string;
    }[];
    readonly containerStatuses?: readonly {
      readonly name: string;
      readonly state?: { readonly waiting?: { readonly reason?: string; readonly message?: string } };
      readonly lastState?: { readonly terminated?: { readonly reason?: string; readonly exitCode?: number; readonly message?: string } };
    }[];
  };
}

export const PODS = defineResource<Pod>({ group: '', version: 'v1', plural: 'pods', kind: 'Pod', namespaced: true });
