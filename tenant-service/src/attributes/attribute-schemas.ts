import type { ProblemPlace } from '@tenantry/contracts';
import { LRUCache } from 'lru-cache';
import { brokenUnique } from '../postgres/sql-errors.ts';
import { TenantStatement } from '../postgres/statement.ts';
import { Problem } from '../problem.ts';
import type { Log } from '../telemetry/log.ts';
import type { Door } from '../tenancy/doors.ts';
import type { Tenant } from '../tenancy/tenant.ts';
import { AttributeIndexer } from './attribute-indexer.ts';
import { AttributeCompiler, type AttributeRules, type Attributes, NO_RULES } from './attribute-rules.ts';
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

/** A version somebody wants to set. */
export interface NewAttributeSchema {
  readonly schema: AttributeSchema;
  /** The version it was made from. */
  readonly from: number;
  readonly at: Date;
  readonly actor: string;
  readonly traceId: string;
  /** No customer from before has to be indexed for it. */
  readonly isIndexed: boolean;
}

/** $1 version it was made from · $2 schema · $3 time · $4 actor · $5 trace id · $6 no index to be made. */
const SET = new TenantStatement(
  'attribute_schema_set',
  `insert into {schema}.attribute_schemas (version, schema, created_at, created_by, trace_id, indexed_at)
   select $1::int + 1, $2::json, $3::timestamptz, $4, $5, case when $6::boolean then $3::timestamptz end
   where ${RULES_VERSION} = $1::int returning version`,
);

/** $1 last id of the page before. */
const ATTRIBUTES_PAGE = new TenantStatement(
  'attributes_page',
  'select id, attributes from {schema}.customers where deleted_at is null and id > $1::uuid order by id limit 1000',
);

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

  readonly #indexer: AttributeIndexer;

  /** `log` hears of indexes being made. */
  constructor(door: Door, log?: Log) {
    this.#door = door;
    this.#indexer = new AttributeIndexer(door, log);
  }

  /**
   * Runs a write with the rules as known; again with those in force when it says {@link RulesChanged}. A refusal counts only under the rules
   * in force as well: a replica whose schema is old would otherwise refuse what is right, and never learn.
   */
  async checked<T>(tenant: Tenant, write: (rules: AttributeRules) => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt += 1) {
      const rules = this.#known.get(tenant.tenantId)?.rules ?? NO_RULES;
      try {
        return await write(rules);
      } catch (error) {
        // A tenant that sets schemas faster than we can read them is not worth more than this.
        if (attempt === 5) throw error;
        if (error instanceof RulesChanged) await this.#load(tenant);
        else if (!isRefusal(error) || (await this.areCurrent(tenant, rules))) throw error;
      }
    }
  }

  /** False when another schema is in force, which is known from then on. Nothing is asked for a tenant that has none: it refuses nothing. */
  async areCurrent(tenant: Tenant, rules: AttributeRules): Promise<boolean> {
    return rules === NO_RULES || (await this.#read(tenant)).rules.version === rules.version;
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

  /** False when another version is in force than the one it was made from; also when two set one at once. */
  async set(tenant: Tenant, { schema, from, at, actor, traceId, isIndexed }: NewAttributeSchema): Promise<boolean> {
    try {
      const values = [from, JSON.stringify(schema), at, actor, traceId, isIndexed];
      return (await this.#door.write(tenant, (tx) => tx.run(SET, values))).length === 1;
    } catch (error) {
      if (brokenUnique(error) === undefined) throw error;
      return false;
    }
  }

  /** Customers that do not fit the rules, at most `limit`, and what is wrong with each. */
  async misfits(tenant: Tenant, rules: AttributeRules, limit: number): Promise<{ readonly id: string; readonly errors: ProblemPlace[] }[]> {
    const found: { id: string; errors: ProblemPlace[] }[] = [];
    for (let after: string | undefined = '00000000-0000-0000-0000-000000000000'; after !== undefined && found.length < limit; ) {
      const last: string = after;
      const rows = (await this.#door.read(tenant, (tx) => tx.run(ATTRIBUTES_PAGE, [last]))) as { id: string; attributes: Attributes }[];
      for (const { id, attributes } of rows) {
        const errors = rules.mistakes(attributes);
        if (errors.length > 0 && found.length < limit) found.push({ id, errors });
      }
      after = rows.at(-1)?.id;
    }
    return found;
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
    if (stored.indexedAt === null && rules.indexable.size > 0) this.#indexer.begin(tenant, rules.version, [...rules.indexable.keys()]);
    // A read that began earlier may end later.
    if (before === undefined || before.rules.version <= rules.version) this.#known.set(tenant.tenantId, known);
    return known;
  }
}

const isRefusal = (error: unknown): boolean => error instanceof Problem && error.code === 'invalid-request';
