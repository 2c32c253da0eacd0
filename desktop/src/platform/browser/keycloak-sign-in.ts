import type Keycloak from 'keycloak-js';
import type { KeycloakConfig } from 'keycloak-js';
import type { BridgeProblem } from '../bridge.ts';
import { PlatformError } from '../platform-error.ts';
import { type Granted, type IdentityProvider, SessionEnded, type SessionVault } from '../session/session-parts.ts';
import { TENANTS_SIGN_IN_SCOPE } from '../session/tenant-token.ts';
import type { SecondTab } from './second-tab.ts';

/** As much of keycloak-js as is used here. */
export type KeycloakClient = Pick<
  Keycloak,
  'init' | 'login' | 'createLoginUrl' | 'updateToken' | 'clearToken' | 'authenticated' | 'token' | 'refreshToken'
>;

/** The page that signs in, as far as it takes part. */
export interface SigningPage {
  /** Its address now. */
  readonly address: () => URL;
  /** Shows another screen of ours without loading anything. */
  readonly show: (hash: string) => void;
  /** Has this as the part of its address before the screen, without loading anything. */
  readonly setQuery: (query: string) => void;
  /** Undefined when the browser does not open one. */
  readonly openSecondTab: () => SecondTab | undefined;
  /** Of this tab; it outlives the way to the identity provider and back. */
  readonly tabStorage: Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>;
  /** Of every tab of this browser. */
  readonly storage: Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>;
}

export interface KeycloakSignInOptions {
  readonly issuer: string;
  readonly clientId: string;
  /** keycloak-js knows one sign-in each: after a failure another one is made. */
  readonly client: (config: KeycloakConfig) => KeycloakClient;
  readonly fetch: (url: string, init: RequestInit) => Promise<Response>;
  readonly page: SigningPage;
}

/** A person was signed in here before, so the identity provider may still know them. It is no token and opens nothing. */
const HINT = 'tenantry.signedIn';
/** The screen that was asked for before the page went to sign in. A tab that comes back without one has not gone itself. */
const WANTED = 'tenantry.wanted';
/** Seconds: what keycloak-js holds is taken when it is good for at least this. */
const MARGIN_S = 30;

/**
 * keycloak-js as the session's provider and vault: PKCE and state are its own, and so are the tokens, in memory. There are no hidden frames, which
 * need the cookies of another site that browsers no longer send: a page that is loaded anew asks the provider by going there and back
 * (`prompt=none`), and only when somebody was signed in before.
 */
export class KeycloakSignIn implements IdentityProvider, SessionVault {
  readonly #options: KeycloakSignInOptions;
  #arrived: Promise<KeycloakClient> | undefined;

  constructor(options: KeycloakSignInOptions) {
    this.#options = options;
  }

