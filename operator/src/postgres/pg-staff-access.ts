import type { StaffLeft, StaffRole } from '@tenantry/contracts';
import type { ClientBase } from 'pg';
import type { FencedPool } from './fenced-pool.ts';
import type { LifecycleEvent } from './lifecycle-events.ts';
import type { RegistryState, StaffAccess, StaffAccessRecords } from './port.ts';
import { tellTenant } from './tell-tenant.ts';

/** `tenantry.staff_access`, and the tokens of who is in it no more. */
export class PgStaffAccess implements StaffAccessRecords {
  readonly #pool: FencedPool;

  constructor(pool: FencedPool) {
    this.#pool = pool;
  }

  async access(id: string): Promise<StaffAccess | undefined> {
    const [row] = await this.#pool.rows<AccessRow>(`${SELECT_ACCESS} where id = $1`, [id]);
    return row && accessOf(row);
  }

  async inside(name?: string): Promise<readonly StaffAccess[]> {
    const rows = await this.#pool.rows<AccessRow>(`${SELECT_ACCESS} where ended_at is null and ($1::text is null or name = $1)`, [
      name ?? null,
    ]);
    return rows.map(accessOf);
  }

  async admit(access: Omit<StaffAccess, 'enteredAt' | 'endedAt' | 'because'>): Promise<boolean> {
    const { id, name, tenantId, slug, organizationId, subject, email, role, reason, requestedBy, until } = access;
    return this.#pool.write(`admit staff to ${slug}`, async (client) => {
      const tenant = await lockedTenant(client, tenantId);
      if (tenant === undefined || !isOpen(tenant.state)) return false;
      const { rowCount } = await client.query(
        `insert into tenantry.staff_access (id, name, tenant_id, slug, organization_id, subject, email, role, reason, requested_by, until)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) on conflict do nothing`,
        [id, name, tenantId, slug, organizationId, subject, email, role, reason, requestedBy, until],
      );
      if (rowCount !== 1) return false;
      const data = { tenant: living(tenant, access), staff: staffOf(access), reason, until: until.toISOString() };
      await tell(client, tenant, access, { type: 'dev.tenantry.tenant.staff-entered.v1', data });
      return true;
    });
  }

  async entered(id: string, at: Date): Promise<void> {
    await this.#pool.write('staff entered', (client) =>
      client.query('update tenantry.staff_access set entered_at = $2 where id = $1 and entered_at is null', [id, at]),
    );
  }

  async refuseTokens({ tenantId, subject }: StaffAccess): Promise<void> {
    const refused = await this.#pool.rows(
      `select from tenantry.revoked_tokens r join tenantry.tenants t on t.app_role = r.writer
       where t.tenant_id = $1 and r.subject = $2 and r.issued_until > now() + interval '1 hour'`,
      [tenantId, subject],
    );
    if (refused.length > 0) return;
    await this.#pool.write('refuse tokens of staff', (client) => client.query(REFUSE, [tenantId, subject, '1 day']));
  }

  async dismissed(access: StaffAccess, because: StaffLeft, at: Date): Promise<void> {
    await this.#pool.write(`staff left ${access.slug}`, async (client) => {
      const tenant = await lockedTenant(client, access.tenantId);
      const { rowCount } = await client.query(
        'update tenantry.staff_access set ended_at = $2, because = $3 where id = $1 and ended_at is null',
        [access.id, at, because],
      );
      if (rowCount !== 1) return;
      await client.query(REFUSE, [access.tenantId, access.subject, '0 seconds']);
      // Of a tenant that is being deleted nothing is published any more, and its removal would wait for it.
      if (tenant === undefined || tenant.state === 'Closed' || tenant.state === 'Provisioning') return;
      const data = { tenant: living(tenant, access), staff: staffOf(access), because };
      await tell(client, tenant, access, { type: 'dev.tenantry.tenant.staff-left.v1', data });
    });
  }
}

/** Whether somebody can be let in. */
export function isOpen(state: RegistryState): boolean {
  return state === 'Active' || state === 'ReadOnly';
}

/** Nothing for a tenant that is purged: nobody has tokens of it. */
const REFUSE = `insert into tenantry.revoked_tokens (writer, subject, issued_until)
  select app_role, $2, now() + $3::interval from tenantry.tenants where tenant_id = $1
  on conflict (writer, subject) do update set issued_until = excluded.issued_until`;

interface TenantRow {
  readonly state: RegistryState;
  readonly class: string;
  readonly app_role: string;
  readonly lifecycle_version: number;
}

async function lockedTenant(client: ClientBase, tenantId: string): Promise<TenantRow | undefined> {
  const { rows } = await client.query<TenantRow>(
    'select state, class, app_role, lifecycle_version from tenantry.tenants where tenant_id = $1 for update',
    [tenantId],
  );
  return rows[0];
}

async function tell(client: ClientBase, tenant: TenantRow, { tenantId }: Pick<StaffAccess, 'tenantId'>, event: LifecycleEvent) {
  await tellTenant(client, { tenantId, appRole: tenant.app_role, lifecycleVersion: tenant.lifecycle_version }, [event]);
}

const living = (tenant: TenantRow, { tenantId, slug }: Pick<StaffAccess, 'tenantId' | 'slug'>) => ({
  id: tenantId,
  name: slug,
  class: tenant.class,
  state: tenant.state,
});

const staffOf = ({ subject, email, role, requestedBy }: Pick<StaffAccess, 'subject' | 'email' | 'role' | 'requestedBy'>) => ({
  subject,
  email,
  role,
  requestedBy,
});

const SELECT_ACCESS = `select id, name, tenant_id, slug, organization_id, subject, email, role, reason, requested_by, until, entered_at, ended_at, because
  from tenantry.staff_access`;

interface AccessRow {
  readonly id: string;
  readonly name: string;
  readonly tenant_id: string;
  readonly slug: string;
  readonly organization_id: string;
  readonly subject: string;
  readonly email: string;
  readonly role: StaffRole;
  readonly reason: string;
  readonly requested_by: string;
  readonly until: Date;
  readonly entered_at: Date | null;
  readonly ended_at: Date | null;
  readonly because: StaffLeft | null;
}

function accessOf(row: AccessRow): StaffAccess {
  return {
    id: row.id,
    name: row.name,
    tenantId: row.tenant_id,
    slug: row.slug,
    organizationId: row.organization_id,
    subject: row.subject,
    email: row.email,
    role: row.role,
    reason: row.reason,
    requestedBy: row.requested_by,
    until: row.until,
    enteredAt: row.entered_at ?? undefined,
    endedAt: row.ended_at ?? undefined,
    because: row.because ?? undefined,
  };
}
