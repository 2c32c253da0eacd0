import {
  ANNOTATIONS,
  durationMs,
  FINALIZER,
  GROUP,
  PROJECTOR_GROUPS,
  type Reason,
  retiredSchema,
  STATUS_FIELD_MANAGER,
  type TenantNames,
  tenantKeys,
  VERSION,
} from '@tenantry/contracts';
import { planGrants, tenantGrants } from '@tenantry/tenant-schema';
import type { BackupRecord } from '../backup/port.ts';
import type { ReconcileResult } from '../control/controller.ts';
import type { KubeApi } from '../control/kube-api.ts';
import { patchStatus, removeFinalizer } from '../control/server-side-apply.ts';
import type { Effects } from '../effects.ts';
import { TENANTS, type TenantObject } from '../kubernetes/resources.ts';
import type { Registration, Tombstone } from '../postgres/port.ts';
import { wordsOf } from './converge.ts';
import { type DeletionVerdict, deletionVerdict } from './deletion-verdict.ts';
import { WORKLOAD_KINDS } from './desired/workload-objects.ts';
import type { FinalBackups } from './final-backup.ts';
import { removeKafkaUsers } from './found-kafka-users.ts';
import { foundMachineClients } from './found-machine-clients.ts';
import { isAboutThisProcess, type StepResult } from './run-steps.ts';
import { factsBefore, nextStatus } from './status.ts';
import type { TenantEvents } from './tenant-events.ts';
import type { Place, Ports } from './tenant-pass.ts';

/** Relay and projector take a moment; when one is away, this is how often to look. */
const DRAIN_RETRY_MS = 500;
/** How long a deletion waits for the last events to be in the event log: a projector that is away does not hold it up. */
const LAST_EVENTS_MS = 30_000;
/** A backup says itself when it has ended; this is for one that was not begun because this process was just starting or ending. */
const BACKUP_RETRY_MS = 5000;

/** What a removal is made of. */
export interface TenantRemovalParts {
  readonly api: Pick<KubeApi, 'apply' | 'patch' | 'getRaw'>;
  readonly ports: Ports;
  readonly place: Place;
  readonly effects: Effects;
  readonly events: TenantEvents;
  readonly assertLeading: () => void;
  readonly finalBackups: Pick<FinalBackups, 'abandon' | 'ask'>;
  /** Called when a tombstone with a purge date was written: it may be the next one due. */
  readonly purgeSoon: () => void;
  readonly now?: () => Date;
}

/**
 * Deletion: registry closed → outbox drained, and read into the event log → workload, logins and rights removed, organization disabled → with policy Snapshot, the final
 * backup → schema renamed and tombstone written → finalizer off. The backup comes after the rights are gone, so that nothing can be written
 * behind it. Data goes later, by the purge, and only when the verdict says so. Every line may be the last one of this process: the next
 * pass finds what is done and goes on.
 */
