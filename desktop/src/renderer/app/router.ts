import { createHashHistory, createRoute, createRouter, lazyRouteComponent } from '@tanstack/react-router';
import { platformRoutes } from '../platform/platform-routes.tsx';
import { tenantRoutes } from '../tenant/tenant-routes.tsx';
import { platformRoute } from './platform-route.tsx';
import { rootRoute } from './root-route.tsx';
import { tenantRoute } from './tenant-route.tsx';

const startRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/',
  component: lazyRouteComponent(() => import('./start-screen.tsx'), 'StartScreen'),
});

/** Every screen. A link to an address that is not here does not compile. */
export const router = createRouter({
  routeTree: rootRoute.addChildren([
    startRoute,
    tenantRoute.addChildren([...tenantRoutes]),
    platformRoute.addChildren([...platformRoutes]),
  ]),
  // Behind the #: the page is one file wherever it is served from, and a reload needs no server that knows our addresses.
  history: createHashHistory(),
  defaultPreload: false,
  // Given by the application that shows it.
  context: undefined as never,
});

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}
