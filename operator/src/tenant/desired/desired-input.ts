import type { TenantPass } from '../tenant-pass.ts';

/** What desired objects are made from: no ports, so that making them can touch nothing. */
export type DesiredInput = Pick<TenantPass, 'tenant' | 'tenantId' | 'names' | 'spec' | 'credentials' | 'place' | 'seen'>;
