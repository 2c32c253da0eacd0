import { createRootRoute } from '@tanstack/react-router';
import { NothingHere } from './nothing-here.tsx';
import { ScreenFailure } from './screen-failure.tsx';
import { ShellLayout } from './shell-layout.tsx';

/** The frame around every screen. */
export const rootRoute = createRootRoute({ component: ShellLayout, notFoundComponent: NothingHere, errorComponent: ScreenFailure });
