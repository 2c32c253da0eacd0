import { createRoute } from '@tanstack/react-router';
import { platformRoute } from '../app/platform-route.tsx';

/** The web console is built with these in place of the platform view's screens: every address of theirs says why there is nothing. */
export const platformRoutes = [
  createRoute({ getParentRoute: () => platformRoute, path: '/' }),
  createRoute({ getParentRoute: () => platformRoute, path: '$' }),
] as const;
