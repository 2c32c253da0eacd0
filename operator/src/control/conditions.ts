import { kubeTime } from './kube-time.ts';

/** Standard Kubernetes condition (metav1.Condition). */
export interface Condition {
  readonly type: string;
  readonly status: 'True' | 'False' | 'Unknown';
  readonly observedGeneration?: number | undefined;
  readonly lastTransitionTime: string;
  readonly reason: string;
  readonly message: string;
}

/**
 * The list with `next` in it. `lastTransitionTime` moves only when the status does, so it says how long something has been so;
 * order is kept and new types go last, so that an unchanged tenant gives an equal list.
 */
export function setCondition<C extends Condition>(
  conditions: readonly C[] | undefined,
  next: Omit<C, 'lastTransitionTime'>,
  now: Date,
): C[] {
  const list = conditions ?? [];
  const before = list.find((condition) => condition.type === next.type);
  const lastTransitionTime = before !== undefined && before.status === next.status ? before.lastTransitionTime : kubeTime(now);
  const condition = { ...next, lastTransitionTime } as C;
  return before === undefined ? [...list, condition] : list.map((each) => (each === before ? condition : each));
}

export function getCondition<C extends Condition>(conditions: readonly C[] | undefined, type: string): C | undefined {
  return conditions?.find((condition) => condition.type === type);
}

/** True when both say the same, whatever their order. */
export function sameConditions(a: readonly Condition[] | undefined, b: readonly Condition[] | undefined): boolean {
  const left = a ?? [];
  const right = b ?? [];
  return left.length === right.length && left.every((condition) => isSame(condition, getCondition(right, condition.type)));
}

function isSame(a: Condition, b: Condition | undefined): boolean {
  return (
    b !== undefined &&
    a.status === b.status &&
    a.reason === b.reason &&
    a.message === b.message &&
    a.observedGeneration === b.observedGeneration &&
    a.lastTransitionTime === b.lastTransitionTime
  );
}
