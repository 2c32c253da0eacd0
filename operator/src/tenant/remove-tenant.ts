import { ANNOTATIONS, durationMs, FINALIZER, retiredSchema, STATUS_FIELD_MANAGER, type TenantNames } from '@tenantry/contracts';
import { planGrants, tenantGrants } from '@tenantry/tenant-schema';
import type { ReconcileResult } from '../control/controller.ts';
import type { KubeApi } from '../control/kube-api.ts';
import { patchStatus, removeFinalizer } from '../control/server-side-apply.ts';
import type { Effects } from '../effects.ts';
import { TENANTS, type TenantObject } from '../kubernetes/resources.ts';
import type { Registration, Tombstone } from '../postgres/port.ts';
import { deletionVerdict } from './deletion-verdict.ts';
import { factsBefore, nextStatus } from './status.ts';
import type { TenantEvents } from './tenant-events.ts';
import type { Place, Ports } from './tenant-pass.ts';

/** The relay empties the outbox within a moment; when it is away, this is how often to look. */
const DRAIN_RETRY_MS = 1000;

/** What a removal is made of. */
export interface TenantRemovalParts {
  readonly api: Pick<KubeApi, 'apply' | 'patch'>;
  readonly ports: Ports;
  readonly place: Place;
  readonly effects: Effects;
  readonly events: TenantEvents;
  readonly assertLeading: () => void;
  /** Called when a tombstone with a purge date was written: it may be the next one due. */
  readonly purgeSoon: () => void;
  readonly now?: () => Date;
}

/**
 * Deletion as design §6: registry closed → outbox drained → workload, logins and rights removed, organization disabled → schema renamed and
 * tombstone written → finalizer off. Data goes later, by the purge, and only when the verdict says Delete. Every line may be the last one
 * of this process: the next pass finds what is done and goes on.
 */
export class TenantRemoval {
  readonly #parts: TenantRemovalParts;
  readonly #now: () => Date;

  constructor(parts: TenantRemovalParts) {
    this.#parts = parts;
    this.#now = parts.now ?? (() => new Date());
  }

  async run(tenant: TenantObject, names: TenantNames): Promise<ReconcileResult | undefined> {
    if (!tenant.metadata.finalizers?.includes(FINALIZER)) return undefined;
    const { registry } = this.#parts.ports;
    const registration = await registry.registration(names.organizationAlias);
    // Nothing was ever made for this Tenant, or the name's data belongs to another: there is nothing of ours to remove.
    if (registration === undefined || registration.uid !== tenant.metadata.uid) return this.#finish(tenant);

    if (registration.state !== 'Closed') await registry.update(registration.tenantId, { state: 'Closed', closedReason: 'deleted' });
    await this.#tell(tenant, 'The registry is closed; what the tenant still had to publish goes out.');
    const backlog = await registry.outboxBacklog(registration.appRole);
    if (backlog > 0) {
      await this.#tell(tenant, 'Waiting for the relay to publish the tenant’s last events.');
      return { requeueAfterMs: DRAIN_RETRY_MS };
    }
    await this.#removeAccess(names, registration);
    const tombstone = await this.#retire(tenant, names, registration);
    this.#announce(tenant, tombstone);
    return this.#finish(tenant);
  }

  /** Everything by which anybody could still reach the tenant's data. In reverse of how it was made; gone already is fine. */
  async #removeAccess(names: TenantNames, registration: Registration): Promise<void> {
    const { objects, database, kafka, identity } = this.#parts.ports;
    for (const kind of ['Deployment', 'Service', 'ServiceAccount'] as const) await objects.remove(kind, names.workload);
    await objects.remove('Secret', names.credentialsSecret);

    const client = await identity.machineClient(names.machineClientId);
    if (client?.enabled === true && client.tenantId === registration.tenantId)
      await identity.updateMachineClient(client.id, {
        clientId: client.clientId,
        tenantId: registration.tenantId,
        secret: client.secret ?? '',
        enabled: false,
      });
    const organization = await identity.organization({ tenantId: registration.tenantId, id: registration.organizationId });
    if (organization?.enabled === true && organization.tenantId === registration.tenantId)
      await identity.updateOrganization({ ...organization, enabled: false });

