import {
  ANNOTATIONS,
  type Condition,
  FINALIZER,
  type Reason,
  STATUS_FIELD_MANAGER,
  TenantSpec,
  type TenantStatus,
  tenantNames,
} from '@tenantry/contracts';
import type { ReconcileResult } from '../control/controller.ts';
import type { KubeApi } from '../control/kube-api.ts';
import { addFinalizer, patchStatus } from '../control/server-side-apply.ts';
import type { Effects } from '../effects.ts';
import { TENANTS, type TenantClassObject, type TenantObject } from '../kubernetes/resources.ts';
import type { Registration } from '../postgres/port.ts';
import { bindTenant } from './bind-tenant.ts';
import { type ClassRollouts, givenStatus } from './class-rollouts.ts';
import { wordsOf } from './converge.ts';
import { TenantCredentials } from './credentials.ts';
import { effectiveSpec } from './effective-spec.ts';
import { eventsTopicOf } from './events-topic.ts';
import { isRestriction } from './is-restriction.ts';
import type { Rotation } from './plans/rotation-plan.ts';
import type { TenantRemoval } from './remove-tenant.ts';
import { credentialStatus, rotationDueMs, rotationOf } from './rotation.ts';
import { brief, isAboutThisProcess, runSteps, type StepResult } from './run-steps.ts';
import { begunStatus, factsBefore, factsOf, nextStatus, type StatusFacts, type Summary, summaryOf } from './status.ts';
import type { Step } from './step.ts';
import type { TenantEvents } from './tenant-events.ts';
import type { Place, Ports, TenantPass } from './tenant-pass.ts';
import { uuidV7 } from './uuid-v7.ts';
import { buildOf, wishOf } from './wish.ts';

/** What a reconciler is made of. */
export interface TenantReconcilerParts {
  readonly api: Pick<KubeApi, 'get' | 'apply' | 'patch'>;
  readonly classes: { readonly get: (name: string) => TenantClassObject | undefined };
  readonly rollouts: Pick<ClassRollouts, 'given'>;
  readonly ports: Ports;
  readonly place: Place;
  readonly steps: readonly Step[];
  readonly removal: TenantRemoval;
  readonly effects: Effects;
  readonly events: TenantEvents;
  readonly credentialKey: Buffer;
  readonly assertLeading: () => void;
  /** How long a tenant waits for its next try when this one throws. */
  readonly retryAfterMs: (name: string) => number;
  /** Whether this operator handles the Tenant (by its label `tenantry.dev/operator`). */
  readonly isOurs: (tenant: TenantObject) => boolean;
  readonly now?: () => Date;
}

/** One pass over one tenant: fetch → finalizer → binding → steps (or removal) → status. Knows no step. */
export class TenantReconciler {
  readonly #parts: TenantReconcilerParts;
  readonly #now: () => Date;

  constructor(parts: TenantReconcilerParts) {
    this.#parts = parts;
    this.#now = parts.now ?? (() => new Date());
  }

  async reconcile(name: string): Promise<ReconcileResult | undefined> {
    // Read from the server, not from the cache: a pass begins with the truth and its writes need the latest version.
    const stored = await this.#parts.api.get(TENANTS, { name });
    if (stored === undefined || !this.#parts.isOurs(stored)) return undefined;
    // Defaults that an older CRD has not filled in.
    const asStored: TenantObject = { ...stored, spec: TenantSpec.parse(stored.spec) };
    const names = tenantNames(name, this.#parts.place.cell.name);
    if (asStored.metadata.deletionTimestamp !== undefined) return this.#parts.removal.run(asStored, names);

    const newest = this.#parts.classes.get(asStored.spec.classRef.name);
    if (newest === undefined)
      return this.#withoutPlan(
        asStored,
        'ClassNotFound',
        `TenantClass ${asStored.spec.classRef.name} does not exist; create it or change spec.classRef.name.`,
      );
    const wasReady = readyOf(asStored);
    const given = this.#parts.rollouts.given(asStored, newest);
    const tenantClass = { ...newest, spec: given.spec };
    const tenant = await this.#noLongerOld(asStored, givenStatus(newest.metadata.name, given, wasReady?.status === 'True'));
    const { spec, broken } = effectiveSpec(tenant, tenantClass);
    if (broken !== undefined) return this.#withoutPlan(tenant, 'ClassCeiling', `${broken.join('; ')}.`);
    if (tenant.spec.paused && tenant.status?.tenantId === undefined)
      return this.#summed(tenant, {
        ready: { status: 'False', reason: 'Paused', message: 'spec.paused is true; nothing has been made yet.' },
        reconciling: false,
        stalled: false,
      });

