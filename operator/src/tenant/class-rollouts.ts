import { setTimeout as pause } from 'node:timers/promises';
import {
  type Condition,
  durationMs,
  LABELS,
  type Reason,
  STATUS_FIELD_MANAGER,
  TenantClassSpec,
  type TenantClassStatus,
} from '@tenantry/contracts';
import { getCondition, setCondition } from '../control/conditions.ts';
import type { ControlLog } from '../control/control-log.ts';
import type { KubeApi } from '../control/kube-api.ts';
import { isKubeError } from '../control/kube-error.ts';
import { patchStatus } from '../control/server-side-apply.ts';
import { TENANT_CLASSES, type TenantClassObject, type TenantObject } from '../kubernetes/resources.ts';
import { type RolloutPlan, type RolloutTenant, rolloutPlan } from './plans/rollout-plan.ts';
import { classRevision, classWish } from './wish.ts';

/** What rollouts are made of. */
export interface ClassRolloutsParts {
  readonly api: Pick<KubeApi, 'apply'>;
  readonly classes: { readonly get: (name: string) => TenantClassObject | undefined; readonly list: () => readonly TenantClassObject[] };
  readonly tenants: { readonly list: () => readonly TenantObject[] };
  readonly operatorName: string;
  /** It is this tenant's turn. */
  readonly admit: (tenant: string) => void;
  readonly assertLeading: () => void;
  readonly log: ControlLog;
  readonly now?: () => Date;
}

/** What a tenant gets of its class: the newest, or what it was given last, until it is its turn. */
export interface GivenClass {
  readonly spec: TenantClassSpec;
  readonly revision: string;
}

/** How often plans are made at most: many tenants change at once. */
const PACE_MS = 250;
const MOST_NAMED = 10;

/**
 * Brings an edit of a class to its tenants, a few at a time. Nothing is remembered here that matters: what each tenant was given stands in its
 * status, before anything is done about it; after a restart the rollout goes on from there.
 */
export class ClassRollouts {
  readonly #parts: ClassRolloutsParts;
  readonly #now: () => Date;
  /** Classes to look at. */
  readonly #dirty = new Set<string>();
  /** Tenants whose turn it is and whose status does not say so yet, by class. */
  readonly #admitted = new Map<string, Set<string>>();
  /** The class each tenant was last seen with: it loses one when another gains it. */
  readonly #classOf = new Map<string, string>();
  /** Revision of a class by its generation, so that it is hashed once. */
  readonly #revisions = new WeakMap<TenantClassObject, string>();

  constructor(parts: ClassRolloutsParts) {
    this.#parts = parts;
    this.#now = parts.now ?? (() => new Date());
  }

  /** To be called for every change of a class. */
  changed(className: string): void {
    this.#dirty.add(className);
  }

  /** To be called for every change of a tenant. */
  tenantChanged(name: string, className: string): void {
    const before = this.#classOf.get(name);
    if (before !== undefined && before !== className) this.changed(before);
    this.#classOf.set(name, className);
    this.changed(className);
  }

  /** What this tenant's pass works with. Quotas are always the newest. */
  given(tenant: TenantObject, tenantClass: TenantClassObject): GivenClass {
    const newest = TenantClassSpec.parse(tenantClass.spec);
    const revision = this.#revisionOf(tenantClass);
    const { name } = tenantClass.metadata;
    const last = tenant.status?.class;
    // Stalled: nothing serves it worse than now, and the edit may be what heals it. A moment's Unknown is no reason.
    const isItsTurn =
      last === undefined ||
      last.name !== name ||
      last.revision === revision ||
      isStalled(tenant) ||
      this.#admitted.get(name)?.has(tenant.metadata.name) === true;
    if (isItsTurn && !(tenant.spec.paused && last !== undefined)) return { spec: newest, revision };
    return { spec: TenantClassSpec.parse({ ...last.spec, quotas: newest.quotas, rollout: newest.rollout }), revision: last.revision };
  }

