import { type Operation, servedStates } from '@tenantry/contracts';
import { Problem } from '../problem.ts';
import type { Tenant } from './tenant.ts';

/**
 * May this tenant be served this operation, here, now? The database refuses the same again (grants, roles); this is where the caller is told why.
 * @throws Problem tenant-closed, tenant-suspended, tenant-read-only, tenant-served-elsewhere, unavailable.
 */
export function admit(tenant: Tenant, operation: Operation, door: 'pooled' | 'dedicated'): void {
  if (!servedStates(operation).some((state) => state === tenant.state)) throw notServed(tenant);
  if (tenant.mode === 'Dedicated' && door === 'pooled' && operation.servedBy !== 'platform') {
    throw new Problem(
      'tenant-served-elsewhere',
      tenant.url ? `The tenant is served at ${tenant.url}.` : 'The tenant has replicas of its own.',
      {
        members: tenant.url ? { url: tenant.url } : {},
      },
    );
  }
}

function notServed(tenant: Tenant): Problem {
  switch (tenant.state) {
    case 'Active':
    case 'ReadOnly':
      return new Problem('tenant-read-only', reason(tenant, 'The tenant is read-only at the moment; reading goes on.'));
    case 'Suspended':
      return new Problem('tenant-suspended', reason(tenant, 'The tenant is suspended; its data is kept.'));
    case 'Closed':
      return new Problem('tenant-closed', reason(tenant, 'The tenant is closed.'));
    case 'Provisioning':
      return new Problem('unavailable', 'The tenant is being set up.', { headers: { 'retry-after': '5' } });
  }
}

const reason = (tenant: Tenant, fallback: string): string => tenant.closedReason ?? fallback;
