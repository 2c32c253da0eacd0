import { z } from 'zod';

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
} as const;

export type TenantEventType = keyof typeof tenantEvents;
