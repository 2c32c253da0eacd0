import type { Notices, RealmName, SessionView } from './bridge.ts';
import type { EnvironmentView } from './environment.ts';
import type { KeptOnThisMachine } from './kept-on-this-machine.ts';
import type { PlatformViewAccess } from './platform-view-access.ts';
import type { UpdatesAccess } from './updates.ts';

/** Parts of the application: the tenant's own people work in `tenant`, the platform's staff in `platform`. */
export type View = 'tenant' | 'platform';

/**
 * Everything the screens need of the world they run in, besides a browser's own abilities. Two implementations: the desktop's, which asks the main
 * process, and the browser's, where the same screens are the web console.
 */
export interface Platform {
  readonly kind: 'desktop' | 'browser';
  /** The browser has the tenant view only: it cannot reach a cluster's API server (design D13). */
  readonly views: readonly View[];
  readonly environments: () => Promise<{ readonly environments: readonly EnvironmentView[]; readonly current: string }>;
  readonly selectEnvironment: (id: string) => Promise<void>;
  readonly session: (realm: RealmName) => Promise<SessionView>;
  /** @throws PlatformError when the person did not sign in */
  readonly signIn: (realm: RealmName) => Promise<SessionView>;
  readonly signOut: (realm: RealmName) => Promise<SessionView>;
  /** Calls the tenant's api as the person who is signed in. Paths as contracts has them, `/v1/…`. */
  readonly callTenant: (tenant: string, path: string, init?: RequestInit) => Promise<Response>;
  /** A report about this application for support; nothing secret is in it. */
  readonly diagnostics: () => Promise<string>;
  /** Opens an https address outside of this window: a page, or a file behind a signed link. */
  readonly openLink: (url: string) => Promise<void>;
  /** What outlives the window, and what is said outside of it; a browser keeps nothing of a tenant's. */
  readonly kept?: KeptOnThisMachine;
  /** Newer versions of the application; a browser loads the newest by itself. */
  readonly updates?: UpdatesAccess;
  /** The way to the cluster; the browser has none. */
  readonly platformView: PlatformViewAccess | undefined;
  /** @returns what ends the listening */
  readonly onSessionChanged: (listener: (session: SessionView) => void) => () => void;
  readonly onLinkOpened: (listener: (link: Notices['link.opened']) => void) => () => void;
}
