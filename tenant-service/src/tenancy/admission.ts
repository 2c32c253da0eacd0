import type { Operation } from '@tenantry/contracts';
import { Problem } from '../problem.ts';
import type { Tenant } from './tenant.ts';

/**
 * May this tenant be served this operation, here, now? The database refuses the same again (grants, roles); this is where the caller is told why.
 * @throws Problem tenant-closed, tenant-suspended, tenant-read-only, tenant-served-elsewhere, unavailable.
 */
export function admit(tenant: Tenant, operation: Operation, door: 'pooled' | 'dedicated'): void {
  switch (tenant.state) {
    case 'Active':
      break;
    case 'ReadOnly':
      if (operation.writes)
        throw new Problem('tenant-read-only', reason(tenant, 'The tenant is read-only at the moment; reading goes on.'));
      break;
    case 'Suspended':
      throw new Problem('tenant-suspended', reason(tenant, 'The tenant is suspended; its data is kept.'));
    case 'Closed':
      throw new Problem('tenant-closed', reason(tenant, 'The tenant is closed.'));
    case 'Provisioning':
      throw new Problem('unavailable', 'The tenant is being set up.', { headers: { 'retry-after': '5' } });
  }
  if (tenant.mode === 'Dedicated' && door === 'pooled') {
    throw new Problem(
      'tenant-served-elsewhere',
      tenant.url ? `The tenant is served at ${tenant.url}.` : 'The tenant has replicas of its own.',
      {
        members: tenant.url ? { url: tenant.url } : {},
      },
    );
  }
}

const reason = (tenant: Tenant, fallback: string): string => tenant.closedReason ?? fallback;
