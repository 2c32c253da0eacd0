import {
  allowInsecureRequests,
  authorizationCodeGrant,
  buildAuthorizationUrl,
  type Configuration,
  calculatePKCECodeChallenge,
  customFetch,
  discovery,
  None,
  ResponseBodyError,
  randomNonce,
  randomPKCECodeVerifier,
  randomState,
  refreshTokenGrant,
} from 'openid-client';
import { type Granted, type IdentityProvider, SessionEnded } from '../../platform/session/session-parts.ts';
import type { Fetch } from '../electron-port.ts';
import { refusal } from '../refusal.ts';
import { loopbackReceiver } from './loopback-receiver.ts';

/** As long as a person may take for a second factor and a password manager. */
const SIGN_IN_LIMIT_MS = 5 * 60_000;
const REQUEST_LIMIT_S = 20;

export interface IdentityProviderOptions {
  readonly issuer: string;
  readonly clientId: string;
  readonly fetch: Fetch;
  readonly openInBrowser: (url: string) => Promise<void>;
  readonly signInLimitMs?: number;
}

/** As a native application (RFC 8252), with the system's browser. Reads the provider's description when it is first needed, and again after a failure. */
export function identityProvider(options: IdentityProviderOptions): IdentityProvider {
  let described: Promise<Configuration> | undefined;
  const configuration = (): Promise<Configuration> => {
    described ??= describe(options).catch((error: unknown) => {
      described = undefined;
      throw away(error);
    });
    return described;
  };
  return {
    signIn: async (scope) => signIn(await configuration(), scope, options),
    refresh: async (refreshToken, scope) => {
      const config = await configuration();
      try {
        return granted(await refreshTokenGrant(config, refreshToken, scope === undefined ? {} : { scope }));
      } catch (error) {
        // The one answer that says the session is over. Everything else may pass: a session is not thrown away for a bad minute of the network.
        if (error instanceof ResponseBodyError && error.error === 'invalid_grant')
          throw new SessionEnded('the session has ended', { cause: error });
        if (error instanceof ResponseBodyError)
          throw refusal('forbidden', 'The identity provider refuses this', error.error_description ?? error.error);
        throw away(error);
      }
    },
    endSession: async (refreshToken) => {
      const config = await configuration();
      const endpoint = config.serverMetadata().end_session_endpoint;
      if (endpoint === undefined) return;
      // With the refresh token Keycloak ends the whole session without showing a page.
      const answer = await options.fetch(endpoint, {
        method: 'POST',
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        body: new URLSearchParams({ client_id: options.clientId, refresh_token: refreshToken }).toString(),
      });
      await answer.body?.cancel();
    },
  };
}

async function describe({ issuer, clientId, fetch }: IdentityProviderOptions): Promise<Configuration> {
  const url = new URL(issuer);
  return await discovery(url, clientId, undefined, None(), {
    [customFetch]: (address, init) => fetch(address, init as RequestInit),
    timeout: REQUEST_LIMIT_S,
    // For tests of the main process alone; an environment may name https addresses only.
    ...(url.protocol === 'http:' && url.hostname === '127.0.0.1' ? { execute: [allowInsecureRequests] } : {}),
  });
}

async function signIn(config: Configuration, scope: string, options: IdentityProviderOptions): Promise<Granted> {
  const [verifier, state, nonce] = [randomPKCECodeVerifier(), randomState(), randomNonce()];
  await using receiver = await loopbackReceiver({ state, limitMs: options.signInLimitMs ?? SIGN_IN_LIMIT_MS });
  const address = buildAuthorizationUrl(config, {
    redirect_uri: receiver.redirectUri,
    scope,
    state,
    nonce,
    code_challenge: await calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
  });
  await options.openInBrowser(address.href);
  const arrival = await receiver.arrival.catch((error: Error) => {
    throw refusal('sign-in-failed', 'You are not signed in', `${error.message}. Try again.`);
  });
  try {
    return granted(
      await authorizationCodeGrant(config, arrival, { pkceCodeVerifier: verifier, expectedState: state, expectedNonce: nonce }),
    );
  } catch {
    const said = arrival.searchParams.get('error_description') ?? arrival.searchParams.get('error');
    throw refusal('sign-in-failed', 'You are not signed in', said ?? 'The identity provider did not accept the sign-in. Try again.');
  }
}

function granted(tokens: { readonly access_token: string; readonly refresh_token?: string | undefined }): Granted {
  return { accessToken: tokens.access_token, refreshToken: tokens.refresh_token };
}

function away(error: unknown) {
  const why = error instanceof Error ? (error.cause instanceof Error ? error.cause.message : error.message) : String(error);
  return refusal('unavailable', 'The identity provider does not answer', `Your session is kept. ${why}`);
}
