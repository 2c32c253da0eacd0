import type { KubeObject } from '../control/kube-object.ts';

/** Kinds of children a tenant has, all in the tenants' namespace. */
export type ChildKind = 'Secret' | 'ServiceAccount' | 'Service' | 'Deployment';

/** A tenant's objects in Kubernetes. Reads come from informers; every change is one outside effect. */
export interface TenantObjects {
  readonly found: (kind: ChildKind, name: string) => ChildObject | undefined;
  /** Whether applying it would change anything. */
  readonly differs: (object: ChildObject) => Promise<boolean>;
  /** Server-side apply; free when nothing differs. `handEdited` names fields somebody else had changed. */
  readonly apply: (object: ChildObject) => Promise<AppliedChild>;
  /** Gone already counts as removed. */
  readonly remove: (kind: ChildKind, name: string) => Promise<void>;
  /** What the tenant's pods complain about, in their own words; undefined when none complains. */
  readonly podComplaint: (slug: string) => string | undefined;
}

export interface AppliedChild {
  readonly outcome: 'unchanged' | 'created' | 'updated';
  readonly object: ChildObject;
  readonly handEdited: readonly string[];
}

/** A Kubernetes object as plain JSON. */
export interface ChildObject extends KubeObject {
  readonly kind: ChildKind;
  readonly [field: string]: unknown;
}
