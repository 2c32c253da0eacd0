import {
  type Condition,
  FINALIZER,
  type Reason,
  STATUS_FIELD_MANAGER,
  TenantClassSpec,
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
import { wordsOf } from './converge.ts';
import { TenantCredentials } from './credentials.ts';
import { type EffectiveSpec, effectiveSpec } from './effective-spec.ts';
import { isRestriction } from './is-restriction.ts';
import type { TenantRemoval } from './remove-tenant.ts';
import { isAboutThisProcess, runSteps, type StepResult } from './run-steps.ts';
import { factsBefore, factsOf, nextStatus, type StatusFacts, type Summary, summaryOf } from './status.ts';
import type { Step } from './step.ts';
import type { TenantEvents } from './tenant-events.ts';
import type { Place, Ports, TenantPass } from './tenant-pass.ts';
import { uuidV7 } from './uuid-v7.ts';

/** The one credential generation there is until rotation comes. */
const GENERATION = 1;

/** What a reconciler is made of. */
export interface TenantReconcilerParts {
  readonly api: Pick<KubeApi, 'get' | 'apply' | 'patch'>;
  readonly classes: { readonly get: (name: string) => TenantClassObject | undefined };
  readonly ports: Ports;
  readonly place: Place;
  readonly steps: readonly Step[];
  readonly removal: TenantRemoval;
  readonly effects: Effects;
  readonly events: TenantEvents;
  readonly credentialKey: Buffer;
  readonly assertLeading: () => void;
  /** Whether this operator handles the Tenant (by its label `tenantry.dev/operator`). */
  readonly isOurs: (tenant: TenantObject) => boolean;
  readonly now?: () => Date;
}

/** One pass over one tenant: fetch → finalizer → binding → steps (or removal) → status. Knows no step. */
export class TenantReconciler {
  readonly #parts: TenantReconcilerParts;
  readonly #now: () => Date;
  /** What the last pass that ended Ready wanted, by tenant: tells a repair from a change of mind. */
  readonly #settled = new Map<string, string>();

  constructor(parts: TenantReconcilerParts) {
    this.#parts = parts;
    this.#now = parts.now ?? (() => new Date());
  }

  async reconcile(name: string): Promise<ReconcileResult | undefined> {
    // Read from the server, not from the cache: a pass begins with the truth and its writes need the latest version.
    const stored = await this.#parts.api.get(TENANTS, { name });
    if (stored === undefined || !this.#parts.isOurs(stored)) {
      this.#settled.delete(name);
      return undefined;
    }
    // Defaults that an older CRD has not filled in.
    const tenant: TenantObject = { ...stored, spec: TenantSpec.parse(stored.spec) };
    const names = tenantNames(name, this.#parts.place.cell.name);
    if (tenant.metadata.deletionTimestamp !== undefined) return this.#parts.removal.run(tenant, names);

    const tenantClass = this.#parts.classes.get(tenant.spec.classRef.name);
    if (tenantClass === undefined)
      return this.#stalled(
        tenant,
        'ClassNotFound',
        `TenantClass ${tenant.spec.classRef.name} does not exist; create it or change spec.classRef.name.`,
      );
    const { spec, broken } = effectiveSpec(tenant, { ...tenantClass, spec: TenantClassSpec.parse(tenantClass.spec) });
    if (broken !== undefined) return this.#stalled(tenant, 'ClassCeiling', `${broken.join('; ')}.`);
    if (tenant.spec.paused && tenant.status?.tenantId === undefined)
      return this.#summed(tenant, {
        ready: { status: 'False', reason: 'Paused', message: 'spec.paused is true; nothing has been made yet.' },
        reconciling: false,
        stalled: false,
      });

    const held = await this.#withFinalizer(tenant);
    const fresh = freshRegistration(held, names, spec, tenantClass.metadata.name);
    const binding = await bindTenant(this.#parts.ports, held, names, fresh, this.#now()).catch((error: unknown) =>
      this.#unseen(held, error),
    );
    if (binding.refused !== undefined) return this.#stalled(held, binding.refused.reason, binding.refused.message);
    const { registration } = binding;
    const begun = await this.#begun(held, registration);
    const pass: TenantPass = {
      tenant: begun,
      tenantClass,
      spec,
      tenantId: registration.tenantId,
      names,
      credentials: new TenantCredentials(this.#parts.credentialKey, registration.tenantId, GENERATION),
      registration: await this.#restricted(registration, begun, spec),
      place: this.#parts.place,
      ports: this.#parts.ports,
      seen: {},
      reportOnly: begun.spec.paused,
    };
    return this.#stepsAndStatus(pass, begun);
  }

  async #stepsAndStatus(pass: TenantPass, tenant: TenantObject): Promise<ReconcileResult | undefined> {
    const { steps, events, assertLeading } = this.#parts;
    const wasReady = tenant.status?.conditions?.find(({ type }) => type === 'Ready');
    const inputs = JSON.stringify([tenant.metadata.generation, pass.tenantClass.metadata.uid, pass.tenantClass.metadata.generation]);
    const run = await runSteps(steps, pass, assertLeading);
    const summary = summaryOf(run.results, pass.spec.state);
    const settled = this.#settled.get(tenant.metadata.name);
    const wasAsWanted = settled === undefined ? isReadyFor(tenant.metadata.generation, wasReady) : settled === inputs;
    if (wasAsWanted && run.changed.length > 0)
      events.normal(tenant, 'DriftRepaired', 'Repair', `Changed by hand and put back: ${run.changed.join('; ')}.`);
    if (summary.ready.status === 'True') this.#settled.set(tenant.metadata.name, inputs);
    await this.#write(tenant, nextStatus(tenant, this.#now(), { summary, results: run.results, facts: factsOf(pass) }));
    events.transition(tenant, wasReady, summary, settled === undefined && wasReady?.status !== 'True');
    // The controller logs it once, with the whole cause chain, and backs off.
    if (run.error !== undefined) throw run.error;
    return run.retryAfterMs === undefined ? undefined : { requeueAfterMs: run.retryAfterMs };
  }

  async #withFinalizer(tenant: TenantObject): Promise<TenantObject> {
    if (tenant.metadata.finalizers?.includes(FINALIZER)) return tenant;
    return this.#parts.effects.perform('kubernetes: add finalizer', async () => {
      const stored = await addFinalizer(this.#parts.api, TENANTS, tenant, FINALIZER);
      return { ...stored, spec: tenant.spec };
    });
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

  /** Closing comes first, opening last: a tenant that may do less is told so before anything else changes. */
  async #restricted(registration: Registration, tenant: TenantObject, spec: EffectiveSpec): Promise<Registration> {
    if (tenant.spec.paused || !isRestriction(registration.state, spec.state)) return registration;
    const change = { state: spec.state, closedReason: tenant.spec.lifecycle.reason };
    await this.#parts.ports.registry.update(registration.tenantId, change);
    return { ...registration, ...change };
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
    const before = tenant.status?.conditions?.find(({ type }) => type === 'Ready');
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

/** What an earlier process left: Ready, for the spec as it is now. */
function isReadyFor(generation: number | undefined, ready: Condition | undefined): boolean {
  return ready?.status === 'True' && ready.observedGeneration === generation;
}

/** The row a new Tenant begins with. A tenantId told in its status before (the registry was lost) stays its identity. */
function freshRegistration(
  tenant: TenantObject,
  names: ReturnType<typeof tenantNames>,
  spec: EffectiveSpec,
  className: string,
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
    eventsTopic: names.eventsTopic,
    schemaVersion: 0,
    statementTimeoutMs: spec.statementTimeoutMs,
    quotas: spec.quotas,
    url: undefined,
    closedReason: undefined,
  };
}