    const held = await this.#withFinalizer(tenant);
    const fresh = freshRegistration(held, { names, spec, place: this.#parts.place }, tenantClass.metadata.name, this.#now());
    const binding = await bindTenant(this.#parts.ports, held, names, fresh, this.#now()).catch((error: unknown) =>
      this.#unseen(held, error),
    );
    if (binding.refused !== undefined) return this.#stalled(held, binding.refused.reason, binding.refused.message);
    const { registration } = binding;
    const begun = await this.#begun(held, registration);
    const { place, ports, credentialKey } = this.#parts;
    const rotation = await this.#rotated(registration, begun);
    const { credentialGeneration } = rotation.record;
    const credentials = new TenantCredentials(credentialKey, registration.tenantId, credentialGeneration, rotation.previous);
    const wish = wishOf({ tenant: begun, tenantClass, credentials, place }, buildOf(this.#parts, spec));
    const wasSettled = isSettled(begun, wish);
    const reportOnly = begun.spec.paused || (begun.spec.driftPolicy === 'Report' && wasSettled);
    const current = wasSettled || reportOnly ? begun : await this.#unsettled(begun);
    const pass: TenantPass = {
      tenant: current,
      tenantClass,
      spec,
      tenantId: registration.tenantId,
      names,
      credentials,
      rotation,
      now: this.#now,
      registration: reportOnly ? registration : await this.#restricted(registration, current),
      place,
      ports,
      seen: {},
      isNew: held.status?.tenantId === undefined && registration.tenantId === fresh.tenantId,
      reportOnly,
    };
    return this.#stepsAndStatus(pass, current, { wish, wasSettled, wasReady });
  }

  async #stepsAndStatus(
    pass: TenantPass,
    tenant: TenantObject,
    { wish, wasSettled, wasReady }: { readonly wish: string; readonly wasSettled: boolean; readonly wasReady: Condition | undefined },
  ): Promise<ReconcileResult | undefined> {
    const { steps, events, assertLeading } = this.#parts;
    const run = await runSteps(steps, pass, assertLeading);
    const summary = summaryOf(run.results, pass.spec.state, run.differing);
    if (wasSettled && run.changed.length > 0)
      events.normal(
        tenant,
        'DriftRepaired',
        'Repair',
        `Changed by hand and put back: ${run.changed.join('; ')}. Was: ${brief(run.repaired)}.`,
      );
    const settledWish = summary.ready.status === 'True' ? wish : undefined;
    // Of a wish that is being carried out everything differs: that is no drift.
    const drift = wasSettled || pass.reportOnly ? run.differing : [];
    const now = this.#now();
    const retryAt = run.error === undefined ? undefined : new Date(now.getTime() + this.#parts.retryAfterMs(tenant.metadata.name));
    const next = { summary, results: run.results, facts: factsOf(pass), retryAt, settledWish, drift };
    await this.#write(tenant, nextStatus(tenant, now, next));
    events.transition(tenant, wasReady, summary, tenant.status?.settledWish === undefined && wasReady?.status !== 'True');
    const rotation = pass.seen.rotation ?? pass.rotation;
    events.credentials(tenant, tenant.status?.credentials, credentialStatus(rotation));
    // The controller logs it once, with the whole cause chain, and backs off.
    if (run.error !== undefined) throw run.error;
    const waits = [run.retryAfterMs, rotationDueMs(rotation, this.#now())].filter((wait) => wait !== undefined);
    return waits.length === 0 ? undefined : { requeueAfterMs: Math.min(...waits) };
  }

  async #withFinalizer(tenant: TenantObject): Promise<TenantObject> {
    if (tenant.metadata.finalizers?.includes(FINALIZER)) return tenant;
    return this.#parts.effects.perform('kubernetes: add finalizer', async () => {
      const stored = await addFinalizer(this.#parts.api, TENANTS, tenant, FINALIZER);
      return { ...stored, spec: tenant.spec };
    });
  }

  /** The first write after an edit, before anything is looked at: nobody may take the old answer for the new one. */
  async #noLongerOld(tenant: TenantObject, given: NonNullable<TenantStatus['class']>): Promise<TenantObject> {
    const { metadata, status } = tenant;
    if (status?.conditions === undefined) return tenant;
    const last = status.class;
    const isGivenAnew = last !== undefined && (last.name !== given.name || last.revision !== given.revision);
    if (status.observedGeneration === metadata.generation && !isGivenAnew) return tenant;
    return this.#write(tenant, begunStatus(tenant, this.#now(), isGivenAnew ? given : last));
  }

  /** On first sight: every condition is there, Unknown, and the tenantId is told before anything else is made. */
  async #begun(tenant: TenantObject, registration: Registration): Promise<TenantObject> {
    if (tenant.status?.tenantId === registration.tenantId && tenant.status.conditions !== undefined) return tenant;
    const results = this.#notReached('Has not been looked at yet.');
    const summary: Summary = {
      ready: { status: 'Unknown', reason: 'Progressing', message: 'The first pass is under way.' },
      reconciling: true,
      stalled: false,
    };
    const facts = { ...factsBefore(tenant), tenantId: registration.tenantId, cell: this.#parts.place.cell.name };
    return this.#write(tenant, nextStatus(tenant, this.#now(), { summary, results, facts }));
  }

  /**
   * Written before anything of another wish is carried out: who takes an edit back half way wants what was done of it undone, also under
   * driftPolicy Report; by the wish alone that would look like somebody's doing.
   */
  async #unsettled(tenant: TenantObject): Promise<TenantObject> {
    if (!tenant.status?.settledWish) return tenant;
    return this.#write(tenant, { ...tenant.status, settledWish: '' });
  }

  /** Closing comes first, opening last: a tenant that may do less is told so before anything else changes. */
  async #restricted(registration: Registration, tenant: TenantObject): Promise<Registration> {
    const { state, reason } = tenant.spec.lifecycle;
    if (!isRestriction(registration.state, state)) return registration;
    const change = { state, closedReason: reason };
    await this.#parts.ports.registry.update(registration.tenantId, change);
    return { ...registration, ...change };
  }

