import { createRootRouteWithContext } from '@tanstack/react-router';
import { NothingHere } from './nothing-here.tsx';
import type { RouteContext } from './read-ahead.ts';
import { ScreenFailure } from './screen-failure.tsx';
import { ShellLayout } from './shell-layout.tsx';

/** The frame around every screen. */
export const rootRoute = createRootRouteWithContext<RouteContext>()({
  component: ShellLayout,
  notFoundComponent: NothingHere,
  errorComponent: ScreenFailure,
});
