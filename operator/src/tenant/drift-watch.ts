import { createHash } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import {
  sharedEventsTopic,
  type TenantKeys,
  type TenantNames,
  tenantKeys,
  tenantNames,
  tenantOfKafkaUser,
  tenantOfMachineClient,
} from '@tenantry/contracts';
import type { ControlLog } from '../control/control-log.ts';
import { fileRolesPath } from '../iam/file-role.ts';
import type { Ports } from './tenant-pass.ts';

/** What the drift watch is made of. */
export interface DriftWatchParts {
  readonly ports: Pick<Ports, 'database' | 'kafka' | 'queues' | 'cache' | 'files' | 'identity' | 'registry'>;
  readonly cell: string;
  readonly intervalMs: number;
  readonly log: ControlLog;
  /** Names of the tenants this operator handles. */
  readonly tenants: () => readonly string[];
  /** By which the stores that are keyed so know a tenant; undefined before it has one. */
  readonly tenantId: (slug: string) => string | undefined;
  /** Whether its events are on the topic that several tenants share. */
  readonly sharesTopic: (slug: string) => boolean;
  /** Something of this tenant is not as it was at the last look; not `isKnown`: or it was looked at for the first time, or could not be. */
  readonly changed: (slug: string, isKnown: boolean) => void;
  /** How long a look at one store took. */
  readonly looked?: (store: string, seconds: number) => void;
}

/** What one store shows of every tenant, to be hashed and compared: slug → everything seen. */
type Look = (slugs: readonly string[]) => Promise<ReadonlyMap<string, unknown>>;

const TENANTS_AT_A_TIME = 100;
/** The hash of a store that shows nothing of a tenant. */
const NOTHING = hashOf(null);

/**
 * The watch of the stores that have none: from time to time one bulk look per store (not one per tenant), hashed per tenant; a tenant whose
 * hash moved gets a pass. What the operator itself changed moves it too: that pass finds everything as wanted and writes nothing.
 */
export class DriftWatch {
  readonly #parts: DriftWatchParts;
  readonly #last = new Map<string, string>();
  /** Looks in a row that failed, by store. */
  readonly #failures = new Map<string, number>();

