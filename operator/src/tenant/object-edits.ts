import { FINALIZER } from '@tenantry/contracts';
import { canonicalJson } from '../control/canonical-json.ts';
import type { ChangeReason } from '../control/informer.ts';
import type { KubeObject } from '../control/kube-object.ts';

/**
 * Tells edits of a Tenant or a class from the operator's own writes to it. A status write must not lead to another pass: a failing tenant writes its
 * next try into its status, and would otherwise be tried again at once, for ever.
 */
export class ObjectEdits {
  readonly #seen = new Map<string, { readonly essence: string; readonly isHeld: boolean }>();

  /** Whether this change is a reason to look at it. */
  isOne(name: string, reason: ChangeReason, object: KubeObject): boolean {
    if (reason === 'deleted') {
      this.#seen.delete(name);
      return true;
    }
    const { uid, generation, labels, annotations, deletionTimestamp, finalizers = [] } = object.metadata;
    const others = finalizers.filter((each) => each !== FINALIZER);
    const essence = canonicalJson([uid, generation, labels, annotations, deletionTimestamp, others]);
    const isHeld = finalizers.includes(FINALIZER);
    const before = this.#seen.get(name);
    this.#seen.set(name, { essence, isHeld });
    // Putting the finalizer on is ours; somebody who took it away is answered.
    return before?.essence !== essence || (before.isHeld && !isHeld);
  }
}
