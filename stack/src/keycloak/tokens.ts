import { createHash, randomBytes } from 'node:crypto';
import type { Answer, TrustingFetch } from './trusting-fetch.ts';

/** What the token endpoint grants. */
export interface GrantedTokens {
  readonly accessToken: string;
  readonly refreshToken: string | undefined;
  /** Says who signed in, to the client alone; nothing is allowed by it. */
  readonly idToken: string | undefined;
  /** What was granted, which may be less than was asked: a denied scope is left out silently. */
  readonly scope: string;
  readonly expiresInSeconds: number;
}

export interface Issuer {
  /** `https://…/realms/<realm>`. */
  readonly url: string;
  readonly ask: TrustingFetch;
}

/** A machine's token by client credentials. @throws with Keycloak's own error when it is refused. */
export async function machineToken(issuer: Issuer, client: { readonly id: string; readonly secret: string }): Promise<GrantedTokens> {
  return await grant(issuer, { grant_type: 'client_credentials', client_id: client.id, client_secret: client.secret });
}

export interface PersonLogin {
  readonly clientId: string;
  readonly username: string;
  readonly password: string;
  /** E.g. `openid tenantry-api organization:acme`. */
  readonly scope: string;
}

/**
 * A person's token the way the desktop gets it: authorization request with PKCE, the login form's pages as a browser sends them, code for
 * token. The loopback address need not listen: the code is read from the redirect.
 * @throws with the form's or the server's words when the login is refused.
 */
export async function personToken(issuer: Issuer, login: PersonLogin): Promise<GrantedTokens> {
  const verifier = randomBytes(32).toString('base64url');
  const redirect = 'http://127.0.0.1:43117/callback';
  const query = new URLSearchParams({
    response_type: 'code',
    client_id: login.clientId,
    redirect_uri: redirect,
    scope: login.scope,
    state: randomBytes(16).toString('base64url'),
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
  });
  const code = await codeFromForms(issuer, `${issuer.url}/protocol/openid-connect/auth?${query}`, login);
  return await grant(issuer, {
    grant_type: 'authorization_code',
    client_id: login.clientId,
    redirect_uri: redirect,
    code,
    code_verifier: verifier,
  });
}

/** New tokens of the same session, narrowed to `scope`. */
export async function refreshedToken(issuer: Issuer, clientId: string, refreshToken: string, scope: string): Promise<GrantedTokens> {
  return await grant(issuer, { grant_type: 'refresh_token', client_id: clientId, refresh_token: refreshToken, scope });
}

async function codeFromForms(issuer: Issuer, start: string, login: PersonLogin): Promise<string> {
  const cookies = new Map<string, string>();
  const ask = async (url: string, form?: Record<string, string>): Promise<Answer> => {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const answer = await issuer.ask(url, {
      method: form ? 'POST' : 'GET',
      headers: { ...(cookie ? { cookie } : {}), ...(form ? { 'content-type': 'application/x-www-form-urlencoded' } : {}) },
      ...(form ? { body: new URLSearchParams(form).toString() } : {}),
    });
    for (const line of [answer.headers['set-cookie'] ?? []].flat()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      cookies.set(name, value);
    }
    return answer;
  };
  let answer = await ask(start);
  // With organizations the form has two pages, without them one; each is answered with the fields it shows.
  for (let page = 0; page < 6; page += 1) {
    const { location } = answer.headers;
    if (typeof location === 'string') {
      const target = new URL(location, start);
      if (target.hostname === '127.0.0.1' && target.pathname === '/callback') return codeOf(target);
      answer = await ask(target.href);
      continue;
    }
    answer = await ask(...nextForm(answer, login));
  }
  throw new Error(`the login of ${login.username} did not end; is a further step required of this account?`);
}

function codeOf(callback: URL): string {
  const code = callback.searchParams.get('code');
  if (code) return code;
  const { searchParams } = callback;
  throw new Error(`login refused: ${searchParams.get('error')} ${searchParams.get('error_description') ?? ''}`.trim());
}

function nextForm(answer: Answer, login: PersonLogin): [string, Record<string, string>] {
  const problem = /kc-feedback-text[^>]*>([^<]*)</.exec(answer.text)?.[1];
  if (problem) throw new Error(`login of ${login.username} refused: ${problem.trim()}`);
  const action = /<form[^>]*\saction="([^"]+)"/.exec(answer.text)?.[1];
  if (!action)
    throw new Error(`Keycloak answers ${answer.status} without a form: ${answer.text.replace(/<[^>]*>|\s+/g, ' ').slice(0, 300)}`);
  const shows = (field: string): boolean => new RegExp(`<input[^>]*\\sname="${field}"`).test(answer.text);
  const fields: Record<string, string> = {};
  if (shows('username')) fields.username = login.username;
  if (shows('password')) fields.password = login.password;
  if (Object.keys(fields).length === 0)
    throw new Error('Keycloak shows a form we do not know; ask for organization:<slug> when a person has several');
  return [action.replaceAll('&amp;', '&'), fields];
}

async function grant(issuer: Issuer, parameters: Record<string, string>): Promise<GrantedTokens> {
  const answer = await issuer.ask(`${issuer.url}/protocol/openid-connect/token`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams(parameters).toString(),
  });
  if (answer.status !== 200)
    throw new Error(`no token (${parameters.grant_type}, ${parameters.client_id}): ${answer.status} ${answer.text}`);
  const granted = JSON.parse(answer.text) as {
    access_token: string;
    refresh_token?: string;
    id_token?: string;
    scope: string;
    expires_in: number;
  };
  return {
    accessToken: granted.access_token,
    refreshToken: granted.refresh_token,
    idToken: granted.id_token,
    scope: granted.scope,
    expiresInSeconds: granted.expires_in,
  };
}
