import { ANNOTATIONS, type Reason, type Tenant, type TenantNames } from '@tenantry/contracts';
import type { Registration, Registry, Retirement } from '../postgres/port.ts';

/** The registry row that belongs to this Tenant, or why there is none. */
export type Binding =
  | { readonly registration: Registration; readonly refused?: never }
  | { readonly refused: { readonly reason: Reason; readonly message: string }; readonly registration?: never };

/**
 * Finds or makes the binding (name, uid, tenantId), before anything else is made outside: whatever crashes afterwards finds the same
 * tenantId again. A name whose data belongs to another Tenant (deleted and retained, or of a cluster that is no more) is refused until the
 * adopt annotation names exactly that data; then the data comes back.
 */
export async function bindTenant(
  { registry, retirement }: { readonly registry: Registry; readonly retirement: Pick<Retirement, 'adopt'> },
  tenant: Tenant,
  names: TenantNames,
  fresh: Registration,
  now: Date,
): Promise<Binding> {
  const slug = tenant.metadata.name;
  const [row, tombstone] = await Promise.all([registry.registration(slug), registry.tombstone(slug)]);
  if (row === undefined && tombstone === undefined) {
    await registry.register(fresh);
    return bound(registry, tenant);
  }
  if (row !== undefined && tombstone === undefined && row.uid === fresh.uid) return { registration: row };

  const retained = tombstone?.tenantId ?? row?.tenantId ?? '';
  const asked = tenant.metadata.annotations?.[ANNOTATIONS.adopt];
  const kept = `The name ${slug} has retained data of tenant ${retained}`;
  if (tombstone?.purgeAfter !== undefined && tombstone.purgeAfter <= now)
    return { refused: { reason: 'NameRetained', message: `${kept}, which is being purged; nothing was touched.` } };
  if (asked === undefined)
    return {
      refused: {
        reason: 'NameRetained',
        message: `${kept}; nothing was touched. To take it over: kubectl annotate tenants.tenantry.dev/${slug} ${ANNOTATIONS.adopt}=${retained}`,
      },
    };
  if (asked !== retained)
    return {
      refused: {
        reason: 'AdoptionMismatch',
        message: `${kept}, but the annotation ${ANNOTATIONS.adopt} names ${asked}; nothing was touched.`,
      },
    };

  if (tombstone === undefined) await registry.update(retained, { uid: fresh.uid });
  else {
    if (row === undefined) await registry.register({ ...fresh, tenantId: retained });
    const back = await retirement.adopt(tombstone, { schema: names.schema, ownerRole: names.ownerRole, uid: fresh.uid });
    if (!back) return { refused: { reason: 'NameRetained', message: `${kept}, which is being purged; nothing was touched.` } };
  }
  return bound(registry, tenant);
}

/** What the registry really holds now: another operator's row may have come first. */
async function bound(registry: Registry, tenant: Tenant): Promise<Binding> {
  const row = await registry.registration(tenant.metadata.name);
  if (row !== undefined && row.uid === tenant.metadata.uid) return { registration: row };
  return { refused: { reason: 'Conflict', message: `The name ${tenant.metadata.name} was registered for another Tenant in this moment.` } };
}
