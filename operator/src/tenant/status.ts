import type { Condition, DriftItem, Reason, StepRecord, Tenant, TenantClass, TenantStatus } from '@tenantry/contracts';
import { ANNOTATIONS, LABELS, MOST_DRIFT_ITEMS } from '@tenantry/contracts';
import { setCondition } from '../control/conditions.ts';
import { kubeTime } from '../control/kube-time.ts';
import { fairShare } from './fair-share.ts';
import { credentialStatus } from './rotation.ts';
import { brief, type StepResult } from './run-steps.ts';
import type { Observations, TenantPass } from './tenant-pass.ts';
import { classRevision, classWish } from './wish.ts';

/** The three conditions that sum up, before their times. */
export interface Summary {
  readonly ready: { readonly status: 'True' | 'False' | 'Unknown'; readonly reason: Reason; readonly message: string };
  /** Abnormal-true, as kstatus reads it: under way, and will go on by itself. */
  readonly reconciling: boolean;
  /** Abnormal-true: goes on only when a person or another object changes something. */
  readonly stalled: boolean;
}

/** Facts for people and for the scale subresource. */
export type StatusFacts = Omit<
  TenantStatus,
  'observedGeneration' | 'lastHandledReconcileAt' | 'settledWish' | 'drift' | 'conditions' | 'steps'
>;

/** How the sentence about differences begins that are left on purpose. */
const LEFT: Partial<Record<Reason, string>> = {
  Paused: 'Differs, and is left so while spec.paused is true:',
  DriftReported: 'Was changed by hand, and is left so because spec.driftPolicy is Report:',
};

/** Sums up one run of all steps; `differing` is what it found and left. Pure. */
export function summaryOf(
  results: readonly StepResult[],
  state: 'Active' | 'ReadOnly' | 'Suspended',
  differing: readonly DriftItem[] = [],
): Summary {
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
  // Left so on purpose: nothing holds it up.
  const isLeft = stopped.reason in LEFT;
  return {
    ready: {
      status: stopped.status === 'Unknown' ? 'Unknown' : 'False',
      reason: stopped.reason,
      message: isLeft && differing.length > 0 ? `${LEFT[stopped.reason]} ${brief(differing)}.` : `${stopped.name}: ${stopped.message}`,
    },
    reconciling: !isBlocked,
    stalled: isBlocked && !isLeft,
  };
}

/**
 * The whole status to write. Every condition carries the generation it was computed for, also when nothing changed but that: otherwise
 * `kubectl wait` would return on the answer to an older spec. Times move only with transitions, so an unchanged tenant gives an equal status.
 */
export function nextStatus(
  tenant: Tenant,
  now: Date,
  next: {
    readonly summary: Summary;
    readonly results: readonly StepResult[];
    readonly facts: StatusFacts;
    /** When a failing step is tried again. */
    readonly retryAt?: Date | undefined;
    /** When this pass found everything as wanted: the hash of what was wanted. Otherwise the one of before stays. */
    readonly settledWish?: string | undefined;
    /** What differs and is left so. */
    readonly drift?: readonly DriftItem[];
  },
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
  const settledWish = next.settledWish ?? tenant.status?.settledWish;
  const drift = next.drift ?? [];
  return {
    ...next.facts,
    observedGeneration,
    ...handledRequest(tenant),
    ...(settledWish === undefined ? {} : { settledWish }),
    ...(drift.length === 0
      ? {}
      : { drift: { count: drift.length, items: [...fairShare(drift, MOST_DRIFT_ITEMS, ({ resource }) => resource)] } }),
    conditions: [...conditions],
    steps: next.results.map((result) =>
      stepRecord(result, { before: tenant.status?.steps, observedGeneration, now, retryAt: next.retryAt }),
    ),
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
      eventsTopic: seen.eventsTopic ?? pass.registration.eventsTopic,
      topics: keep('topics', before?.messaging?.topics),
      topicPartitions: keep('topicPartitions', before?.messaging?.topicPartitions),
      principal: spec.topicMode === 'Shared' ? undefined : `User:${names.kafkaUserOf(pass.credentials.generation)}`,
      vhost: seen.vhost === null ? undefined : (seen.vhost ?? before?.messaging?.vhost),
    }),
    class: before?.class ?? givenFirst(pass.tenantClass),
    credentials: credentialStatus(seen.rotation ?? pass.rotation),
    workload: defined({
      mode: spec.mode,
      replicas: spec.mode === 'Pooled' ? 0 : keep('replicas', before?.workload?.replicas),
      readyReplicas: spec.mode === 'Pooled' ? 0 : keep('readyReplicas', before?.workload?.readyReplicas),
      selector: `app.kubernetes.io/component=api,${LABELS.tenant}=${tenant.metadata.name}`,
    }),
  });
}

