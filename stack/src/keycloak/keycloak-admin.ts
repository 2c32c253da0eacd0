import { readFile } from 'node:fs/promises';
import type { PartContext } from '../part.ts';
import { ensureLocalPki } from '../pki.ts';
import { PORTS } from '../ports.ts';
import { SECRETS, secret } from '../secrets.ts';
import { type TrustingFetch, trustingFetch } from './trusting-fetch.ts';

/** The administrator of the whole server, made at its first start. Only the stack uses it. */
export const bootstrapAdmin = { realm: 'master', clientId: 'tenantry-stack' } as const;

/** Origin of the local Keycloak. */
export function keycloakUrl(nodeAddress: string): string {
  return `https://${nodeAddress}:${PORTS.keycloak}`;
}

/** The admin REST API. Paths are below `/admin/realms`, as in `/tenantry/users`. */
export interface KeycloakAdmin {
  /** @throws when the answer is no JSON or an error; nothing for 404. */
  readonly get: <T>(path: string) => Promise<T | undefined>;
  /** Id of what was made, from the Location header or the answer; empty when it says none. @throws for an error. */
  readonly post: (path: string, body: unknown) => Promise<string>;
  readonly put: (path: string, body?: unknown) => Promise<void>;
  readonly remove: (path: string, body?: unknown) => Promise<void>;
}

/** An answer of Keycloak that was not what we asked for. */
export class KeycloakError extends Error {
  readonly status: number;
  constructor(message: string, status: number) {
    super(message);
    this.name = 'KeycloakError';
    this.status = status;
  }
}

/** The admin API with the rights of the server's administrator. */
export async function keycloakAdmin(context: Pick<PartContext, 'paths' | 'nodeAddress'>): Promise<KeycloakAdmin> {
  const pki = await ensureLocalPki(context.paths, context.nodeAddress);
  return adminClient({
    origin: keycloakUrl(context.nodeAddress),
    realm: bootstrapAdmin.realm,
    clientId: bootstrapAdmin.clientId,
    clientSecret: await secret(context.paths, SECRETS.keycloakAdmin),
    ask: trustingFetch(await readFile(pki.ca, 'utf8')),
  });
}

export interface AdminLogin {
  readonly origin: string;
  readonly realm: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly ask: TrustingFetch;
}

/** The admin API with the rights of a service account. */
export function adminClient(login: AdminLogin): KeycloakAdmin {
  let token: { value: string; until: number } | undefined;
  const freshToken = async (): Promise<string> => {
    if (token && token.until > Date.now()) return token.value;
    const body = new URLSearchParams({ grant_type: 'client_credentials', client_id: login.clientId, client_secret: login.clientSecret });
    const answer = await login.ask(`${login.origin}/realms/${login.realm}/protocol/openid-connect/token`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: body.toString(),
    });
    if (answer.status !== 200)
      throw new KeycloakError(`Keycloak refuses ${login.clientId}: ${answer.status} ${answer.text}`, answer.status);
    const granted = JSON.parse(answer.text) as { access_token: string; expires_in: number };
    token = { value: granted.access_token, until: Date.now() + (granted.expires_in - 10) * 1000 };
    return token.value;
  };
  const ask = async (method: string, path: string, body?: unknown) => {
    const answer = await login.ask(`${login.origin}/admin/realms${path}`, {
      method,
      headers: { authorization: `Bearer ${await freshToken()}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    if (answer.status >= 400) throw new KeycloakError(`${method} ${path}: ${answer.status} ${answer.text}`, answer.status);
    // A token lists the realms it may administer; one from before a realm was made may not touch it.
    if (method === 'POST' && path === '') token = undefined;
    return answer;
  };
  return {
    get: async (path) => {
      try {
        return JSON.parse((await ask('GET', path)).text);
      } catch (error) {
        if (error instanceof KeycloakError && error.status === 404) return undefined;
        throw error;
      }
    },
    post: async (path, body) => {
      const answer = await ask('POST', path, body);
      const { location } = answer.headers;
      return typeof location === 'string' ? (location.split('/').at(-1) ?? '') : '';
    },
    put: async (path, body) => void (await ask('PUT', path, body)),
    remove: async (path, body) => void (await ask('DELETE', path, body)),
  };
}
