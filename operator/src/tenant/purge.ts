import { GROUP, tenantKeys, tenantNames, VERSION } from '@tenantry/contracts';
import { BackupDamaged } from '../backup/backup-manifest.ts';
import type { ControlLog } from '../control/control-log.ts';
import type { Tombstone } from '../postgres/port.ts';
import { archivePrefix, tenantPrefix } from '../s3/port.ts';
import type { FinalBackups } from './final-backup.ts';
import { removeKafkaUsers } from './found-kafka-users.ts';
import { foundMachineClients } from './found-machine-clients.ts';
import { roleComment } from './role-comment.ts';
import { isAboutThisProcess } from './run-steps.ts';
import type { TenantEvents } from './tenant-events.ts';
import type { Place, Ports } from './tenant-pass.ts';

/** Looked for at least this often, however far the next known date is. */
const LOOK_EVERY_MS = 60_000;
const RETRY_MS = 5000;

/** What the purge is made of. */
export interface PurgeParts {
  readonly ports: Pick<Ports, 'retirement' | 'kafka' | 'queues' | 'cache' | 'files' | 'identity' | 'bucket' | 'database'>;
  readonly place: Place;
  readonly finalBackups: Pick<FinalBackups, 'requireStillThere'>;
  readonly events: TenantEvents;
  readonly log: ControlLog;
  /** A name is free again: a Tenant that waits for it can go on. */
  readonly freed: (slug: string) => void;
}

/**
 * Ends what tombstones say must end. Needs no Tenant object: the tombstone names everything. Each removal counts "already gone" as done and
 * touches only what still carries this tenantId, so a purge may be killed anywhere and run again.
 */
export class Purge {
  readonly #parts: PurgeParts;
  #wake: () => void = () => {};
  #asked = false;

  constructor(parts: PurgeParts) {
    this.#parts = parts;
  }

