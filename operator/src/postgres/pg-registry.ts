import { type EffectiveQuotas, LIFECYCLE_VERSIONS, RELAY_PRESENT } from '@tenantry/contracts';
import type { ClientBase } from 'pg';
import type { FencedPool } from './fenced-pool.ts';
import { lifecycleEvents } from './lifecycle-events.ts';
import type { Registration, Registry, RegistryState, Tombstone, TopicMove } from './port.ts';
import { tellTenant } from './tell-tenant.ts';

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
  credentialGeneration: 'credential_generation',
  credentialsRotatedAt: 'credentials_rotated_at',
  previousGeneration: 'previous_generation',
  credentialsOutAt: 'credentials_out_at',
  rotationRequest: 'rotation_request',
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
        `insert into tenantry.tenants (tenant_id, slug, uid, state, class, mode, schema_name, app_role, events_topic, schema_version, statement_timeout_ms, quotas,
           credential_generation, credentials_rotated_at, rotation_request)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, greatest($13::integer, (${GENERATION_AFTER_TOMBSTONES})), $14, $15)
         on conflict (slug) do nothing`,
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
          r.credentialGeneration,
          r.credentialsRotatedAt,
          r.rotationRequest ?? null,
        ],
      ),
    );
  }

  async update(tenantId: string, change: Partial<Registration>): Promise<void> {
    const fields = Object.entries(change).map(([field, value]) => ({ column: COLUMNS[field as keyof Registration], value: value ?? null }));
    const unknown = fields.find(({ column }) => column === undefined);
    if (unknown !== undefined) throw new Error('a registration’s names and tenantId do not change');
    const assignments = fields.map(({ column }, index) => `${column} = $${index + 2}`).join(', ');
    const isOfLife = 'state' in change || 'class' in change;
    await this.#pool.write('update registration', async (client) => {
      if (isOfLife) await tellOf(client, tenantId, change);
      await client.query(`update tenantry.tenants set ${assignments}, updated_at = now() where tenant_id = $1`, [
        tenantId,
        ...fields.map(({ value }) => value),
      ]);
    });
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

  async holdForMove(tenantId: string): Promise<TopicMove> {
    return this.#pool.write('hold events', async (client) => {
      const { rows } = await client.query<{ is_left: boolean; ends: Record<string, string> | null }>(
        `insert into tenantry.topic_moves as m (tenant_id, held_until) values ($1, now() + ${HOLD})
         on conflict (tenant_id) do update set held_until = excluded.held_until,
           left_at = case when m.held_until > now() then m.left_at end, ends = case when m.held_until > now() then m.ends end
         returning left_at is not null as is_left, ends`,
        [tenantId],
      );
      const { is_left: isLeft = false, ends = null } = rows[0] ?? {};
      return { isLeft, ends: ends === null ? undefined : new Map(Object.entries(ends).map(([at, end]) => [Number(at), BigInt(end)])) };
    });
  }

  async noteOldEnds(tenantId: string, ends: ReadonlyMap<number, bigint>): Promise<boolean> {
    const text = JSON.stringify(Object.fromEntries([...ends].map(([partition, end]) => [partition, String(end)])));
    return this.#pool.write('end of the old topic', async (client) => {
      const { rowCount } = await client.query(`update tenantry.topic_moves set ends = $2 where ${IS_HELD}`, [tenantId, text]);
      return rowCount === 1;
    });
  }

  async moveEvents(tenantId: string, topic: string): Promise<boolean> {
    return this.#pool.write('move events', async (client) => {
      const { rowCount } = await client.query(`delete from tenantry.topic_moves where ${IS_HELD} and ends is not null`, [tenantId]);
      if (rowCount !== 1) return false;
      await client.query('update tenantry.tenants set events_topic = $2, updated_at = now() where tenant_id = $1', [tenantId, topic]);
      return true;
    });
  }

  async outboxBacklog(appRole: string): Promise<number> {
    const [row] = await this.#pool.rows<{ backlog: string }>(BACKLOG, [appRole, ...RELAY_PRESENT]);
    return Number(row?.backlog ?? 0);
  }
}

/** What the tenant did has to go out. What was done with it is waited for only while there is a relay: it goes out later as well. */
const BACKLOG = `select count(*) as backlog from tenantry.outbox where writer = $1 and (version < ${LIFECYCLE_VERSIONS} or exists (
  select from pg_catalog.pg_locks where locktype = 'advisory' and granted and classid::bigint = $2 and objid::bigint = $3
    and database = (select oid from pg_catalog.pg_database where datname = current_database())))`;

/** Puts what the change means into the outbox, in the transaction of the change: a transition is told once, or did not happen. */
async function tellOf(client: ClientBase, tenantId: string, change: Partial<Registration>): Promise<void> {
  const { rows } = await client.query<LifeRow>(
    'select slug, state, class, closed_reason, app_role, lifecycle_version from tenantry.tenants where tenant_id = $1 for update',
    [tenantId],
  );
  const [row] = rows;
  if (row === undefined) return;
  const before = { tenantId, slug: row.slug, state: row.state, class: row.class, closedReason: row.closed_reason ?? undefined };
  const events = lifecycleEvents(before, { ...before, ...change }, row.lifecycle_version === 0);
  await tellTenant(client, { tenantId, appRole: row.app_role, lifecycleVersion: row.lifecycle_version }, events);
}

interface LifeRow {
  readonly slug: string;
  readonly state: RegistryState;
  readonly class: string;
  readonly closed_reason: string | null;
  readonly app_role: string;
  readonly lifecycle_version: number;
}

const HOLD = `interval '60 seconds'`;
/** With time to spare: a relay that sees the hold end must not be overtaken by a commit that took long. */
const IS_HELD = `tenant_id = $1 and left_at is not null and held_until > now() + interval '30 seconds'`;

const SELECT_REGISTRATION = `select tenant_id, slug, uid, state, class, mode, organization_id, schema_name, app_role, events_topic,
   schema_version, statement_timeout_ms, quotas, url, closed_reason, credential_generation, credentials_rotated_at, previous_generation,
   credentials_out_at, rotation_request from tenantry.tenants`;

/**
 * Names with a credential generation in them were the last tenant's of this name as well, who may have left a Kafka connection open: a new
 * tenant ($1) of an old name ($2) goes on counting. Its own tombstone says where it was.
 */
const GENERATION_AFTER_TOMBSTONES = `
  select max(coalesce(substring(client from '[.]([0-9]+)$')::integer, 1) + (tenant_id <> $1)::integer) from tenantry.tombstones where slug = $2`;

/** Columns of a tombstone, for `tombstoneOf`. */
export const SELECT_TOMBSTONE = `select tenant_id, slug, schema_name, policy, confirmed_by, backup, topics, organization_id, client, requested_at, purge_after
   from tenantry.tombstones`;

export interface TombstoneRow {
  readonly tenant_id: string;
  readonly slug: string;
  readonly schema_name: string;
  readonly policy: Tombstone['policy'];
  readonly confirmed_by: string | null;
  readonly backup: string;
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
    backup: row.backup,
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
  readonly credential_generation: number;
  readonly credentials_rotated_at: Date;
  readonly previous_generation: number | null;
  readonly credentials_out_at: Date | null;
  readonly rotation_request: string | null;
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
    credentialGeneration: row.credential_generation,
    credentialsRotatedAt: row.credentials_rotated_at,
    previousGeneration: row.previous_generation ?? undefined,
    credentialsOutAt: row.credentials_out_at ?? undefined,
    rotationRequest: row.rotation_request ?? undefined,
  };
}
