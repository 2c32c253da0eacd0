import type { EffectiveQuotas } from '@tenantry/contracts';
import type { FencedPool } from './fenced-pool.ts';
import type { Registration, Registry, RegistryState, Tombstone } from './port.ts';

/** Column of each changeable field. */
const COLUMNS: Readonly<Partial<Record<keyof Registration, string>>> = {
  uid: 'uid',
  state: 'state',
  class: 'class',
  mode: 'mode',
  organizationId: 'organization_id',
  schemaVersion: 'schema_version',
  statementTimeoutMs: 'statement_timeout_ms',
  quotas: 'quotas',
  url: 'url',
  closedReason: 'closed_reason',
};

/** `tenantry.tenants` and the reading side of `tenantry.tombstones`. */
export class PgRegistry implements Registry {
  readonly #pool: FencedPool;

  constructor(pool: FencedPool) {
    this.#pool = pool;
  }

  async registration(slug: string): Promise<Registration | undefined> {
    const [row] = await this.#pool.rows<RegistrationRow>(`${SELECT_REGISTRATION} where slug = $1`, [slug]);
    return row === undefined ? undefined : registrationOf(row);
  }

  async registrations(): Promise<ReadonlyMap<string, Registration>> {
    const rows = await this.#pool.rows<RegistrationRow>(SELECT_REGISTRATION);
    return new Map(rows.map((row) => [row.slug, registrationOf(row)]));
  }

  async tombstone(slug: string): Promise<Tombstone | undefined> {
    const [row] = await this.#pool.rows<TombstoneRow>(`${SELECT_TOMBSTONE} where slug = $1 and purged_at is null`, [slug]);
    return row === undefined ? undefined : tombstoneOf(row);
  }

  async register(registration: Registration): Promise<void> {
    const r = registration;
    await this.#pool.write(`register ${r.slug}`, (client) =>
      client.query(
        `insert into tenantry.tenants (tenant_id, slug, uid, state, class, mode, schema_name, app_role, events_topic, schema_version, statement_timeout_ms, quotas)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) on conflict (slug) do nothing`,
        [
          r.tenantId,
          r.slug,
          r.uid,
          r.state,
          r.class,
          r.mode,
          r.schemaName,
          r.appRole,
          r.eventsTopic,
          r.schemaVersion,
          r.statementTimeoutMs,
          r.quotas,
        ],
      ),
    );
  }

  async update(tenantId: string, change: Partial<Registration>): Promise<void> {
    const fields = Object.entries(change).map(([field, value]) => ({ column: COLUMNS[field as keyof Registration], value: value ?? null }));
    const unknown = fields.find(({ column }) => column === undefined);
    if (unknown !== undefined) throw new Error('a registration’s names and tenantId do not change');
    const assignments = fields.map(({ column }, index) => `${column} = $${index + 2}`).join(', ');
    await this.#pool.write('update registration', (client) =>
      client.query(`update tenantry.tenants set ${assignments}, updated_at = now() where tenant_id = $1`, [
        tenantId,
        ...fields.map(({ value }) => value),
      ]),
    );
  }

  async giveQuotas(className: string, quotas: EffectiveQuotas, slugs: readonly string[]): Promise<number> {
    return this.#pool.write(`quotas of class ${className}`, async (client) => {
      const { rowCount } = await client.query(
        `update tenantry.tenants set quotas = $2, updated_at = now()
         where class = $1 and slug = any($3) and state <> 'Closed' and quotas is distinct from $2`,
        [className, quotas, slugs],
      );
      return rowCount ?? 0;
    });
  }

  async outboxBacklog(appRole: string): Promise<number> {
    const [row] = await this.#pool.rows<{ backlog: string }>('select count(*) as backlog from tenantry.outbox where writer = $1', [
      appRole,
    ]);
    return Number(row?.backlog ?? 0);
  }
}

const SELECT_REGISTRATION = `select tenant_id, slug, uid, state, class, mode, organization_id, schema_name, app_role, events_topic,
   schema_version, statement_timeout_ms, quotas, url, closed_reason from tenantry.tenants`;

/** Columns of a tombstone, for `tombstoneOf`. */
export const SELECT_TOMBSTONE = `select tenant_id, slug, schema_name, policy, confirmed_by, topics, organization_id, client, requested_at, purge_after
   from tenantry.tombstones`;

export interface TombstoneRow {
  readonly tenant_id: string;
  readonly slug: string;
  readonly schema_name: string;
  readonly policy: 'Retain' | 'Delete';
  readonly confirmed_by: string | null;
  readonly topics: string[];
  readonly organization_id: string | null;
  readonly client: string | null;
  readonly requested_at: Date;
  readonly purge_after: Date | null;
}

export function tombstoneOf(row: TombstoneRow): Tombstone {
  return {
    tenantId: row.tenant_id,
    slug: row.slug,
    schemaName: row.schema_name,
    policy: row.policy,
    confirmedBy: row.confirmed_by ?? undefined,
    topics: row.topics,
    organizationId: row.organization_id ?? undefined,
    client: row.client ?? undefined,
    requestedAt: row.requested_at,
    purgeAfter: row.purge_after ?? undefined,
  };
}

interface RegistrationRow {
  readonly tenant_id: string;
  readonly slug: string;
  readonly uid: string;
  readonly state: RegistryState;
  readonly class: string;
  readonly mode: 'Pooled' | 'Dedicated';
  readonly organization_id: string | null;
  readonly schema_name: string;
  readonly app_role: string;
  readonly events_topic: string;
  readonly schema_version: number;
  readonly statement_timeout_ms: number;
  readonly quotas: EffectiveQuotas;
  readonly url: string | null;
  readonly closed_reason: string | null;
}

function registrationOf(row: RegistrationRow): Registration {
  return {
    tenantId: row.tenant_id,
    slug: row.slug,
    uid: row.uid,
    state: row.state,
    class: row.class,
    mode: row.mode,
    organizationId: row.organization_id ?? undefined,
    schemaName: row.schema_name,
    appRole: row.app_role,
    eventsTopic: row.events_topic,
    schemaVersion: row.schema_version,
    statementTimeoutMs: row.statement_timeout_ms,
    quotas: row.quotas,
    url: row.url ?? undefined,
    closedReason: row.closed_reason ?? undefined,
  };
}
