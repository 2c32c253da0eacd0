import { z } from 'zod';
import { IdentityProviderAway, KeycloakError } from './keycloak-errors.ts';

/** One call. A use case makes a few of them, and a caller waits for all. */
const TIMEOUT_MS = 5000;
/** Calls of one process under way at once: a slow Keycloak holds this much of our memory and no more. */
const IN_FLIGHT_MAX = 32;
/** Tokens live 5 minutes; one is replaced this long before it ends. */
const RENEW_BEFORE_MS = 30_000;

const TokenAnswer = z.object({ access_token: z.string(), expires_in: z.number() });

/** How the api signs in to the realm's administration. */
export interface KeycloakLogin {
  /** `https://…/realms/tenantry`. */
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string;
}

/** Told of every call. */
export type OnCall = (outcome: 'ok' | 'refused' | 'away', seconds: number) => void;

/**
 * Keycloak's admin REST of one realm, signed in by client credentials, over the process's fetch: it trusts the authorities the process trusts,
 * and verification cannot be switched off.
 */
export class KeycloakRest {
  readonly #login: KeycloakLogin;
  readonly #adminUrl: string;
  readonly #timeoutMs: number;
  readonly #onCall: OnCall | undefined;
  #inFlight = 0;
  #token: { readonly value: string; readonly renewAt: number } | undefined;

  constructor(login: KeycloakLogin, options: { readonly timeoutMs?: number; readonly onCall?: OnCall } = {}) {
    const issuer = new URL(login.issuer);
    this.#login = login;
    this.#adminUrl = `${issuer.origin}/admin${issuer.pathname}`;
    this.#timeoutMs = options.timeoutMs ?? TIMEOUT_MS;
    this.#onCall = options.onCall;
  }

  /**
   * Parsed body, undefined for an empty one. `created` is the last part of the Location header.
   * @throws KeycloakError for a status of 400 and more; IdentityProviderAway.
   */
  async send(method: string, path: string, body?: unknown): Promise<{ readonly body: unknown; readonly created: string | undefined }> {
    if (this.#inFlight >= IN_FLIGHT_MAX) throw new IdentityProviderAway('too many calls to Keycloak are under way');
    this.#inFlight += 1;
    try {
      const first = await this.#once(method, path, body, await this.#bearer());
      // A token ended by a restart of Keycloak or a rotated secret: one fresh try.
      const answer = first.status === 401 ? await this.#once(method, path, body, await this.#bearer(true)) : first;
      if (answer.status >= 400) throw refusal(method, path, answer);
      return { body: answer.text === '' ? undefined : JSON.parse(answer.text), created: answer.location?.split('/').at(-1) };
    } finally {
      this.#inFlight -= 1;
    }
  }

  #once(method: string, path: string, body: unknown, token: string) {
    return this.#ask(`${this.#adminUrl}${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  }

  async #bearer(fresh = false): Promise<string> {
    if (!fresh && this.#token !== undefined && Date.now() < this.#token.renewAt) return this.#token.value;
    const { issuer, clientId, clientSecret } = this.#login;
    const url = `${issuer}/protocol/openid-connect/token`;
    const answer = await this.#ask(url, {
      method: 'POST',
      body: new URLSearchParams({ grant_type: 'client_credentials', client_id: clientId, client_secret: clientSecret }),
    });
    if (answer.status >= 400) throw refusal('POST', new URL(url).pathname, answer);
    const { access_token, expires_in } = TokenAnswer.parse(JSON.parse(answer.text));
    this.#token = { value: access_token, renewAt: Date.now() + expires_in * 1000 - RENEW_BEFORE_MS };
    return access_token;
  }

  async #ask(url: string, request: RequestInit): Promise<{ status: number; text: string; location: string | null }> {
    const started = performance.now();
    const told = (outcome: Parameters<OnCall>[0]) => this.#onCall?.(outcome, (performance.now() - started) / 1000);
    try {
      const answer = await fetch(url, { ...request, redirect: 'error', signal: AbortSignal.timeout(this.#timeoutMs) });
      const text = await answer.text();
      told(answer.status < 400 ? 'ok' : 'refused');
      return { status: answer.status, text, location: answer.headers.get('location') };
    } catch (error) {
      told('away');
      throw new IdentityProviderAway('Keycloak cannot be reached', { cause: error });
    }
  }
}

/** A gateway in front of a Keycloak that restarts answers for it. */
function refusal(method: string, path: string, { status, text }: { status: number; text: string }): Error {
  const error = new KeycloakError(method, path, status, text);
  return [502, 503, 504].includes(status) ? new IdentityProviderAway('Keycloak is not ready', { cause: error }) : error;
}
