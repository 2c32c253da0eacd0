import { EVENT_SCHEMAS_MAX } from '@tenantry/contracts';
import { LRUCache } from 'lru-cache';
import type { AttributeCompiler, AttributeRules, Attributes } from '../../attributes/attribute-rules.ts';
import { Problem } from '../../problem.ts';
import type { Door } from '../../tenancy/doors.ts';
import type { Tenant } from '../../tenancy/tenant.ts';
import { FIND_EVENT_SCHEMA, LIST_EVENT_SCHEMAS, REMOVE_EVENT_SCHEMA, SET_EVENT_SCHEMA } from './event-statements.ts';

/** A schema as stored. */
export interface StoredEventSchema {
  readonly type: string;
  readonly version: number;
  readonly schema: Record<string, unknown>;
  readonly updatedAt: Date;
  readonly updatedBy: string;
}

/** Who says so. */
interface Author {
  readonly actor: string;
  readonly traceId: string;
}

/** Version of the row, also of one that was taken away; 0 before there was one. */
interface Known {
  readonly version: number;
  readonly rules: AttributeRules | undefined;
}

/** Types whose compiled schema is kept; the others' are compiled again when they come back. */
const KEPT = 2000;
const NOTHING: Known = { version: 0, rules: undefined };

/**
 * What tenants have said their own events must be. A type nobody has asked about is taken to have no schema: the statement that publishes compares the
 * version and writes nothing when another is in force, which is then read. So types without a schema never pay for one.
 */
export class EventSchemas {
  readonly #door: Door;
  readonly #compiler: AttributeCompiler;
  readonly #known = new LRUCache<string, Known>({ max: KEPT });

  constructor(door: Door, compiler: AttributeCompiler) {
    this.#door = door;
    this.#compiler = compiler;
  }

  /**
   * Publishes what fits. `publish` is given the version the data was checked against and says whether it is in force.
   * @throws Problem invalid-request for data that does not fit what is in force.
   */
  async checked(tenant: Tenant, type: string, data: Attributes, publish: (version: number) => Promise<boolean>): Promise<void> {
    const key = `${tenant.tenantId} ${type}`;
    for (let attempt = 1; attempt <= 5; attempt += 1) {
      const known = this.#known.get(key) ?? NOTHING;
      const errors = known.rules?.mistakes(data) ?? [];
      if (errors.length === 0 && (await publish(known.version))) return;
      // Also before a refusal: a replica whose schema is old would refuse what is right, and never learn.
      const stored = await this.#read(tenant, type);
      if (errors.length > 0 && stored.version === known.version) {
        throw new Problem('invalid-request', `The data is not what events of type ${type} must be.`, { errors });
      }
    }
    // Somebody sets schemas faster than they can be read.
    throw new Problem('unavailable', 'The schema of this type changes all the time.', { headers: { 'retry-after': '1' } });
  }

  async list(tenant: Tenant): Promise<StoredEventSchema[]> {
    return (await this.#door.read(tenant, (tx) => tx.run(LIST_EVENT_SCHEMAS, []))) as unknown as StoredEventSchema[];
  }

  /** Nothing: the type takes any data. */
  async find(tenant: Tenant, type: string): Promise<StoredEventSchema | undefined> {
    const [row] = (await this.#door.read(tenant, (tx) => tx.run(FIND_EVENT_SCHEMA, [type]))) as unknown as StoredEventSchema[];
    return row === undefined || row.schema === null ? undefined : row;
  }

  /** False when another version is in force than `from` (0: none), or the tenant has as many as it may. */
  async set(tenant: Tenant, type: string, from: number, schema: object, { actor, traceId }: Author): Promise<boolean> {
    const values = [type, from, JSON.stringify(schema), actor, traceId, EVENT_SCHEMAS_MAX];
    return (await this.#door.write(tenant, (tx) => tx.run(SET_EVENT_SCHEMA, values))).length === 1;
  }

  /** False when another version is in force than `from`. */
  async remove(tenant: Tenant, type: string, from: number, { actor, traceId }: Author): Promise<boolean> {
    return (await this.#door.write(tenant, (tx) => tx.run(REMOVE_EVENT_SCHEMA, [type, from, actor, traceId]))).length === 1;
  }

  async #read(tenant: Tenant, type: string): Promise<Known> {
    const [row] = (await this.#door.read(tenant, (tx) => tx.run(FIND_EVENT_SCHEMA, [type]))) as unknown as StoredEventSchema[];
    const rules = row === undefined || row.schema === null ? undefined : this.#compiler.compile(row.version, row.schema, '/data');
    const known = { version: row?.version ?? 0, rules };
    this.#known.set(`${tenant.tenantId} ${type}`, known);
    return known;
  }
}
