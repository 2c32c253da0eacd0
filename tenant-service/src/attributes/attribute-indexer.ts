import { TenantStatement } from '../postgres/statement.ts';
import type { Log } from '../telemetry/log.ts';
import type { Door } from '../tenancy/doors.ts';
import type { Tenant } from '../tenancy/tenant.ts';

/** A few milliseconds of row locks at a time, so that writers of the same customers hardly wait. */
const PAGE = 1000;
const LOWEST_ID = '00000000-0000-0000-0000-000000000000';

/** $1 last id of the page before · $2 names. What a writer changes meanwhile is computed from the row as it is then. */
const INDEX_PAGE = new TenantStatement(
  'attributes_index',
  `
with page as materialized (
  select id from {schema}.customers where id > $1::uuid order by id limit ${PAGE}
), written as (
  update {schema}.customers c
  set indexed = (select coalesce(jsonb_object_agg(a.key, a.value), '{}') from jsonb_each(c.attributes) a where a.key = any($2::text[]))
  from page where c.id = page.id
)
select id from page order by id desc limit 1`,
);

const INDEXED = new TenantStatement(
  'attributes_indexed',
  'update {schema}.attribute_schemas set indexed_at = now() where version = $1::int and indexed_at is null',
);

/**
 * Makes customers from before a schema findable by the attributes it marks. Whoever sees that it is not done begins it; it may be done twice,
 * or be continued by another replica from the start: the result is the same. New writes carry the index themselves.
 */
export class AttributeIndexer {
  readonly #door: Door;
  readonly #log: Log | undefined;
  readonly #running = new Set<string>();

  constructor(door: Door, log: Log | undefined) {
    this.#door = door;
    this.#log = log;
  }

  /** Returns at once. */
  begin(tenant: Tenant, version: number, names: readonly string[]): void {
    const run = `${tenant.tenantId} ${version}`;
    if (this.#running.has(run)) return;
    this.#running.add(run);
    void this.#run(tenant, version, names)
      .catch((error: unknown) =>
        this.#log?.warn({ err: error, tenantId: tenant.tenantId }, 'an attribute index is not complete; it is begun again when asked for'),
      )
      .finally(() => this.#running.delete(run));
  }

  async #run(tenant: Tenant, version: number, names: readonly string[]): Promise<void> {
    // A statement that began before the schema was set does not know of it and may still add a customer; it ends within its time limit.
    await new Promise((resolve) => setTimeout(resolve, tenant.statementTimeoutMs + 500).unref());
    for (let after: string | undefined = LOWEST_ID; after !== undefined; ) {
      const last: string = after;
      const [row] = await this.#door.write(tenant, (tx) => {
        // Nothing a customer's document shows.
        tx.changes([]);
        return tx.run(INDEX_PAGE, [last, names]);
      });
      after = row?.id as string | undefined;
    }
    await this.#door.write(tenant, (tx) => tx.run(INDEXED, [version]));
    this.#log?.info({ tenantId: tenant.tenantId }, 'an attribute index is complete');
  }
}
