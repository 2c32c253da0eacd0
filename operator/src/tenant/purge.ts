import { GROUP, tenantNames, VERSION } from '@tenantry/contracts';
import type { ControlLog } from '../control/control-log.ts';
import type { Tombstone } from '../postgres/port.ts';
import { roleComment } from './role-comment.ts';
import type { TenantEvents } from './tenant-events.ts';
import type { Place, Ports } from './tenant-pass.ts';

/** Looked for at least this often, however far the next known date is. */
const LOOK_EVERY_MS = 60_000;
const RETRY_MS = 5000;

/** What the purge is made of. */
export interface PurgeParts {
  readonly ports: Pick<Ports, 'retirement' | 'kafka' | 'identity' | 'database'>;
  readonly place: Place;
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
          // Busy in other hands: look again when they will have ended.
          if (!(await retirement.purgeAlone(tombstone.tenantId, () => this.purge(tombstone)))) soonestMs = RETRY_MS;
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

    const topics = [...(await ports.kafka.topics()).keys()].filter((topic) => topic.startsWith(names.kafkaPrefix));
    for (const topic of topics) await ports.kafka.deleteTopic(topic);
    const entries = await ports.kafka.access(names.kafkaUser);
    if (entries.length > 0) await ports.kafka.revoke(entries);
    if ((await ports.kafka.loginMarks(names.kafkaUser)).has(names.kafkaUser)) await ports.kafka.deleteLogin(names.kafkaUser);
    const groups = await ports.kafka.groups(names.kafkaPrefix);
    if (groups.length > 0) await ports.kafka.deleteGroups(groups);

    const client = await ports.identity.machineClient(names.machineClientId);
    if (client !== undefined && client.tenantId === tenantId) await ports.identity.deleteMachineClient(client.id);
    for (const { id } of await ports.identity.clientsMadeFor(tenantId)) await ports.identity.deleteMachineClient(id);
    const organization = await ports.identity.organization({ tenantId, id: tombstone.organizationId });
    if (organization !== undefined && organization.tenantId === tenantId) await ports.identity.deleteOrganization(organization.id);

    const { tables } = await ports.retirement.dropSchema(tombstone.schemaName, names.ownerRole);
    const roles = await ports.database.roles([names.login(1), names.login(2), names.appRole, names.readOnlyRole, names.ownerRole]);
    const ours = [...roles.values()].filter(({ comment }) => comment?.startsWith(roleComment(tenantId))).map(({ name }) => name);
    if (ours.length > 0) await ports.database.dropRoles(ours);

    // What a first, killed try removed is in the tombstone's own lists; the receipt names both.
    const receipt = {
      topics: [...new Set([...tombstone.topics, ...topics])].sort(),
      schema: tombstone.schemaName,
      tablesInLastRun: tables,
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
      `Nothing of tenant ${tenantId} is left but its receipt: topics, schema, roles, organization and client are gone.`,
    );
    freed(slug);
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
