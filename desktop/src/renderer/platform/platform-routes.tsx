import { createRoute, lazyRouteComponent, redirect } from '@tanstack/react-router';
import { platformRoute } from '../app/platform-route.tsx';
import { TenantTab } from './tenant/tenant-tab.ts';
import { TenantFilter } from './tenants/tenant-filter.ts';

/** Screens of the platform's staff. Each is loaded when it is first shown. */
export const platformRoutes = [
  createRoute({
    getParentRoute: () => platformRoute,
    path: '/',
    beforeLoad: () => {
      throw redirect({ to: '/platform/tenants' });
    },
  }),
  createRoute({
    getParentRoute: () => platformRoute,
    path: 'tenants',
    validateSearch: TenantFilter,
    component: lazyRouteComponent(() => import('./tenants/tenants-screen.tsx'), 'TenantsScreen'),
  }),
  createRoute({
    getParentRoute: () => platformRoute,
    path: 'tenants/$name',
    validateSearch: TenantTab,
    component: lazyRouteComponent(() => import('./tenant/tenant-screen.tsx'), 'TenantScreen'),
  }),
  createRoute({
    getParentRoute: () => platformRoute,
    path: 'fleet',
    component: lazyRouteComponent(() => import('./fleet/fleet-screen.tsx'), 'FleetScreen'),
  }),
  // Beside the tenants, not below them: "new" is a name that a tenant may have.
  createRoute({
    getParentRoute: () => platformRoute,
    path: 'new-tenant',
    component: lazyRouteComponent(() => import('./create/create-tenant-screen.tsx'), 'CreateTenantScreen'),
  }),
] as const;
