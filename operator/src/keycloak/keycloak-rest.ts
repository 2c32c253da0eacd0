import { Agent, fetch } from 'undici';
import { z } from 'zod';
import { KeycloakError } from './keycloak-errors.ts';

/** Inside the lease margin: a call that outlives leadership must not land late. */
const TIMEOUT_MS = 5000;
/** Tokens live 5 minutes; one is replaced this long before it ends. */
const RENEW_BEFORE_MS = 30_000;

const TokenAnswer = z.object({ access_token: z.string(), expires_in: z.number() });

/**
 * Keycloak's admin REST of one realm, signed in by client credentials. The certificate is checked against `ca`; there is no way to switch that off.
 * Not `@keycloak/keycloak-admin-client`: it lacks organization groups, and forty lines of fetch say what goes over the wire.
 */
export class KeycloakRest {
  readonly #tokenUrl: string;
  readonly #adminUrl: string;
  readonly #clientId: string;
  readonly #clientSecret: string;
  readonly #agent: Agent;
  #token: { readonly value: string; readonly renewAt: number } | undefined;

  constructor(options: { readonly issuer: string; readonly ca: string; readonly clientId: string; readonly clientSecret: string }) {
    const issuer = new URL(options.issuer);
    this.#tokenUrl = `${options.issuer}/protocol/openid-connect/token`;
    this.#adminUrl = `${issuer.origin}/admin${issuer.pathname}`;
    this.#clientId = options.clientId;
    this.#clientSecret = options.clientSecret;
    this.#agent = new Agent({ connect: { ca: options.ca }, connections: 8, keepAliveTimeout: 60_000 });
  }

  /** Parsed body, undefined for an empty one. `created` is the last part of the Location header. @throws KeycloakError for any status ≥400. */
  async send(method: string, path: string, body?: unknown): Promise<{ readonly body: unknown; readonly created: string | undefined }> {
    const first = await this.#once(method, path, body, await this.#bearer());
    // A token ended by a restart of Keycloak or a rotated secret: one fresh try.
    const answer = first.status === 401 ? await this.#once(method, path, body, await this.#bearer(true)) : first;
    const text = await answer.text();
    if (answer.status >= 400) throw new KeycloakError(method, path, answer.status, text);
    return { body: text === '' ? undefined : JSON.parse(text), created: answer.headers.get('location')?.split('/').at(-1) };
  }

  async close(): Promise<void> {
    await this.#agent.close();
  }

  async #once(method: string, path: string, body: unknown, token: string) {
    return fetch(`${this.#adminUrl}${path}`, {
      method,
      dispatcher: this.#agent,
      signal: AbortSignal.timeout(TIMEOUT_MS),
      headers: { authorization: `Bearer ${token}`, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  }

  async #bearer(fresh = false): Promise<string> {
    if (!fresh && this.#token !== undefined && Date.now() < this.#token.renewAt) return this.#token.value;
    const answer = await fetch(this.#tokenUrl, {
      method: 'POST',
      dispatcher: this.#agent,
      signal: AbortSignal.timeout(TIMEOUT_MS),
      body: new URLSearchParams({ grant_type: 'client_credentials', client_id: this.#clientId, client_secret: this.#clientSecret }),
    });
    const text = await answer.text();
    if (!answer.ok) throw new KeycloakError('POST', new URL(this.#tokenUrl).pathname, answer.status, text);
    const { access_token, expires_in } = TokenAnswer.parse(JSON.parse(text));
    this.#token = { value: access_token, renewAt: Date.now() + expires_in * 1000 - RENEW_BEFORE_MS };
    return access_token;
  }
}