  /** A tombstone with a purge date was just written: look again at which is next. */
  soon(): void {
    this.#asked = true;
    this.#wake();
  }

  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      let pauseMs = LOOK_EVERY_MS;
      this.#asked = false;
      try {
        const { retirement } = this.#parts.ports;
        let soonestMs = 0;
        for (const tombstone of await retirement.due(new Date())) {
          if (signal.aborted) return;
          // Busy in other hands, or failed: look again then. One that fails holds no other up.
          if (!(await this.#purgeOne(tombstone, signal))) soonestMs = RETRY_MS;
        }
        const next = await retirement.nextDue();
        if (next !== undefined) pauseMs = Math.min(pauseMs, Math.max(soonestMs, next.getTime() - Date.now()));
      } catch (error) {
        if (signal.aborted) return;
        // Another process leads: ending this one is the caller's part.
        if (error instanceof Error && error.name === 'FencedError') throw error;
        this.#parts.log.error({ err: error }, 'Purge failed and will be tried again');
        pauseMs = RETRY_MS;
      }
      if (!this.#asked) await this.#pause(pauseMs, signal);
    }
  }

  /** One tombstone, to the end. */
  async purge(tombstone: Tombstone): Promise<void> {
    const { ports, place, events, log, freed } = this.#parts;
    const { tenantId, slug } = tombstone;
    const names = tenantNames(slug, place.cell.name);
    if (!(await ports.retirement.purgeHasBegun(tenantId))) {
      // The copy is looked for before the original goes.
      if (tombstone.policy === 'Snapshot' && tombstone.backup !== 'none') await this.#parts.finalBackups.requireStillThere(tombstone);
      if (!(await ports.retirement.beginPurge(tenantId))) return;
    }

    const topics = [...(await ports.kafka.topics()).keys()].filter((topic) => topic.startsWith(names.kafkaPrefix));
    for (const topic of topics) await ports.kafka.deleteTopic(topic);
    await removeKafkaUsers(ports.kafka, names);
    const groups = await ports.kafka.groups(names.kafkaPrefix);
    if (groups.length > 0) await ports.kafka.deleteGroups(groups);

    const { vhost, queueUsers, redisUser, fileRole } = tenantKeys(tenantId);
    await ports.files?.deleteRole(fileRole);
    if ((await ports.cache?.login(redisUser)) !== undefined) await ports.cache?.deleteLogin(redisUser);
    const hadQueues = (await ports.queues?.vhost(vhost)) !== undefined;
    if (hadQueues) await ports.queues?.deleteVhost(vhost);
    for (const { user } of (await ports.queues?.logins(queueUsers)) ?? []) await ports.queues?.deleteLogin(user);

    for (const client of await foundMachineClients(ports.identity, names))
      if (client.tenantId === tenantId) await ports.identity.deleteMachineClient(client.id);
    for (const { id } of await ports.identity.clientsMadeFor(tenantId)) await ports.identity.deleteMachineClient(id);
    const organization = await ports.identity.organization({ tenantId, id: tombstone.organizationId });
    if (organization !== undefined && organization.tenantId === tenantId) await ports.identity.deleteOrganization(organization.id);

    // Files the API stored for the tenant. Backups lie elsewhere and stay.
    await ports.bucket?.removeUnder(tenantPrefix(tenantId));
    // A backup has what was in the database; what had moved to the archive before belongs to it, and stays with it.
    if (tombstone.backup === 'none') await ports.bucket?.removeUnder(archivePrefix(tenantId));
    await ports.retirement.dropSchema(tombstone, names.ownerRole);
    const roles = await ports.database.roles([names.login(1), names.login(2), names.appRole, names.readOnlyRole, names.ownerRole]);
    const ours = [...roles.values()].filter(({ comment }) => comment?.startsWith(roleComment(tenantId))).map(({ name }) => name);
    if (ours.length > 0) await ports.database.dropRoles(ours);

    // What a first, killed try removed is in the tombstone's own lists; the receipt names both.
    const receipt = {
      topics: [...new Set([...tombstone.topics, ...topics])].sort(),
      schema: tombstone.schemaName,
      vhostInLastRun: hadQueues ? vhost : null,
      files: ports.bucket?.url(tenantPrefix(tenantId)) ?? null,
      // Still there when a backup is.
      archives: ports.bucket?.url(archivePrefix(tenantId)) ?? null,
      backup: tombstone.backup,
      organization: tombstone.organizationId ?? null,
      client: tombstone.client ?? null,
      finishedAt: new Date().toISOString(),
    };
    await ports.retirement.finish(tenantId, receipt);
    log.info({ tenant: slug, tenantId }, 'Purged');
    const regarding = { apiVersion: `${GROUP}/${VERSION}`, kind: 'Tenant', metadata: { name: slug } };
    events.normal(
      regarding,
      'Purged',
      'Purge',
      `Nothing of tenant ${tenantId} is left but its receipt: topics, queues, schema, roles, organization and client are gone.`,
    );
    freed(slug);
  }

  async #purgeOne(tombstone: Tombstone, signal: AbortSignal): Promise<boolean> {
    const { ports, log, events } = this.#parts;
    try {
      return await ports.retirement.purgeAlone(tombstone.tenantId, () => this.purge(tombstone));
    } catch (error) {
      if (signal.aborted || isAboutThisProcess(error)) throw error;
      log.error({ err: error, tenant: tombstone.slug, tenantId: tombstone.tenantId }, 'Purge failed and will be tried again');
      if (error instanceof BackupDamaged)
        events.warning(
          { apiVersion: `${GROUP}/${VERSION}`, kind: 'Tenant', metadata: { name: tombstone.slug } },
          'BackupFailed',
          'Purge',
          `Nothing is purged, because the backup is not as it was: ${error.message}`,
        );
      return false;
    }
  }

  async #pause(ms: number, signal: AbortSignal): Promise<void> {
    // An abort that came before the listener would never be heard.
    if (signal.aborted) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      const end = (): void => {
        clearTimeout(timer);
        resolve();
      };
      this.#wake = end;
      signal.addEventListener('abort', end, { once: true });
    });
  }
}
