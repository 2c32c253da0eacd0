import { createHash } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { tenantNames } from '@tenantry/contracts';
import type { ControlLog } from '../control/control-log.ts';
import type { Ports } from './tenant-pass.ts';

/** What the drift watch is made of. */
export interface DriftWatchParts {
  readonly ports: Pick<Ports, 'database' | 'kafka' | 'identity' | 'registry'>;
  readonly cell: string;
  readonly intervalMs: number;
  readonly log: ControlLog;
  /** Names of the tenants this operator handles. */
  readonly tenants: () => readonly string[];
  /** Something of this tenant is not as it was at the last look. */
  readonly changed: (slug: string) => void;
}

/** What one store shows of every tenant, as text to compare: slug → everything seen. */
type Look = (slugs: readonly string[]) => Promise<ReadonlyMap<string, unknown>>;

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
    const changed = new Set<string>();
    const stores: Record<string, Look> = { postgres: this.#postgres, kafka: this.#kafka, identity: this.#identity };
    await Promise.all(
      Object.entries(stores).map(async ([store, look]) => {
        try {
          const seen = await look(slugs);
          this.#failures.delete(store);
          for (const slug of slugs) {
            const hash = createHash('sha256')
              .update(JSON.stringify(seen.get(slug) ?? null))
              .digest('base64');
            const key = `${store} ${slug}`;
            if (this.#last.get(key) !== hash) changed.add(slug);
            this.#last.set(key, hash);
          }
        } catch (error) {
          const failures = (this.#failures.get(store) ?? 0) + 1;
          this.#failures.set(store, failures);
          this.#parts.log.warn({ err: error, store, failures }, 'Drift check could not look');
          // Once may be a hiccup. Then every tenant gets a pass, so that none says Ready of a store nobody can see.
          if (failures === 2) for (const slug of slugs) changed.add(slug);
        }
      }),
    );
    for (const slug of changed) this.#parts.changed(slug);
  }

  readonly #postgres: Look = async (slugs) => {
    const { database, registry } = this.#parts.ports;
    const all = slugs.map((slug) => tenantNames(slug, this.#parts.cell));
    const roleNames = all.flatMap((names) => [names.ownerRole, names.appRole, names.readOnlyRole, names.login(1), names.login(2)]);
    const [roles, schemas, rows] = await Promise.all([database.roles(roleNames), database.schemas(all), registry.registrations()]);
    return new Map(
      all.map((names) => [
        names.organizationAlias,
        [
          [names.ownerRole, names.appRole, names.readOnlyRole, names.login(1), names.login(2)].map((role) => roles.get(role) ?? null),
          schemas.get(names.schema) ?? null,
          rows.get(names.organizationAlias) ?? null,
        ],
      ]),
    );
  };

  readonly #kafka: Look = async (slugs) => {
    const { kafka } = this.#parts.ports;
    const [topics, access, marks] = await Promise.all([kafka.topics(), kafka.access(), kafka.loginMarks()]);
    const sorted = [...topics.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
    const entries = access.map((entry) => JSON.stringify(entry)).sort();
    return new Map(
      slugs.map((slug) => {
        const { kafkaPrefix, kafkaUser } = tenantNames(slug, this.#parts.cell);
        const own = sorted.filter(({ name }) => name.startsWith(kafkaPrefix));
        return [slug, [own, entries.filter((entry) => entry.includes(`"${kafkaUser}"`)), marks.get(kafkaUser) ?? null]];
      }),
    );
  };

  readonly #identity: Look = async (slugs) => {
    const { identity } = this.#parts.ports;
    const [organizations, clients] = await Promise.all([identity.organizations(), identity.machineClients()]);
    return new Map(
      slugs.map((slug) => {
        const { organizationAlias, machineClientId } = tenantNames(slug, this.#parts.cell);
        return [
          slug,
          [organizations.find(({ alias }) => alias === organizationAlias), clients.find(({ clientId }) => clientId === machineClientId)],
        ];
      }),
    );
  };
}
