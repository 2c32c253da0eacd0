import type { RealmName, SessionView } from '../bridge.ts';
import { externalLink } from '../external-link.ts';
import type { Platform } from '../platform.ts';
import { PlatformError } from '../platform-error.ts';
import { problemAnswer, refusedAnswer } from '../problem-answer.ts';
import { IdentitySession } from '../session/identity-session.ts';
import { TENANTS_SIGN_IN_SCOPE, tenantToken } from '../session/tenant-token.ts';
import type { ConsoleSettings } from './console-settings.ts';
import { KeycloakSignIn, type KeycloakSignInOptions } from './keycloak-sign-in.ts';

export interface BrowserPlatformOptions extends Pick<KeycloakSignInOptions, 'client' | 'page' | 'fetch'> {
  readonly settings: ConsoleSettings;
  /** What the other pages of this browser say of the session, and are told. */
  readonly otherTabs: Pick<BroadcastChannel, 'postMessage' | 'onmessage'>;
  /** Loads the page anew, with nothing of this one left in memory. */
  readonly reload: () => void;
  readonly openTab: (url: string) => void;
  /** Names and versions for the diagnostics. */
  readonly versions: Readonly<Record<string, string>>;
}

const SIGNED_OUT = 'signed out';

/**
 * The web console: the tenant view in a browser. The page has a person's tokens in memory, because nobody else is there to keep them, and calls the
 * tenants' api at its own origin. It has no platform view: an API server of a cluster takes no calls from a page (design D13).
 */
export function browserPlatform(options: BrowserPlatformOptions): Platform {
  const { settings, page, fetch, otherTabs } = options;
  const listeners = new Set<(session: SessionView) => void>();
  const signIn = new KeycloakSignIn({ ...settings, client: options.client, page, fetch });
  const people = new IdentitySession({
    realm: 'tenants',
    provider: signIn,
    vault: signIn,
    name: settings.issuer,
    signInScope: TENANTS_SIGN_IN_SCOPE,
    log: SILENT,
    onChange: (session) => {
      for (const listener of listeners) listener(session);
    },
  });
  // Signed out there is signed out here: what is on the screen, and in memory, goes.
  otherTabs.onmessage = ({ data }) => {
    if (data === SIGNED_OUT) options.reload();
  };
  const callTenant = async (tenant: string, path: string, init: RequestInit = {}): Promise<Response> => {
    const wish = tenantToken(tenant);
    try {
      const headers = new Headers(init.headers);
      headers.set('authorization', `Bearer ${await people.token(wish)}`);
      const answer = await fetch(`/api/${encodeURIComponent(tenant)}${path}`, { ...init, headers, credentials: 'omit' });
      if (answer.status === 401) people.expire(wish.scope);
      return answer;
    } catch (error) {
      if (init.signal?.aborted) throw error;
      if (error instanceof PlatformError) return refusedAnswer(error);
      return problemAnswer('unavailable', 'The api does not answer. Nothing was lost here; try again in a moment.');
    }
  };
  return {
    kind: 'browser',
    views: ['tenant'],
    environments: async () => ({
      environments: [{ id: 'here', name: settings.name, kind: settings.kind, hasPlatformView: false }],
      current: 'here',
    }),
    selectEnvironment: async () => {},
    session: async (realm) => (realm === 'tenants' ? await people.view() : NO_STAFF),
    signIn: async (realm) => {
      requireTenants(realm);
      return await people.signIn();
    },
    signOut: async (realm) => {
      requireTenants(realm);
      const { signedIn } = await people.view();
      const session = await people.signOut();
      // Whose session had ended before ends nothing elsewhere.
      if (signedIn) otherTabs.postMessage(SIGNED_OUT);
      return session;
    },
    callTenant,
    diagnostics: async () => {
      const { signedIn, tenants } = await people.view();
      const lines = [
        `Tenantry diagnostics of ${new Date().toISOString()}`,
        ...Object.entries(options.versions).map(([name, version]) => `${name} ${version}`),
        `web console at ${page.address().origin}, environment ${settings.name} (${settings.kind})`,
        `identity ${settings.issuer}`,
        `session tenants: ${signedIn ? `signed in, member of ${tenants.length} tenants` : 'signed out'}, kept memory`,
      ];
      return `${lines.join('\n')}\n`;
    },
    openLink: async (url) => {
      const safe = externalLink(url, settings.kind);
      if (safe === undefined)
        throw new PlatformError({ code: 'invalid', title: 'This address is not opened', detail: 'Only https addresses are opened.' });
      options.openTab(safe);
    },
    platformView: undefined,
    onSessionChanged: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    // An address of a screen is an address like any other here: the browser opens it.
    onLinkOpened: () => () => {},
  };
}

const NO_STAFF: SessionView = { realm: 'staff', signedIn: false, person: undefined, tenants: [], kept: 'memory' };

/** What a browser's console shows is for whoever sits before it; there is nothing in here for them. */
const SILENT = { info: () => {}, error: () => {} };

function requireTenants(realm: RealmName): void {
  if (realm === 'staff')
    throw new PlatformError({
      code: 'not-found',
      title: 'There is no platform view',
      detail: 'A browser cannot reach the cluster. Open it in the desktop application.',
    });
}
