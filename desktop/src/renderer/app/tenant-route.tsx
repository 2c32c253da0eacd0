import { createRoute } from '@tanstack/react-router';
import { rootRoute } from './root-route.tsx';
import { TenantFrame } from './tenant-frame.tsx';

/** Parent of the screens of one tenant. Below it `tenantRoute.useParams().tenant` is the slug. */
export const tenantRoute = createRoute({ getParentRoute: () => rootRoute, path: 'tenants/$tenant', component: TenantFrame });