  constructor(parts: DriftWatchParts) {
    this.#parts = parts;
  }

  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.look();
      await pause(this.#parts.intervalMs, undefined, { signal }).catch(() => {});
    }
  }

  /** One look at all stores. A store that cannot be looked at twice in a row makes every tenant look for itself. */
  async look(): Promise<void> {
    const slugs = this.#parts.tenants();
    if (slugs.length === 0) return;
    const changed = new Map<string, boolean>();
    const change = (slug: string, isKnown: boolean): unknown => changed.set(slug, isKnown || changed.get(slug) === true);
    const stores: Record<string, Look> = {
      postgres: this.#postgres,
      kafka: this.#kafka,
      queues: this.#queues,
      cache: this.#cache,
      files: this.#files,
      identity: this.#identity,
    };
    await Promise.all(
      Object.entries(stores).map(async ([store, look]) => {
        const started = performance.now();
        try {
          const seen = await look(slugs);
          this.#parts.looked?.(store, (performance.now() - started) / 1000);
          this.#failures.delete(store);
          for (const slug of slugs) {
            const hash = hashOf(seen.get(slug) ?? null);
            const key = `${store} ${slug}`;
            const last = this.#last.get(key);
            if (last !== hash) change(slug, last !== undefined);
            this.#last.set(key, hash);
          }
        } catch (error) {
          const failures = (this.#failures.get(store) ?? 0) + 1;
          this.#failures.set(store, failures);
          this.#parts.log.warn({ err: error, store, failures }, 'Drift check could not look');
          // Once may be a hiccup. Then every tenant that has something there gets a pass, so that none says Ready of what nobody can see.
          if (failures === 2) for (const slug of slugs) if (this.#last.get(`${store} ${slug}`) !== NOTHING) change(slug, false);
        }
      }),
    );
    for (const [slug, isKnown] of changed) this.#parts.changed(slug, isKnown);
  }

  /** Some tenants after the other, and of each only the hash is kept: a thousand tenants have seventy thousand grants. */
  readonly #postgres: Look = async (slugs) => {
    const { database, registry } = this.#parts.ports;
    const rows = await registry.registrations();
    const found = new Map<string, string>();
    for (let first = 0; first < slugs.length; first += TENANTS_AT_A_TIME) {
      const some = slugs.slice(first, first + TENANTS_AT_A_TIME).map((slug) => tenantNames(slug, this.#parts.cell));
      const [roles, schemas] = await Promise.all([database.roles(some.flatMap(rolesOf)), database.schemas(some)]);
      for (const names of some) {
        const slug = names.organizationAlias;
        const own = rolesOf(names).map((role) => roles.get(role) ?? null);
        found.set(slug, hashOf([own, schemas.get(names.schema) ?? null, rows.get(slug) ?? null]));
      }
    }
    return found;
  };

  readonly #kafka: Look = async (slugs) => {
    const { kafka } = this.#parts.ports;
    const [topics, access, marks, quotas] = await Promise.all([kafka.topics(), kafka.access(), kafka.loginMarks(), kafka.quotas()]);
    const sorted = [...topics.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
    // Users of whatever generation, those that should have ended as well.
    const found = [...access.map((entry) => [entry.user, entry] as const), ...marks, ...quotas];
    // A tenant's prefix ends with the first dot.
    const topicsOf = Map.groupBy(sorted, ({ name }) => name.slice(0, name.indexOf('.') + 1));
    const ofTenant = Map.groupBy(found, ([user]) => tenantOfKafkaUser(user));
    const shared = topics.get(sharedEventsTopic(this.#parts.cell));
    return new Map(
      slugs.map((slug) => {
        const { kafkaPrefix } = tenantNames(slug, this.#parts.cell);
        const own = [...(topicsOf.get(kafkaPrefix) ?? []), ...(this.#parts.sharesTopic(slug) ? [shared ?? null] : [])];
        return [slug, [own, (ofTenant.get(slug) ?? []).map((each) => JSON.stringify(each)).sort()]];
      }),
    );
  };

  /** Nothing of a tenant that has nothing there: it need not care when the store is away. */
  readonly #queues: Look = async (slugs) => {
    const seen = await this.#parts.ports.queues?.everything('t.');
    const found = new Map<string, unknown>();
    for (const slug of slugs) {
      const tenantId = this.#parts.tenantId(slug);
      if (seen === undefined || tenantId === undefined) continue;
      const { vhost, queueUsers } = tenantKeys(tenantId);
      const own = [seen.vhosts.get(vhost) ?? null, ...queueUsers.map((user) => seen.users.get(user) ?? null)];
      if (own.some((each) => each !== null)) found.set(slug, own);
    }
    return found;
  };

  readonly #cache: Look = async (slugs) =>
    this.#keyed(slugs, await this.#parts.ports.cache?.everything('t:'), ({ redisUser }) => redisUser);

  readonly #files: Look = async (slugs) =>
    this.#keyed(slugs, await this.#parts.ports.files?.everything(fileRolesPath(this.#parts.cell)), ({ fileRole }) => fileRole);

  /** What a store that is keyed by tenantId shows of each tenant that has something there. */
  #keyed(slugs: readonly string[], seen: ReadonlyMap<string, unknown> | undefined, keyOf: (keys: TenantKeys) => string) {
    const found = new Map<string, unknown>();
    for (const slug of slugs) {
      const tenantId = this.#parts.tenantId(slug);
      const own = tenantId === undefined ? undefined : seen?.get(keyOf(tenantKeys(tenantId)));
      if (own !== undefined) found.set(slug, own);
    }
    return found;
  }

  readonly #identity: Look = async (slugs) => {
    const { identity } = this.#parts.ports;
    const [organizations, clients] = await Promise.all([identity.organizations(), identity.machineClients()]);
    const byAlias = new Map(organizations.map((organization) => [organization.alias, organization]));
    const clientsOf = Map.groupBy(clients, ({ clientId }) => tenantOfMachineClient(clientId));
    return new Map(
      slugs.map((slug) => {
        const { organizationAlias } = tenantNames(slug, this.#parts.cell);
        return [slug, [byAlias.get(organizationAlias), clientsOf.get(slug) ?? []]];
      }),
    );
  };
}

function rolesOf(names: TenantNames): string[] {
  return [names.ownerRole, names.appRole, names.readOnlyRole, names.login(1), names.login(2)];
}

function hashOf(seen: unknown): string {
  return createHash('sha256').update(JSON.stringify(seen)).digest('base64');
}
