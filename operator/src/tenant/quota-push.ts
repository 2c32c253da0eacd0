import { TenantClassSpec, type TenantQuotas } from '@tenantry/contracts';
import type { Logger } from 'pino';
import type { TenantClassObject, TenantObject } from '../kubernetes/resources.ts';
import type { Registry } from '../postgres/port.ts';

interface QuotaPushParts {
  readonly registry: Pick<Registry, 'giveQuotas'>;
  readonly classes: { readonly get: (name: string) => TenantClassObject | undefined };
  readonly tenants: { readonly list: () => readonly TenantObject[] };
  readonly isLeading: () => boolean;
  readonly log: Logger;
}

/**
 * Takes a class's changed quotas to the registry at once, in one statement for all its tenants: the pass each of them gets as well looks at
 * every store first, and 500 passes are minutes. A shortcut, not the truth: whatever goes wrong here, the passes put right.
 */
export class QuotaPush {
  readonly #parts: QuotaPushParts;
  /** Quotas of each class as last seen. */
  readonly #seen = new Map<string, string>();

  constructor(parts: QuotaPushParts) {
    this.#parts = parts;
  }

  /** To be called for every change of a class, also its first sight. Never rejects. */
  async classChanged(name: string): Promise<void> {
    const { classes, tenants, registry, isLeading, log } = this.#parts;
    const found = classes.get(name);
    const quotas = found === undefined ? undefined : TenantClassSpec.safeParse(found.spec).data?.quotas;
    const before = this.#seen.get(name);
    if (quotas === undefined) return;
    const now = textOf(quotas);
    this.#seen.set(name, now);
    // At first sight (the start of the process) the tenants' own passes are under way.
    if (before === undefined || before === now || !isLeading()) return;
    const slugs = tenants
      .list()
      .filter(({ spec, metadata }) => spec.classRef.name === name && !spec.paused && metadata.deletionTimestamp === undefined)
      .map(({ metadata }) => metadata.name);
    if (slugs.length === 0) return;
    try {
      const given = await registry.giveQuotas(name, quotas, slugs);
      log.info({ tenantClass: name, tenants: given }, 'Quotas of a class reached the registry');
    } catch (error) {
      log.warn(
        { err: error, tenantClass: name },
        'Quotas of a class did not reach the registry at once; each tenant’s pass takes them there',
      );
    }
  }
}

const textOf = (quotas: TenantQuotas): string => JSON.stringify(Object.entries(quotas).sort(([a], [b]) => (a < b ? -1 : 1)));
