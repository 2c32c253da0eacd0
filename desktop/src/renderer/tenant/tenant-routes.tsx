import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { z } from 'zod';
import { readAhead } from '../app/read-ahead.ts';
import { tenantRoute } from '../app/tenant-route.tsx';
import { readCustomersAhead } from './customers/customer-queries.ts';

const parent = { getParentRoute: () => tenantRoute } as const;
/** What an address says that no longer fits is passed over: an old link opens the screen all the same. */
const optional = <Schema extends z.ZodType>(schema: Schema) => schema.optional().catch(undefined);

/** Screens of one tenant. Each is loaded when it is first shown; what it shows is in its address. */
export const tenantRoutes = [
  createRoute({
    ...parent,
    path: '/',
    validateSearch: z.object({ days: optional(z.union([z.literal(30), z.literal(90), z.literal(365)])) }),
    component: lazyRouteComponent(() => import('./dashboard/dashboard-screen.tsx'), 'DashboardScreen'),
  }),
  createRoute({
    ...parent,
    path: 'customers',
    // The query string of the list, as saved views have it.
    validateSearch: z.object({ q: optional(z.string().max(4000)) }),
    loaderDeps: ({ search }) => search,
    loader: ({ context, params, deps }) => readAhead(context, params.tenant, (api) => readCustomersAhead(context.queries, api, deps.q)),
    component: lazyRouteComponent(() => import('./customers/customers-screen.tsx'), 'CustomersScreen'),
  }),
  createRoute({
    ...parent,
    path: 'customers/$customerId',
    validateSearch: z.object({
      tab: optional(z.enum(['details', 'activity', 'accounts', 'history', 'integrations'])),
      /** Of the activity. */
      only: optional(z.enum(['changes', 'bookings', 'systems'])),
      asOf: optional(z.iso.datetime()),
      edit: optional(z.boolean()),
    }),
    component: lazyRouteComponent(() => import('./customer/customer-screen.tsx'), 'CustomerScreen'),
  }),
  createRoute({
    ...parent,
    path: 'accounts/$accountId',
    validateSearch: z.object({ tab: optional(z.enum(['transactions', 'statement'])) }),
    component: lazyRouteComponent(() => import('./accounts/account-screen.tsx'), 'AccountScreen'),
  }),
  createRoute({ ...parent, path: 'import', component: lazyRouteComponent(() => import('./transfers/import-screen.tsx'), 'ImportScreen') }),
  createRoute({
    ...parent,
    path: 'reports',
    validateSearch: z.object({ tab: optional(z.enum(['catalogue', 'made', 'schedules'])) }),
    component: lazyRouteComponent(() => import('./reports/reports-screen.tsx'), 'ReportsScreen'),
  }),
  createRoute({
    ...parent,
    path: 'webhooks',
    validateSearch: z.object({ tab: optional(z.enum(['endpoints', 'deliveries'])) }),
    component: lazyRouteComponent(() => import('./webhooks/webhooks-screen.tsx'), 'WebhooksScreen'),
  }),
  createRoute({
    ...parent,
    path: 'audit',
    validateSearch: z.object({
      kind: optional(z.enum(['customer', 'account', 'transaction', 'user', 'machineclient', 'webhook', 'tenant'])),
    }),
    component: lazyRouteComponent(() => import('./audit/audit-screen.tsx'), 'AuditScreen'),
  }),
  createRoute({
    ...parent,
    path: 'duplicates',
    component: lazyRouteComponent(() => import('./duplicates/duplicates-screen.tsx'), 'DuplicatesScreen'),
  }),
  createRoute({
    ...parent,
    path: 'members',
    validateSearch: z.object({ tab: optional(z.enum(['people', 'machines'])) }),
    component: lazyRouteComponent(() => import('./members/members-screen.tsx'), 'MembersScreen'),
  }),
  createRoute({ ...parent, path: 'usage', component: lazyRouteComponent(() => import('./usage/usage-screen.tsx'), 'UsageScreen') }),
  createRoute({
    ...parent,
    path: 'activity',
    validateSearch: z.object({ operation: optional(z.uuid()) }),
    component: lazyRouteComponent(() => import('./activity/activity-screen.tsx'), 'ActivityScreen'),
  }),
] as const;
