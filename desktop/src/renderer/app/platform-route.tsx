import { createRoute } from '@tanstack/react-router';
import { PlatformFrame } from './platform-frame.tsx';
import { rootRoute } from './root-route.tsx';

/** Parent of the screens of the platform's staff. */
export const platformRoute = createRoute({ getParentRoute: () => rootRoute, path: 'platform', component: PlatformFrame });
