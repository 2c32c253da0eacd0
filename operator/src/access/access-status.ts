import { type Condition, durationMs, type Reason, type StaffLeft, type TenantAccess, type TenantAccessStatus } from '@tenantry/contracts';
import { setCondition } from '../control/conditions.ts';
import { kubeTime } from '../control/kube-time.ts';

/** How an access stands. */
export type AccessState =
  | { readonly kind: 'inside'; readonly enteredAt: Date }
  /** Not in, and it is tried again while the time lasts. */
  | { readonly kind: 'outside'; readonly reason: Reason; readonly message: string }
  | { readonly kind: 'ended'; readonly because: StaffLeft; readonly enteredAt: Date | undefined; readonly endedAt: Date };

/** When the time is over: it runs from the moment the access was asked for, so one that waited for long does not come as a surprise. Pure. */
export function accessUntil({ metadata, spec }: TenantAccess): Date {
  return new Date(Date.parse(metadata.creationTimestamp ?? '') + durationMs(spec.duration));
}

/** The whole status to write. Times move with transitions only. Pure. */
export function accessStatus(access: TenantAccess, state: AccessState, now: Date): TenantAccessStatus {
  const observedGeneration = access.metadata.generation ?? 0;
  const until = kubeTime(accessUntil(access));
  const { reason, message } = saidOf(access, state, until);
  const status = state.kind === 'inside' ? ('True' as const) : ('False' as const);
  const ready = { type: 'Ready', status, reason, message: message.slice(0, 4096), observedGeneration };
  return {
    observedGeneration,
    until,
    ...(state.kind === 'outside' || state.enteredAt === undefined ? {} : { enteredAt: kubeTime(state.enteredAt) }),
    ...(state.kind === 'ended' ? { endedAt: kubeTime(state.endedAt) } : {}),
    conditions: setCondition<Condition>(access.status?.conditions, ready, now),
  };
}

/** Why somebody is in no more, as the end of a sentence. */
export const LEFT_BECAUSE: Readonly<Record<StaffLeft, string>> = {
  left: 'the TenantAccess was deleted',
  expired: 'the time was over',
  'shown-out': 'somebody took the membership away',
  'tenant-closed': 'the tenant was suspended or deleted',
};

function saidOf({ spec }: TenantAccess, state: AccessState, until: string): { readonly reason: Reason; readonly message: string } {
  if (state.kind === 'inside')
    return { reason: 'Inside', message: `${spec.email} is a member of ${spec.tenantRef.name} with the role ${spec.role} until ${until}.` };
  if (state.kind === 'outside') return state;
  const was = state.enteredAt === undefined ? `${spec.email} never got in` : `${spec.email} is in no more`;
  return { reason: 'AccessEnded', message: `${was}: ${LEFT_BECAUSE[state.because]}.` };
}
