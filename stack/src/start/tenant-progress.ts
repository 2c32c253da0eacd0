import type { Tenant } from '@tenantry/contracts';

/** Where a tenant is on its way to Ready. */
export type TenantProgress =
  | { readonly ready: true; readonly text: string }
  | { readonly ready: false; readonly stalled: boolean; readonly text: string };

/** Pure: the ledger and the summary conditions in one line, e.g. `step 5 of 11, topics: waiting for the broker`. */
export function tenantProgress(tenant: Tenant): TenantProgress {
  const { conditions = [], steps = [], observedGeneration } = tenant.status ?? {};
  const condition = (type: string) => conditions.find((each) => each.type === type);
  const done = steps.filter((step) => step.state === 'Done' || step.state === 'NotNeeded').length;
  const ready = condition('Ready');
  // A status of an older spec says nothing about this one.
  if (ready?.status === 'True' && observedGeneration === tenant.metadata.generation) {
    return { ready: true, text: `${done} steps done` };
  }
  const stalled = condition('Stalled');
  if (stalled?.status === 'True') return { ready: false, stalled: true, text: `${stalled.reason}: ${stalled.message}` };
  const current = steps.find((step) => step.state !== 'Done' && step.state !== 'NotNeeded');
  if (current === undefined) return { ready: false, stalled: false, text: ready?.message ?? 'the operator has not seen it yet' };
  const detail = current.message === '' ? current.reason : current.message;
  return { ready: false, stalled: false, text: `step ${done + 1} of ${steps.length}, ${current.name}: ${detail}` };
}
