import { z } from 'zod';
import { STAFF_ROLES } from '../tenant/tenant-access.ts';

/** In the outbox their versions count from here: no tenant can write such a row (migration cell 0013). The relay takes it off again. */
export const LIFECYCLE_VERSIONS = 1_000_000_000;

/** A tenant as events of its life tell of it. */
const LivingTenant = z
  .object({
    id: z.uuid(),
    name: z.string(),
    class: z.string().meta({ description: 'Name of the plan.' }),
    state: z.enum(['Active', 'ReadOnly', 'Suspended', 'Closed']).meta({ description: '`Closed`: it is being deleted.' }),
  })
  .meta({ id: 'LivingTenant' });

const reason = z.string().nullable().meta({ description: 'As the one who did it wrote it; the API says the same.' });

/** Somebody of the platform's staff who is or was a member of the tenant for a while. */
const StaffMember = z
  .object({
    subject: z.string().meta({ description: 'Who they are in tokens and in `actor` of every history.' }),
    email: z.string(),
    role: z.enum(STAFF_ROLES),
    requestedBy: z.string().meta({ description: 'Who asked for it, as the cluster knows them.' }),
  })
  .meta({ id: 'StaffMember' });

/** Why somebody of the staff is in a tenant no more. */
export const STAFF_LEFT = ['left', 'expired', 'shown-out', 'tenant-closed'] as const;
export type StaffLeft = (typeof STAFF_LEFT)[number];

/**
 * `data` of the events of a tenant's own life. Their subject is `tenants/<id>`, their aggregateversion counts them. A reader must ignore properties it
 * does not know: they are only ever added.
 */
export const tenantEvents = {
  'dev.tenantry.tenant.created.v1': z.object({ tenant: LivingTenant }),
  'dev.tenantry.tenant.restricted.v1': z.object({ tenant: LivingTenant, reason }),
  'dev.tenantry.tenant.suspended.v1': z.object({ tenant: LivingTenant, reason }),
  'dev.tenantry.tenant.resumed.v1': z.object({ tenant: LivingTenant }),
  'dev.tenantry.tenant.class-changed.v1': z.object({
    tenant: LivingTenant,
    before: z.string().meta({ description: 'Name of the plan it had.' }),
  }),
  'dev.tenantry.tenant.deleted.v1': z.object({ tenant: LivingTenant }),
  'dev.tenantry.tenant.restored.v1': z.object({ tenant: LivingTenant }),
  'dev.tenantry.tenant.staff-entered.v1': z.object({
    tenant: LivingTenant,
    staff: StaffMember,
    reason: z.string(),
    until: z.iso.datetime().meta({ description: 'They are taken out then at the latest.' }),
  }),
  'dev.tenantry.tenant.staff-left.v1': z.object({
    tenant: LivingTenant,
    staff: StaffMember,
    because: z.enum(STAFF_LEFT).meta({
      description:
        '`left`: they went, or whoever let them in called them back. `expired`: their time was over. `shown-out`: somebody took the membership away. `tenant-closed`: the tenant was suspended.',
    }),
  }),
} as const;

export type TenantEventType = keyof typeof tenantEvents;