  /**
   * Leaves the page; who comes back is signed in, on the screen they left. Where somebody is awaited the page stays, and a second tab goes.
   * @throws PlatformError when the provider is not there to go to, or lets nobody in
   */
  async signIn(scope: string, isAwaited = false): Promise<Granted> {
    if (isAwaited) return await this.#signInBeside(scope);
    const { page } = this.#options;
    const client = this.#newClient();
    // Reads the provider's description: a browser that went to one that is away would show its own error and not come back.
    await client.init(INITIALLY).catch((error: unknown) => {
      throw away(error);
    });
    page.tabStorage.setItem(WANTED, page.address().hash);
    await client.login({ scope, redirectUri: this.#home() });
    return await new Promise<never>(() => {});
  }

  async refresh(refreshToken: string, scope: string | undefined): Promise<Granted> {
    return scope === undefined ? await wide(await this.#client()) : await this.#narrowed(refreshToken, scope);
  }

  /** With the refresh token Keycloak ends the whole session without showing a page, and no token is in an address. */
  async endSession(refreshToken: string): Promise<void> {
    await this.#post('logout', { refresh_token: refreshToken });
  }

  async kept(): Promise<'memory'> {
    return 'memory';
  }

  async read(): Promise<string | undefined> {
    return (await this.#client()).refreshToken;
  }

  async write(_name: string, token: string): Promise<void> {
    (await this.#client()).refreshToken = token;
  }

  async remove(): Promise<void> {
    this.#options.page.storage.removeItem(HINT);
    (await this.#client()).clearToken();
  }

  async #signInBeside(scope: string): Promise<Granted> {
    const { page } = this.#options;
    // At once: a moment later the browser does not know any more that a person asked for it.
    const tab = page.openSecondTab();
    if (tab === undefined)
      throw problem(
        'sign-in-failed',
        'You are not signed in',
        'Your browser did not open a second tab. Allow it for this address and try again.',
      );
    const asking = this.#newClient();
    try {
      await asking.init(INITIALLY);
    } catch (error) {
      tab.close();
      throw away(error);
    }
    const url = await asking.createLoginUrl({ scope, redirectUri: this.#home() });
    // What the tab is told there is taken up here, as if this page had gone: the proof that the answer is ours is in keycloak-js's own hands.
    page.setQuery(await tab.ask(url));
    const client = await this.#arrive();
    this.#arrived = Promise.resolve(client);
    if (client.token === undefined) throw refused(undefined);
    return { accessToken: client.token, refreshToken: client.refreshToken };
  }

  #client(): Promise<KeycloakClient> {
    this.#arrived ??= this.#arrive();
    return this.#arrived;
  }

  /** Takes up the sign-in the page comes back from, or the session of before. */
  async #arrive(): Promise<KeycloakClient> {
    const { page } = this.#options;
    const comesBack = page.address().searchParams.has('state');
    const client = this.#newClient();
    try {
      const isKnown = page.storage.getItem(HINT) !== null;
      if (!comesBack && isKnown) page.tabStorage.setItem(WANTED, page.address().hash);
      await client.init({
        ...INITIALLY,
        scope: TENANTS_SIGN_IN_SCOPE,
        redirectUri: this.#home(),
        ...(isKnown ? { onLoad: 'check-sso' as const } : {}),
      });
    } catch (error) {
      // Not read yet: the provider did not even describe itself. The answer is still in the address, for the next try.
      if (!comesBack || page.address().searchParams.has('state')) {
        this.#arrived = undefined;
        throw away(error);
      }
      page.storage.removeItem(HINT);
      this.#wanted();
      throw refused(error);
    }
    // Only who came in is asked for silently next time: nobody is sent to and fro for ever.
    if (client.authenticated) page.storage.setItem(HINT, 'true');
    else page.storage.removeItem(HINT);
    if (comesBack) this.#wanted();
    return client;
  }

  #wanted(): void {
    const { tabStorage, show } = this.#options.page;
    const hash = tabStorage.getItem(WANTED);
    tabStorage.removeItem(WANTED);
    if (hash !== null && hash !== '') show(hash);
  }

  /** keycloak-js refreshes with everything the sign-in was given; a token of one tenant is asked for by hand. */
  async #narrowed(refreshToken: string, scope: string): Promise<Granted> {
    const answer = await this.#post('token', { grant_type: 'refresh_token', refresh_token: refreshToken, scope });
    const body = (await answer.json().catch(() => ({}))) as Readonly<Record<string, string | undefined>>;
    if (answer.ok && body.access_token !== undefined) return { accessToken: body.access_token, refreshToken: body.refresh_token };
    // The one answer that says the session is over. Everything else may pass: a session is not thrown away for a bad minute of the network.
    if (body.error === 'invalid_grant') throw new SessionEnded(body.error_description ?? body.error);
    if (answer.status < 500) throw problem('forbidden', 'The identity provider refuses this', body.error_description ?? `${answer.status}`);
    throw away(new Error(`it answers ${answer.status}`));
  }

  async #post(endpoint: 'token' | 'logout', form: Readonly<Record<string, string>>): Promise<Response> {
    const { issuer, clientId, fetch } = this.#options;
    try {
      return await fetch(`${issuer}/protocol/openid-connect/${endpoint}`, {
        method: 'POST',
        credentials: 'omit',
        body: new URLSearchParams({ client_id: clientId, ...form }),
      });
    } catch (error) {
      throw away(error);
    }
  }

  #newClient(): KeycloakClient {
    const { issuer, clientId, client } = this.#options;
    return client({ oidcProvider: issuer, clientId });
  }

  /** The one address the provider sends people back to: that of the page, without the screen. */
  #home(): string {
    return `${this.#options.page.address().origin}/`;
  }
}

/** Whether the tab comes back from the provider without having gone there: another page waits for what it brings. */
export function isSentByAnother({ address, tabStorage }: Pick<SigningPage, 'address' | 'tabStorage'>): boolean {
  return address().searchParams.has('state') && tabStorage.getItem(WANTED) === null;
}

const INITIALLY = { flow: 'standard', pkceMethod: 'S256', responseMode: 'query', checkLoginIframe: false } as const;

/** What keycloak-js holds; it asks anew when that is about to end. */
async function wide(client: KeycloakClient): Promise<Granted> {
  try {
    await client.updateToken(MARGIN_S);
  } catch (error) {
    // It forgets its tokens when the provider says the session is over, and only then.
    if (client.refreshToken === undefined) throw new SessionEnded('the session has ended', { cause: error });
    throw away(error);
  }
  if (client.token === undefined) throw new SessionEnded('there is no session');
  return { accessToken: client.token, refreshToken: client.refreshToken };
}

function away(error: unknown): PlatformError {
  const why = error instanceof Error ? error.message : String(error);
  return problem('unavailable', 'The identity provider does not answer', `Your session is kept. ${why}`);
}

function refused(error: unknown): PlatformError {
  const said = (error as { readonly error_description?: string; readonly error?: string } | undefined) ?? {};
  const detail = said.error_description ?? said.error ?? 'The identity provider did not accept the sign-in. Try again.';
  return problem('sign-in-failed', 'You are not signed in', detail);
}

function problem(code: BridgeProblem['code'], title: string, detail: string): PlatformError {
  return new PlatformError({ code, title, detail });
}