  /** Until `signal` aborts, while this operator leads. */
  async run(signal: AbortSignal): Promise<void> {
    for (const { metadata } of this.#parts.classes.list()) this.changed(metadata.name);
    while (!signal.aborted) {
      const names = [...this.#dirty];
      this.#dirty.clear();
      for (const name of names) await this.#advance(name).catch((error: unknown) => this.#again(name, error));
      await pause(PACE_MS, undefined, { signal }).catch(() => {});
    }
  }

  #again(name: string, error: unknown): void {
    this.changed(name);
    // Somebody was faster; the newer object is on its way.
    if (isKubeError(error, 'Conflict')) return;
    this.#parts.log.warn({ err: error, tenantClass: name }, 'The rollout of a class could not go on; it is tried again');
  }

  async #advance(name: string): Promise<void> {
    const tenantClass = this.#parts.classes.get(name);
    if (tenantClass === undefined) {
      this.#admitted.delete(name);
      return;
    }
    const { rollout } = TenantClassSpec.parse(tenantClass.spec);
    const revision = this.#revisionOf(tenantClass);
    const tenants = this.#parts.tenants
      .list()
      .filter(({ spec, metadata }) => spec.classRef.name === name && metadata.deletionTimestamp === undefined)
      .map(rolloutTenant);
    const admitted = this.#admitted.get(name) ?? new Set<string>();
    const behind = new Set(tenants.filter((tenant) => tenant.revision !== revision).map((tenant) => tenant.name));
    for (const each of admitted) if (!behind.has(each)) admitted.delete(each);
    const wish = { ...rollout, revision, progressDeadlineMs: durationMs(rollout.progressDeadline) };
    const plan = rolloutPlan(wish, tenants, admitted, this.#now().getTime());
    this.#admitted.set(name, admitted);
    for (const each of plan.admit) {
      admitted.add(each);
      this.#parts.admit(each);
    }
    // Time alone makes a tenant late.
    if (plan.lookAgainAtMs !== undefined) this.changed(name);
    if (this.#isOurs(tenantClass)) await this.#tell(tenantClass, revision, plan);
  }

  async #tell(tenantClass: TenantClassObject, revision: string, plan: RolloutPlan): Promise<void> {
    this.#parts.assertLeading();
    const status = classStatus(tenantClass, revision, plan, this.#now());
    await patchStatus(this.#parts.api, { resource: TENANT_CLASSES, current: tenantClass, status, fieldManager: STATUS_FIELD_MANAGER });
  }

  /** As of Tenants: without a label of the unnamed operator. Two of them would undo each other's numbers for ever. */
  #isOurs({ metadata }: TenantClassObject): boolean {
    return (metadata.labels?.[LABELS.operator] ?? '') === this.#parts.operatorName;
  }

  #revisionOf(tenantClass: TenantClassObject): string {
    const known = this.#revisions.get(tenantClass);
    if (known !== undefined) return known;
    const revision = classRevision(TenantClassSpec.parse(tenantClass.spec));
    this.#revisions.set(tenantClass, revision);
    return revision;
  }
}

/** What of a class stands in the status of a tenant that was given it. */
export function givenStatus(className: string, { spec, revision }: GivenClass, wasReady: boolean) {
  return { name: className, revision, wasReady, spec: classWish(spec) };
}

/** A class's status for a plan. Pure. */
export function classStatus(tenantClass: TenantClassObject, revision: string, plan: RolloutPlan, now: Date): TenantClassStatus {
  const { total, updated, paused, failed, state } = plan;
  const observedGeneration = tenantClass.metadata.generation ?? 0;
  const progress = `${updated}/${total}`;
  let conditions: readonly Condition[] = tenantClass.status?.conditions ?? [];
  const set = (type: string, isTrue: boolean, message: string): void => {
    const reason: Reason = state;
    const status = isTrue ? 'True' : 'False';
    conditions = setCondition<Condition>(conditions, { type, status, reason, message, observedGeneration }, now);
  };
  const said = sentence(plan);
  set('Ready', state === 'RolledOut', said);
  set('Reconciling', state === 'RollingOut', said);
  set('Stalled', state === 'RolloutHeld', said);
  return {
    observedGeneration,
    revision,
    total,
    updated,
    paused,
    progress,
    ...(failed.length === 0 ? {} : { failed: failed.slice(0, MOST_NAMED) }),
    conditions: [...conditions],
  };
}

function sentence({ total, updated, paused, failed, state }: RolloutPlan): string {
  const rest = paused === 0 ? '' : ` ${paused} are paused.`;
  if (state === 'RolledOut') return `All tenants that are not paused have the newest edit.${rest}`;
  if (state === 'RollingOut') return `${updated} of ${total} tenants have the newest edit.${rest}`;
  const names = failed.slice(0, 3).join(', ');
  return `Held with ${updated} of ${total}: ${failed.length} that were Ready are not (${names}). kubectl tenantry explain ${failed[0]}.${rest}`;
}

function rolloutTenant(tenant: TenantObject): RolloutTenant {
  const conditions = tenant.status?.conditions;
  return {
    name: tenant.metadata.name,
    revision: tenant.status?.class?.name === tenant.spec.classRef.name ? tenant.status.class.revision : undefined,
    wasReady: tenant.status?.class?.wasReady ?? false,
    isReady: isReady(tenant),
    isStalled: isStalled(tenant),
    sinceMs: Date.parse(getCondition(conditions, 'Ready')?.lastTransitionTime ?? '') || 0,
    isPaused: tenant.spec.paused,
  };
}

function isStalled({ status }: TenantObject): boolean {
  return getCondition(status?.conditions, 'Stalled')?.status === 'True';
}

function isReady({ status }: TenantObject): boolean {
  return getCondition(status?.conditions, 'Ready')?.status === 'True';
}