/** A tenant's first class is no edit of it. */
function givenFirst({ metadata, spec }: TenantClass): NonNullable<TenantStatus['class']> {
  return { name: metadata.name, revision: classRevision(spec), wasReady: false, spec: classWish(spec) };
}

/** Facts of a pass that got nowhere: those of before. */
export function factsBefore(tenant: Tenant): StatusFacts {
  const {
    observedGeneration: _generation,
    lastHandledReconcileAt: _handled,
    settledWish: _settled,
    drift: _drift,
    conditions: _conditions,
    steps: _steps,
    ...facts
  } = tenant.status ?? {};
  return facts;
}

/**
 * The status of a spec that was just edited, before anything is done about it: `Ready` is not the old answer any more, also for those who
 * read a condition without its generation. What the steps said stays, with the generation they said it of.
 */
export function begunStatus(tenant: Tenant, now: Date, given: TenantStatus['class'] = tenant.status?.class): TenantStatus {
  const observedGeneration = tenant.metadata.generation ?? 0;
  const isEdit = tenant.status?.observedGeneration !== observedGeneration;
  const message = isEdit
    ? `Generation ${observedGeneration} of the spec is being carried out.`
    : `A change of class ${tenant.spec.classRef.name} is being carried out.`;
  let conditions: readonly Condition[] = tenant.status?.conditions ?? [];
  const set = (type: string, status: Condition['status'], text: string): void => {
    const reason = 'Progressing' satisfies Reason;
    conditions = setCondition<Condition>(conditions, { type, status, reason, message: text, observedGeneration }, now);
  };
  set('Ready', 'Unknown', message);
  set('Reconciling', 'True', message);
  set('Stalled', 'False', 'Nothing holds this tenant up.');
  return { ...tenant.status, observedGeneration, ...(given && { class: given }), conditions: [...conditions] };
}

function handledRequest({ metadata }: Tenant): { lastHandledReconcileAt?: string } {
  const requested = metadata.annotations?.[ANNOTATIONS.reconcileRequestedAt];
  return requested === undefined ? {} : { lastHandledReconcileAt: requested.slice(0, 64) };
}

function stepRecord(
  result: StepResult,
  context: {
    readonly before: readonly StepRecord[] | undefined;
    readonly observedGeneration: number;
    readonly now: Date;
    readonly retryAt: Date | undefined;
  },
): StepRecord {
  const { name, state, reason, message, error } = result;
  const { observedGeneration, now, retryAt } = context;
  const last = context.before?.find((record) => record.name === name);
  const since = last?.state === state ? last.since : kubeTime(now);
  const record: StepRecord = { name, state, reason, message: message.slice(0, 4096), since, observedGeneration };
  if (error === undefined) return record;
  const isAgain = last?.state === 'Failed' && last.observedGeneration === observedGeneration;
  const attempts = (isAgain ? (last.attempts ?? 1) : 0) + 1;
  return { ...record, attempts, lastError: error, ...(retryAt === undefined ? {} : { retryAt: kubeTime(retryAt) }) };
}

/** The same object without undefined fields, which server-side apply must not see. */
function defined<T extends object>(value: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(value).filter(([, each]) => each !== undefined)) as { [K in keyof T]: Exclude<T[K], undefined> };
}
