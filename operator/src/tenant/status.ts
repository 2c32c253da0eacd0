import type { Condition, Reason, StepRecord, Tenant, TenantStatus } from '@tenantry/contracts';
import { LABELS } from '@tenantry/contracts';
import { setCondition } from '../control/conditions.ts';
import { kubeTime } from '../control/kube-time.ts';
import type { StepResult } from './run-steps.ts';
import type { Observations, TenantPass } from './tenant-pass.ts';

/** The three conditions that sum up, before their times. */
export interface Summary {
  readonly ready: { readonly status: 'True' | 'False' | 'Unknown'; readonly reason: Reason; readonly message: string };
  /** Abnormal-true, as kstatus reads it: under way, and will go on by itself. */
  readonly reconciling: boolean;
  /** Abnormal-true: goes on only when a person or another object changes something. */
  readonly stalled: boolean;
}

/** Facts for people and for the scale subresource. */
export type StatusFacts = Omit<TenantStatus, 'observedGeneration' | 'conditions' | 'steps'>;

/** Sums up one run of all steps. Pure. */
export function summaryOf(results: readonly StepResult[], state: 'Active' | 'ReadOnly' | 'Suspended'): Summary {
  const stopped = results.find(({ state: stepState }) => stepState !== 'Done' && stepState !== 'NotNeeded');
  if (stopped === undefined) {
    const ready =
      state === 'Suspended'
        ? ({
            status: 'True',
            reason: 'Suspended',
            message: 'Suspended as spec.lifecycle.state asks; data is kept, nobody is served.',
          } as const)
        : ({
            status: 'True',
            reason: 'Ready',
            message: state === 'ReadOnly' ? 'Everything equals the spec; writes are off.' : 'Everything equals the spec.',
          } as const);
    return { ready, reconciling: false, stalled: false };
  }
  const isBlocked = stopped.state === 'Blocked';
  const isPaused = stopped.reason === 'Paused';
  return {
    ready: {
      status: stopped.status === 'Unknown' ? 'Unknown' : 'False',
      reason: stopped.reason,
      message: `${stopped.name}: ${stopped.message}`,
    },
    reconciling: !isBlocked,
    stalled: isBlocked && !isPaused,
  };
}

/**
 * The whole status to write. Every condition carries the generation it was computed for, also when nothing changed but that: otherwise
 * `kubectl wait` would return on the answer to an older spec. Times move only with transitions, so an unchanged tenant gives an equal status.
 */
export function nextStatus(
  tenant: Tenant,
  now: Date,
  next: { readonly summary: Summary; readonly results: readonly StepResult[]; readonly facts: StatusFacts },
): TenantStatus {
  const observedGeneration = tenant.metadata.generation ?? 0;
  const { ready, reconciling, stalled } = next.summary;
  let conditions: readonly Condition[] = tenant.status?.conditions ?? [];
  const set = (type: string, status: Condition['status'], reason: string, message: string): void => {
    conditions = setCondition<Condition>(conditions, { type, status, reason, message: message.slice(0, 4096), observedGeneration }, now);
  };
  set('Ready', ready.status, ready.reason, ready.message);
  set(
    'Reconciling',
    reconciling ? 'True' : 'False',
    reconciling ? 'Progressing' : ready.reason,
    reconciling ? ready.message : 'Nothing is under way.',
  );
  set(
    'Stalled',
    stalled ? 'True' : 'False',
    stalled ? ready.reason : 'Progressing',
    stalled ? ready.message : 'Nothing holds this tenant up.',
  );
  for (const { condition, status, reason, message } of next.results) set(condition, status, reason, message);
  return {
    ...next.facts,
    observedGeneration,
    conditions: [...conditions],
    steps: next.results.map((result) => stepRecord(result, tenant.status?.steps, observedGeneration, now)),
  };
}

/** Facts seen in this pass; what was not reached keeps its last value. */
export function factsOf(pass: TenantPass): StatusFacts {
  const { tenant, tenantId, names, spec, place, seen } = pass;
  const before = tenant.status;
  const keep = <K extends keyof Observations>(key: K, last: Observations[K]): Observations[K] => seen[key] ?? last;
  return defined({
    tenantId,
    cell: place.cell.name,
    url: keep('url', before?.url),
    database: defined({ schema: names.schema, version: keep('schemaVersion', before?.database?.version) }),
    messaging: defined({
      eventsTopic: names.eventsTopic,
      topics: keep('topics', before?.messaging?.topics),
      principal: `User:${names.kafkaUser}`,
    }),
    workload: defined({
      mode: spec.mode,
      replicas: spec.mode === 'Pooled' ? 0 : keep('replicas', before?.workload?.replicas),
      readyReplicas: spec.mode === 'Pooled' ? 0 : keep('readyReplicas', before?.workload?.readyReplicas),
      selector: `app.kubernetes.io/component=api,${LABELS.tenant}=${tenant.metadata.name}`,
    }),
  });
}

/** Facts of a pass that got nowhere: those of before. */
export function factsBefore(tenant: Tenant): StatusFacts {
  const { observedGeneration: _generation, conditions: _conditions, steps: _steps, ...facts } = tenant.status ?? {};
  return facts;
}

function stepRecord(result: StepResult, before: readonly StepRecord[] | undefined, observedGeneration: number, now: Date): StepRecord {
  const { name, state, reason, message } = result;
  const last = before?.find((record) => record.name === name);
  const since = last?.state === state ? last.since : kubeTime(now);
  return { name, state, reason, message: message.slice(0, 4096), since, observedGeneration };
}

/** The same object without undefined fields, which server-side apply must not see. */
function defined<T extends object>(value: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(value).filter(([, each]) => each !== undefined)) as { [K in keyof T]: Exclude<T[K], undefined> };
}
