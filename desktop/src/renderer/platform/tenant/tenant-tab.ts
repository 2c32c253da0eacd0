import { z } from 'zod';

export const TENANT_TABS = ['overview', 'steps', 'events', 'stores', 'backups', 'pods', 'metrics', 'manifest'] as const;

/** Which part of a tenant's cockpit is shown: part of its address. */
export const TenantTab = z.object({ tab: z.enum(TENANT_TABS).optional().catch(undefined) });
export type TenantTab = NonNullable<z.infer<typeof TenantTab>['tab']>;