export class TenantRemoval {
  readonly #parts: TenantRemovalParts;
  readonly #now: () => Date;
  /** Ends of a tenant's topic behind its last event: others' may be on it, too. */
  readonly #lastEnds = new Map<string, ReadonlyMap<number, bigint>>();

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
    if (!isTold(tenant)) await this.#tell(tenant, 'The registry is closed; what the tenant still had to publish goes out.');
    const backlog = await registry.outboxBacklog(registration.appRole);
    if (backlog > 0) {
      await this.#tell(tenant, 'Waiting for the relay to publish the tenant’s last events.');
      return { requeueAfterMs: DRAIN_RETRY_MS };
    }
    if (!(await this.#isRead(tenant, registration))) {
      await this.#tell(tenant, 'Waiting for the projector to read the tenant’s last events.');
      return { requeueAfterMs: DRAIN_RETRY_MS };
    }
    await this.#removeAccess(names, registration);
    await this.#closeQueues(tenant, registration);
    await this.#closeCache(tenant, registration);
    await this.#closeFiles(tenant, registration);
    const existing = await registry.tombstone(names.organizationAlias);
    if (existing?.tenantId === registration.tenantId) {
      this.#announce(tenant, existing);
      return this.#finish(tenant);
    }
    const data = await this.#data(names);
    const verdict = await this.#verdict(tenant, data);
    if (verdict.policy !== 'Snapshot' && !(await this.#parts.finalBackups.abandon(names, registration)))
      return { requeueAfterMs: DRAIN_RETRY_MS };
    const backedUp = verdict.policy === 'Snapshot' && data.hasSchema ? await this.#backUp(tenant, names, registration) : undefined;
    if (backedUp?.result !== undefined) return backedUp.result;
    this.#announce(tenant, await this.#retire(tenant, names, registration, { ...data, verdict, backup: backedUp?.backup }));
    return this.#finish(tenant);
  }

  /** Whether the projector has read the topic to where it ended when that was first asked, or has had its time. */
  async #isRead({ metadata }: TenantObject, { tenantId, eventsTopic }: Registration): Promise<boolean> {
    const { kafka } = this.#parts.ports;
    const ends = this.#lastEnds.get(tenantId);
    this.#lastEnds.delete(tenantId);
    if (this.#now().getTime() - Date.parse(metadata.deletionTimestamp ?? '') > LAST_EVENTS_MS) return true;
    const offsets = await kafka.offsets(eventsTopic);
    const read = await kafka.groupOffsets(`${PROJECTOR_GROUPS}${this.#parts.place.cell.name}`, eventsTopic, [...offsets.keys()]);
    // No projector has ever read of it.
    if (read.size === 0) return true;
    const last = ends ?? new Map([...offsets].map(([partition, { end }]) => [partition, end]));
    const isRead = [...offsets].every(([partition, { first }]) => (read.get(partition) ?? first) >= (last.get(partition) ?? 0n));
    if (!isRead) this.#lastEnds.set(tenantId, last);
    return isRead;
  }

  /** Everything by which anybody could still reach the tenant's data. In reverse of how it was made; gone already is fine. */
  async #removeAccess(names: TenantNames, registration: Registration): Promise<void> {
    const { objects, database, kafka, identity } = this.#parts.ports;
    for (const kind of WORKLOAD_KINDS.toReversed()) await objects.removeForGood(kind, names.workload);
    await objects.removeForGood('Secret', names.credentialsSecret);

    for (const { id, clientId, tenantId, enabled, secret = '' } of await foundMachineClients(identity, names))
      if (enabled && tenantId === registration.tenantId)
        await identity.updateMachineClient(id, { clientId, tenantId, secret, enabled: false });
    const organization = await identity.organization({ tenantId: registration.tenantId, id: registration.organizationId });
    if (organization?.enabled === true && organization.tenantId === registration.tenantId)
      await identity.updateOrganization({ ...organization, enabled: false });

    await removeKafkaUsers(kafka, names);

    const roles = await database.roles([names.ownerRole, names.login(1), names.login(2)]);
    if (roles.has(names.ownerRole)) {
      const wanted = tenantGrants(names, this.#parts.place.cell.name, { state: 'Closed', generations: [] });
      const plan = planGrants(wanted, await database.grants(names));
      if (plan.missing.length + plan.extra.length > 0) await database.applyGrants(names, plan);
    }
    const logins = [names.login(1), names.login(2)].filter((login) => roles.has(login));
    if (logins.length > 0) await database.dropRoles(logins);
  }

  /** The logins go; the queues with their messages stay until the purge. Whoever never had any does not wait for RabbitMQ. */
  async #closeQueues({ spec, status }: TenantObject, { tenantId }: Registration): Promise<void> {
    const { queues } = this.#parts.ports;
    if (queues === undefined || (spec.messaging.queues?.length ?? 0) + (status?.messaging?.vhost?.length ?? 0) === 0) return;
    for (const { user } of await queues.logins(tenantKeys(tenantId).queueUsers)) await queues.deleteLogin(user);
  }

  async #data(names: TenantNames): Promise<TenantData> {
    const { database, kafka } = this.#parts.ports;
    const topics = [...(await kafka.topics()).keys()].filter((topic) => topic.startsWith(names.kafkaPrefix)).sort();
    return { hasSchema: (await database.schemaOwner(names.schema)) !== undefined, topics };
  }

