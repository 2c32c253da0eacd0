import { LRUCache } from 'lru-cache';
import { TenantStatement } from '../postgres/statement.ts';
import type { Door } from '../tenancy/doors.ts';
import type { Tenant } from '../tenancy/tenant.ts';
import { AttributeCompiler, type AttributeRules, NO_RULES } from './attribute-rules.ts';
import type { AttributeSchema } from './attribute-schema-limits.ts';

/** One version of a tenant's schema as stored. */
export interface StoredAttributeSchema {
  readonly version: number;
  readonly schema: AttributeSchema;
  readonly createdAt: Date | null;
  readonly createdBy: string | null;
  /** When every customer could be found by its indexable attributes; null while that is being made. */
  readonly indexedAt: Date | null;
}

/** The tenant's schema is another than the one a write was checked against; nothing was written. */
export class RulesChanged extends Error {
  override readonly name = 'RulesChanged';
}

/**
 * A scalar SQL expression: version of the schema in force. A statement that writes attributes compares it with the version they were checked
 * against, so a schema set through another replica is noticed without asking first.
 */
export const RULES_VERSION = '(select coalesce(max(version), 1) from {schema}.attribute_schemas)';

/** Tenants whose compiled schema is kept; the others' are compiled again when they come back. */
const KEPT = 500;
/** For readers, which have no statement that notices. */
const FRESH_FOR_MS = 5000;

interface Known {
  readonly rules: AttributeRules;
  readonly stored: StoredAttributeSchema;
  readonly readAt: number;
}

const FIND = new TenantStatement(
  'attribute_schema',
  `select version, schema, created_at as "createdAt", created_by as "createdBy", indexed_at as "indexedAt"
   from {schema}.attribute_schemas order by version desc limit 1`,
);

/**
 * What tenants have said their attributes must be. A tenant nobody has asked about is taken to have no schema: the write that was checked
 * wrongly says so ({@link RulesChanged}), the schema is read, and the write is made again. So tenants without a schema never pay for one.
 */
export class AttributeSchemas {
  readonly compiler = new AttributeCompiler();
  readonly #door: Door;
  readonly #known = new LRUCache<string, Known>({ max: KEPT });
  readonly #loads = new Map<string, Promise<Known>>();

  constructor(door: Door) {
    this.#door = door;
  }

  /** Runs a write with the rules as known; again with those in force when it says {@link RulesChanged}. */
  async checked<T>(tenant: Tenant, write: (rules: AttributeRules) => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await write(this.#known.get(tenant.tenantId)?.rules ?? NO_RULES);
      } catch (error) {
        // A tenant that sets schemas faster than we can read them is not worth more than this.
        if (!(error instanceof RulesChanged) || attempt === 5) throw error;
        await this.#load(tenant);
      }
    }
  }

  /** What is stored now. */
  async stored(tenant: Tenant): Promise<StoredAttributeSchema> {
    return (await this.#read(tenant)).stored;
  }

  /** The rules in force now. */
  async current(tenant: Tenant): Promise<AttributeRules> {
    return (await this.#read(tenant)).rules;
  }

  /** Name → type of the attributes a list may be filtered by with an index; up to 5 s old, and empty until the index is complete. */
  async indexable(tenant: Tenant): Promise<AttributeRules['indexable']> {
    const known = this.#known.get(tenant.tenantId);
    const { rules, stored } = known !== undefined && Date.now() - known.readAt < FRESH_FOR_MS ? known : await this.#load(tenant);
    return stored.indexedAt === null ? NO_RULES.indexable : rules.indexable;
  }

  /** Many that ask at once share one read. */
  #load(tenant: Tenant): Promise<Known> {
    const running = this.#loads.get(tenant.tenantId);
    if (running !== undefined) return running;
    const load = this.#read(tenant).finally(() => this.#loads.delete(tenant.tenantId));
    this.#loads.set(tenant.tenantId, load);
    return load;
  }

  async #read(tenant: Tenant): Promise<Known> {
    const [row] = (await this.#door.read(tenant, (tx) => tx.run(FIND, []))) as unknown as StoredAttributeSchema[];
    const stored = row ?? { version: 1, schema: {}, createdAt: null, createdBy: null, indexedAt: null };
    const before = this.#known.get(tenant.tenantId);
    const rules =
      row === undefined ? NO_RULES : before?.rules.version === row.version ? before.rules : this.compiler.compile(row.version, row.schema);
    const known = { rules, stored, readAt: Date.now() };
    // A read that began earlier may end later.
    if (before === undefined || before.rules.version <= rules.version) this.#known.set(tenant.tenantId, known);
    return known;
  }
}
