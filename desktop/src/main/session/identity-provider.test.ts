import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { type IdentityProvider, SessionEnded } from '../../platform/session/session-parts.ts';
import { identityProvider } from './identity-provider.ts';

interface Grant {
  readonly status: number;
  readonly answer: object;
}

/** A person in their browser: given the address the application opened, what they come back with. */
type Visit = (asked: URLSearchParams) => Record<string, string>;

/** A provider on loopback that gives what the test says, and writes down what it was asked. */
async function world({ visit, grant }: { readonly visit: Visit; readonly grant?: (form: URLSearchParams, nonce: string) => Grant }) {
  const asked: URLSearchParams[] = [];
  const forms: URLSearchParams[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const tell = (status: number, answer: object) =>
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
    if (request.url?.endsWith('/openid-configuration') === true) {
      tell(200, { issuer, authorization_endpoint: `${issuer}/auth`, token_endpoint: `${issuer}/token`, jwks_uri: `${issuer}/keys` });
      return;
    }
    const form = new URLSearchParams(Buffer.concat(chunks).toString());
    forms.push(form);
    const { status, answer } = (grant ?? granted)(form, asked.at(-1)?.get('nonce') ?? '');
    tell(status, answer);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const granted = (_: URLSearchParams, nonce: string): Grant => ({
    status: 200,
    answer: { access_token: 'access', refresh_token: 'refresh', token_type: 'Bearer', expires_in: 300, id_token: idToken(issuer, nonce) },
  });
  const provider: IdentityProvider = identityProvider({
    issuer,
    clientId: 'tenantry-desktop',
    fetch: (url, init) => fetch(url, init),
    signInLimitMs: 60_000,
    openInBrowser: async (address) => {
      const parameters = new URL(address).searchParams;
      asked.push(parameters);
      const back = new URL(parameters.get('redirect_uri') as string);
      back.search = new URLSearchParams(visit(parameters)).toString();
      // The application waits for the arrival after this: the person does not keep it waiting.
      void fetch(back).then((page) => page.text());
    },
  });
  return { provider, asked, forms, issuer };
}

function idToken(issuer: string, nonce: string | undefined): string {
  const now = Math.floor(Date.now() / 1000);
  const claims = { iss: issuer, aud: 'tenantry-desktop', sub: 'f1', iat: now, exp: now + 300, nonce };
  return [{ alg: 'RS256' }, claims]
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.')
    .concat('.c2ln');
}

const comesBack: Visit = (asked) => ({ code: 'the-code', state: asked.get('state') ?? '' });

it('proves with a verifier that never left it that the code is its own, anew at every sign-in', async () => {
  const { provider, asked, forms } = await world({ visit: comesBack });
  expect(await provider.signIn('openid tenantry-api')).toEqual({ accessToken: 'access', refreshToken: 'refresh' });
  await provider.signIn('openid tenantry-api');
  for (const [index, parameters] of asked.entries()) {
    const verifier = forms[index]?.get('code_verifier') ?? '';
    expect(verifier.length).toBeGreaterThanOrEqual(43);
    expect(parameters.get('code_challenge')).toBe(createHash('sha256').update(verifier).digest('base64url'));
    expect(Object.fromEntries(parameters)).toMatchObject({
      client_id: 'tenantry-desktop',
      response_type: 'code',
      code_challenge_method: 'S256',
      scope: 'openid tenantry-api',
    });
    expect([...parameters.values()]).not.toContain(verifier);
    expect(forms[index]?.get('redirect_uri')).toBe(parameters.get('redirect_uri'));
    expect(forms[index]?.has('client_secret')).toBe(false);
  }
  for (const secret of ['state', 'nonce', 'code_challenge']) expect(new Set(asked.map((each) => each.get(secret))).size).toBe(2);
});

it.each([
  ['of another sign-in', (_: URLSearchParams, nonce: string) => nonce.toUpperCase()],
  ['without a nonce', () => undefined],
])('takes no identity %s', async (_, nonceOf) => {
  let issuer = '';
  const made = await world({
    visit: comesBack,
    grant: (form, nonce) => ({
      status: 200,
      answer: { access_token: 'access', refresh_token: 'refresh', token_type: 'Bearer', id_token: idToken(issuer, nonceOf(form, nonce)) },
    }),
  });
  issuer = made.issuer;
  await expect(made.provider.signIn('openid')).rejects.toMatchObject({ problem: { code: 'sign-in-failed' } });
});

it('says what the provider said when the person was refused, and asks for no token', async () => {
  const { provider, forms } = await world({
    visit: (asked) => ({ error: 'access_denied', error_description: 'Your account is locked', state: asked.get('state') ?? '' }),
  });
  await expect(provider.signIn('openid')).rejects.toMatchObject({ problem: { code: 'sign-in-failed', detail: 'Your account is locked' } });
  expect(forms).toEqual([]);
});

it.each([
  ['is over when the provider does not know it any more', 400, { error: 'invalid_grant' }, SessionEnded],
  ['is kept when the provider refuses a scope', 400, { error: 'invalid_scope' }, { problem: { code: 'forbidden' } }],
  ['is kept when the provider is in trouble', 503, {}, { problem: { code: 'unavailable' } }],
])('a session %s', async (_, status, answer, expected) => {
  const { provider } = await world({ visit: comesBack, grant: () => ({ status, answer }) });
  const refreshed = expect(provider.refresh('refresh', 'openid')).rejects;
  await (typeof expected === 'function' ? refreshed.toBeInstanceOf(expected) : refreshed.toMatchObject(expected));
});