  async #verdict(tenant: TenantObject, { hasSchema, topics }: TenantData): Promise<DeletionVerdict> {
    const hasData = hasSchema || topics.length > 0;
    const verdict = deletionVerdict(tenant, { hasData, kindIsGoing: false });
    if (!hasData || verdict.policy === 'Retain') return verdict;
    return deletionVerdict(tenant, { hasData, kindIsGoing: await this.#kindIsGoing() });
  }

  /** Of a CRD that is being deleted the API server takes no new objects, and says so to everybody who asks what it serves. */
  async #kindIsGoing(): Promise<boolean> {
    const served = (await this.#parts.api.getRaw(`/apis/${GROUP}/${VERSION}`)) as { readonly resources?: readonly ServedKind[] };
    return served.resources?.find(({ name }) => name === TENANTS.plural)?.verbs.includes('create') !== true;
  }

  /** The verified backup, or how the pass ends without it. @throws what it failed with, told before. */
  async #backUp(tenant: TenantObject, names: TenantNames, registration: Registration): Promise<BackedUp> {
    const run = this.#parts.finalBackups.ask(names, registration);
    if (run.state === 'done') {
      const { location, rows, bytes } = run.value;
      await this.#tell(tenant, 'The last backup was made and proven by restoring it.', { backedUp: 'True', reason: 'BackedUp' });
      const note = `Last backup, proven by restoring it: ${location} (${rows} rows, ${bytes} bytes).`;
      this.#parts.events.normal(tenant, 'BackedUp', 'Delete', note);
      return { backup: run.value };
    }
    if (run.state === 'running') {
      await this.#tell(tenant, 'The last backup is being made and proven by restoring it.', { backedUp: 'False', reason: 'Progressing' });
      return { result: { requeueAfterMs: BACKUP_RETRY_MS } };
    }
    if (run.state === 'no-bucket') {
      const message = `deletionPolicy is Snapshot and cell ${this.#parts.place.cell.name} has no bucket: set s3 in cells.json and restart the operator, or set spec.deletionPolicy of ${tenant.metadata.name} to Retain. Nothing was removed.`;
      await this.#warn(tenant, 'BackupStoreMissing', message, true);
      return { result: {} };
    }
    if (!isAboutThisProcess(run.error))
      await this.#warn(
        tenant,
        'BackupFailed',
        `The last backup failed and is tried again; until it is made everything is kept. ${wordsOf(run.error)}`,
        false,
      );
    throw run.error;
  }

  async #closeCache({ status }: TenantObject, { tenantId }: Registration): Promise<void> {
    const { cache } = this.#parts.ports;
    if (cache === undefined || status?.workload?.mode !== 'Dedicated') return;
    const { redisUser } = tenantKeys(tenantId);
    if ((await cache.login(redisUser)) !== undefined) await cache.deleteLogin(redisUser);
  }

  async #closeFiles({ status }: TenantObject, { tenantId }: Registration): Promise<void> {
    const { files } = this.#parts.ports;
    if (files === undefined || status?.workload?.mode !== 'Dedicated') return;
    await files.deleteRole(tenantKeys(tenantId).fileRole);
  }

  async #retire(
    tenant: TenantObject,
    names: TenantNames,
    registration: Registration,
    found: TenantData & { readonly verdict: DeletionVerdict; readonly backup: BackupRecord | undefined },
  ): Promise<Tombstone> {
    const { verdict, topics, hasSchema, backup } = found;
    const hasData = topics.length > 0 || hasSchema;
    const now = this.#now();
    const tombstone: Tombstone = {
      tenantId: registration.tenantId,
      slug: names.organizationAlias,
      schemaName: retiredSchema(registration.tenantId),
      policy: verdict.policy,
      confirmedBy: verdict.policy === 'Delete' ? `annotation ${ANNOTATIONS.confirmDelete}` : undefined,
      backup: backup?.location ?? 'none',
      topics,
      organizationId: registration.organizationId,
      client: names.machineClientOf(registration.credentialGeneration),
      requestedAt: now,
      purgeAfter:
        verdict.policy === 'Retain' ? undefined : new Date(now.getTime() + (hasData ? durationMs(tenant.spec.deletionGracePeriod) : 0)),
    };
    await this.#parts.ports.retirement.retire(tombstone, { schema: names.schema, ownerRole: names.ownerRole });
    if (verdict.protectedBy !== undefined) this.#parts.events.warning(tenant, 'DeletionProtected', 'Delete', verdict.protectedBy);
    return tombstone;
  }

  #announce(tenant: TenantObject, { policy, schemaName, topics, purgeAfter, tenantId, backup }: Tombstone): void {
    const kept = `schema ${schemaName}${topics.length === 0 ? '' : ` and topics ${topics.join(', ')}`}`;
    const how = `annotate a Tenant of this name with ${ANNOTATIONS.adopt}=${tenantId}`;
    const note =
      policy === 'Retain'
        ? `Kept: ${kept}, without a purge date. To take them back, ${how}.`
        : `Kept until ${purgeAfter?.toISOString()}: ${kept}. Until then, ${how} to take them back.${backup === 'none' ? '' : ` The backup ${backup} stays.`}`;
    this.#parts.events.normal(tenant, 'Retained', 'Delete', note);
    if (purgeAfter !== undefined) this.#parts.purgeSoon();
  }

  async #finish(tenant: TenantObject): Promise<undefined> {
    await this.#parts.effects.perform('kubernetes: remove finalizer', () => removeFinalizer(this.#parts.api, TENANTS, tenant, FINALIZER));
    return undefined;
  }

  /** A warning is told as an event when it is new, not on every try. */
  async #warn(tenant: TenantObject, reason: 'BackupFailed' | 'BackupStoreMissing', message: string, stalled: boolean): Promise<void> {
    const before = reasonOf(tenant);
    await this.#tell(tenant, message, { backedUp: 'False', reason, stalled });
    if (before !== reason) this.#parts.events.warning(tenant, reason, 'Delete', message);
  }

  /** Ready says Deleting and why it has not ended yet. A status that cannot be written must not hold the deletion up. */
  async #tell(tenant: TenantObject, message: string, backup?: BackupWord): Promise<void> {
    this.#parts.assertLeading();
    const isTrouble = backup?.reason === 'BackupFailed' || backup?.reason === 'BackupStoreMissing';
    const stalled = backup?.stalled ?? false;
    const reason = isTrouble ? backup.reason : 'Deleting';
    const summary = { ready: { status: 'False', reason, message }, reconciling: !stalled, stalled } as const;
    const results = backup === undefined ? [] : [backupResult(backup, message)];
    const status = nextStatus(tenant, this.#now(), { summary, results, facts: factsBefore(tenant) });
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

/** What a tenant leaves behind. */
interface TenantData {
  readonly hasSchema: boolean;
  readonly topics: readonly string[];
}

type BackedUp = { readonly backup: BackupRecord; readonly result?: never } | { readonly result: ReconcileResult; readonly backup?: never };

/** A kind as discovery lists it. */
interface ServedKind {
  readonly name: string;
  readonly verbs: readonly string[];
}

/** How the final backup stands, for the condition BackedUp. */
interface BackupWord {
  readonly backedUp: 'True' | 'False';
  readonly reason: Reason;
  readonly stalled?: boolean;
}

function backupResult({ backedUp, reason, stalled }: BackupWord, message: string): StepResult {
  const state = backedUp === 'True' ? 'Done' : reason === 'Progressing' ? 'Waiting' : stalled ? 'Blocked' : 'Failed';
  return { name: 'backup', condition: 'BackedUp', state, status: backedUp, reason, message };
}

function reasonOf(tenant: TenantObject): string | undefined {
  return tenant.status?.conditions?.find(({ type }) => type === 'Ready')?.reason;
}

/** A pass before this one has said that the Tenant is being deleted: what it said last stands until there is more to say. */
function isTold(tenant: TenantObject): boolean {
  return ['Deleting', 'BackupFailed', 'BackupStoreMissing'].includes(reasonOf(tenant) ?? '');
}
