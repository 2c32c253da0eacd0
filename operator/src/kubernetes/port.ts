import type { DriftItem } from '@tenantry/contracts';
import type { KubeObject } from '../control/kube-object.ts';

/** Kinds of children a tenant has, all in the tenants' namespace. */
export type ChildKind =
  | 'Secret'
  | 'ServiceAccount'
  | 'Service'
  | 'Deployment'
  | 'HorizontalPodAutoscaler'
  | 'PodDisruptionBudget'
  | 'NetworkPolicy'
  | 'Ingress'
  | 'ServiceMonitor';

/** A tenant's objects in Kubernetes. Reads come from informers; every change is one outside effect. */
export interface TenantObjects {
  /** Whether the cluster has this kind: some come with other software. What is not served needs neither apply nor remove. */
  readonly serves: (kind: ChildKind) => boolean;
  readonly found: (kind: ChildKind, name: string) => ChildObject | undefined;
  /** What applying it would change; empty when nothing. */
  readonly differences: (object: ChildObject) => Promise<readonly DriftItem[]>;
  /**
   * Server-side apply; free when nothing differs. `handEdited` names fields somebody else had changed. `current` is the object as this pass
   * has just stored it, which the informer cannot know yet.
   */
  readonly apply: (object: ChildObject, current?: ChildObject) => Promise<AppliedChild>;
  /** Gives a Deployment so many replicas in another field manager's name: they stay when the operator lets go of the field for an autoscaler. */
  readonly lendReplicas: (deployment: ChildObject, replicas: number) => Promise<ChildObject>;
  /** Gone already counts as removed. Of what the view lacks by mistake, a later pass learns. */
  readonly remove: (kind: ChildKind, name: string) => Promise<void>;
  /** The same for a tenant that has no later pass: asks the API server, not the view. What is not Tenantry's stays. */
  readonly removeForGood: (kind: ChildKind, name: string) => Promise<void>;
  /** What the tenant's pods complain about, in their own words; undefined when none complains. */
  readonly podComplaint: (slug: string) => string | undefined;
  /** How many of the tenant's pods, those that are ending included, carry the annotation with another value or not at all. */
  readonly podsWithout: (slug: string, annotation: string, value: string) => number;
}

export interface AppliedChild {
  /** `foreign`: an object of this name exists and is not ours; nothing was touched. */
  readonly outcome: 'unchanged' | 'created' | 'updated' | 'foreign';
  readonly object: ChildObject;
  readonly handEdited: readonly string[];
  /** The same with what was there instead, secrets left out; also of an object that was gone. */
  readonly drift: readonly DriftItem[];
}

/** A Kubernetes object as plain JSON. */
export interface ChildObject extends KubeObject {
  readonly kind: ChildKind;
  readonly [field: string]: unknown;
}