  /** What a tenant without a plan gets cannot be known; that it is suspended can, and nobody may have to mend its plan first. */
  async #withoutPlan(tenant: TenantObject, reason: Reason, message: string): Promise<undefined> {
    const isMade = tenant.status?.tenantId !== undefined && !tenant.spec.paused;
    const registration = isMade ? await this.#parts.ports.registry.registration(tenant.metadata.name) : undefined;
    const isOwn = registration !== undefined && registration.uid === tenant.metadata.uid;
    if (!isOwn || !isRestriction(registration.state, tenant.spec.lifecycle.state)) return this.#stalled(tenant, reason, message);
    const current = await this.#unsettled(tenant);
    await this.#restricted(registration, current);
    return this.#stalled(current, reason, message);
  }

  /** A rotation begins by being written down: whoever goes on after a crash finds which credentials are to be made. */
  async #rotated(registration: Registration, tenant: TenantObject): Promise<Rotation> {
    const rotation = rotationOf(tenant, registration, this.#now());
    if (rotation.phase === 'begin') await this.#parts.ports.registry.update(registration.tenantId, rotation.record);
    return rotation;
  }

  /** The registry could not be looked at, so nothing is known of the tenant now: its last answer must not stand as if it were. */
  async #unseen(tenant: TenantObject, error: unknown): Promise<never> {
    if (!isAboutThisProcess(error)) {
      const message = `registry: ${wordsOf(error)}`;
      await this.#summed(tenant, { ready: { status: 'Unknown', reason: 'ObservationFailed', message }, reconciling: true, stalled: false });
    }
    throw error;
  }

  async #stalled(tenant: TenantObject, reason: Reason, message: string): Promise<undefined> {
    return this.#summed(tenant, { ready: { status: 'False', reason, message }, reconciling: false, stalled: true });
  }

  async #summed(tenant: TenantObject, summary: Summary): Promise<undefined> {
    const before = readyOf(tenant);
    const facts: StatusFacts = factsBefore(tenant);
    const results = this.#notReached('Not looked at in this state.');
    await this.#write(tenant, nextStatus(tenant, this.#now(), { summary, results, facts }));
    this.#parts.events.transition(tenant, before, summary);
    return undefined;
  }

  #notReached(message: string): StepResult[] {
    return this.#parts.steps.map(({ name, condition }) => ({
      name,
      condition,
      state: 'NotReached',
      status: 'Unknown',
      reason: 'NotReached',
      message,
    }));
  }

  async #write(tenant: TenantObject, status: TenantStatus): Promise<TenantObject> {
    this.#parts.assertLeading();
    const { object } = await patchStatus(this.#parts.api, {
      resource: TENANTS,
      current: tenant,
      status,
      fieldManager: STATUS_FIELD_MANAGER,
    });
    return { ...object, spec: tenant.spec };
  }
}

function readyOf({ status }: { readonly status?: TenantStatus | undefined }): Condition | undefined {
  return status?.conditions?.find(({ type }) => type === 'Ready');
}

/** Everything has equalled this very wish before, so what differs now is somebody's doing. */
function isSettled({ metadata, status }: TenantObject, wish: string): boolean {
  if (status?.settledWish !== undefined) return status.settledWish === wish;
  // Written by an operator that did not remember it yet.
  const ready = readyOf({ status });
  return ready?.status === 'True' && ready.observedGeneration === metadata.generation;
}

/** The row a new Tenant begins with. A tenantId told in its status before (the registry was lost) stays its identity. */
export function freshRegistration(
  tenant: TenantObject,
  { names, spec, place }: Pick<TenantPass, 'names' | 'spec' | 'place'>,
  className: string,
  now: Date,
): Registration {
  return {
    tenantId: tenant.status?.tenantId ?? uuidV7(),
    slug: tenant.metadata.name,
    uid: tenant.metadata.uid ?? '',
    state: 'Provisioning',
    class: className,
    mode: spec.mode,
    organizationId: undefined,
    schemaName: names.schema,
    appRole: names.appRole,
    eventsTopic: eventsTopicOf({ names, spec, place }),
    schemaVersion: 0,
    statementTimeoutMs: spec.statementTimeoutMs,
    quotas: spec.quotas,
    url: undefined,
    closedReason: undefined,
    // A generation told in its status before stays as well: an older one may be what somebody has seen.
    credentialGeneration: tenant.status?.credentials?.generation ?? 1,
    credentialsRotatedAt: now,
    previousGeneration: undefined,
    credentialsOutAt: undefined,
    // What is asked for from the start is there with the first ones.
    rotationRequest: tenant.metadata.annotations?.[ANNOTATIONS.rotateRequestedAt],
  };
}