    const entries = await kafka.access(names.kafkaUser);
    if (entries.length > 0) await kafka.revoke(entries);
    if ((await kafka.loginMarks(names.kafkaUser)).has(names.kafkaUser)) await kafka.deleteLogin(names.kafkaUser);

    const roles = await database.roles([names.ownerRole, names.login(1), names.login(2)]);
    if (roles.has(names.ownerRole)) {
      const wanted = tenantGrants(names, this.#parts.place.cell.name, { state: 'Closed', generations: [] });
      const plan = planGrants(wanted, await database.grants(names));
      if (plan.missing.length + plan.extra.length > 0) await database.applyGrants(names, plan);
    }
    const logins = [names.login(1), names.login(2)].filter((login) => roles.has(login));
    if (logins.length > 0) await database.dropRoles(logins);
  }

  async #retire(tenant: TenantObject, names: TenantNames, registration: Registration): Promise<Tombstone> {
    const { registry, database, kafka, retirement } = this.#parts.ports;
    const existing = await registry.tombstone(names.organizationAlias);
    if (existing?.tenantId === registration.tenantId) return existing;
    const topics = [...(await kafka.topics()).keys()].filter((topic) => topic.startsWith(names.kafkaPrefix)).sort();
    const hasData = topics.length > 0 || (await database.schemaOwner(names.schema)) !== undefined;
    const verdict = deletionVerdict(tenant, hasData);
    const now = this.#now();
    const tombstone: Tombstone = {
      tenantId: registration.tenantId,
      slug: names.organizationAlias,
      schemaName: retiredSchema(registration.tenantId),
      policy: verdict.policy,
      confirmedBy: verdict.policy === 'Delete' ? `annotation ${ANNOTATIONS.confirmDelete}` : undefined,
      topics,
      organizationId: registration.organizationId,
      client: names.machineClientId,
      requestedAt: now,
      purgeAfter:
        verdict.policy === 'Retain' ? undefined : new Date(now.getTime() + (hasData ? durationMs(tenant.spec.deletionGracePeriod) : 0)),
    };
    await retirement.retire(tombstone, { schema: names.schema, ownerRole: names.ownerRole });
    if (verdict.protectedBy !== undefined) this.#parts.events.warning(tenant, 'DeletionProtected', 'Delete', verdict.protectedBy);
    return tombstone;
  }

  #announce(tenant: TenantObject, { policy, schemaName, topics, purgeAfter, tenantId }: Tombstone): void {
    const kept = `schema ${schemaName}${topics.length === 0 ? '' : ` and topics ${topics.join(', ')}`}`;
    const how = `annotate a Tenant of this name with ${ANNOTATIONS.adopt}=${tenantId}`;
    const note =
      policy === 'Retain'
        ? `Kept: ${kept}, without a purge date. To take them back, ${how}.`
        : `Kept until ${purgeAfter?.toISOString()}: ${kept}. Until then, ${how} to take them back.`;
    this.#parts.events.normal(tenant, 'Retained', 'Delete', note);
    if (purgeAfter !== undefined) this.#parts.purgeSoon();
  }

  async #finish(tenant: TenantObject): Promise<undefined> {
    await this.#parts.effects.perform('kubernetes: remove finalizer', () => removeFinalizer(this.#parts.api, TENANTS, tenant, FINALIZER));
    return undefined;
  }

  /** Ready says Deleting and why it has not ended yet. A status that cannot be written must not hold the deletion up. */
  async #tell(tenant: TenantObject, message: string): Promise<void> {
    this.#parts.assertLeading();
    const summary = { ready: { status: 'False', reason: 'Deleting', message }, reconciling: true, stalled: false } as const;
    const status = nextStatus(tenant, this.#now(), { summary, results: [], facts: factsBefore(tenant) });
    const { object } = await patchStatus(this.#parts.api, {
      resource: TENANTS,
      current: tenant,
      status,
      fieldManager: STATUS_FIELD_MANAGER,
    });
    // The finalizer's removal needs the version this write made.
    Object.assign(tenant.metadata, { resourceVersion: object.metadata.resourceVersion });
    Object.assign(tenant, { status: object.status });
  }
}
