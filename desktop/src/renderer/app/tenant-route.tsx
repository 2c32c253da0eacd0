import { createRoute } from '@tanstack/react-router';
import { readAhead } from './read-ahead.ts';
import { rootRoute } from './root-route.tsx';
import { TenantFrame } from './tenant-frame.tsx';
import { meQuery } from './use-me.ts';

/** Parent of the screens of one tenant. Below it `tenantRoute.useParams().tenant` is the slug. */
export const tenantRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: 'tenants/$tenant',
  component: TenantFrame,
  loader: ({ context, params }) => readAhead(context, params.tenant, (api) => void context.queries.prefetchQuery(meQuery(api))),
});
