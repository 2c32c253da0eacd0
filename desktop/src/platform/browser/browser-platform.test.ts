import { expect, it, onTestFinished, vi } from 'vitest';
import type { SessionView } from '../bridge.ts';
import { browserPlatform } from './browser-platform.ts';
import type { KeycloakClient } from './keycloak-sign-in.ts';
import type { SecondTab } from './second-tab.ts';

const ORIGIN = 'https://console.example';
const ISSUER = 'https://id.example/realms/tenantry';
const TOKEN = `${ISSUER}/protocol/openid-connect/token`;
const NOW = 1_800_000_000_000;

function jwt(organizations: readonly string[], lifetimeS = 300): string {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const organization = Object.fromEntries(organizations.map((slug) => [slug, { id: slug }]));
  const claims = { sub: 'f1', preferred_username: 'grace', aud: 'tenantry-api', exp: Date.now() / 1000 + lifetimeS, organization };
  return `${part({ alg: 'none' })}.${part(claims)}.c2ln`;
}

function shelf() {
  const kept = new Map<string, string>();
  const storage = {
    getItem: (name: string) => kept.get(name) ?? null,
    setItem: (name: string, value: string) => void kept.set(name, value),
    removeItem: (name: string) => void kept.delete(name),
  };
  return { kept, storage };
}

interface WorldOptions {
  /** Behind the origin: what stands in the address when the page is loaded. */
  readonly at?: string;
  /** Of the browser, from earlier. */
  readonly known?: boolean;
  readonly tab?: ReturnType<typeof shelf>;
  /** What the sign-in that the page comes back from gives. */
  readonly isLetIn?: boolean;
  /** What happens while keycloak-js starts. It takes the provider's answer out of the address before it asks for tokens. */
  readonly init?: (takeAnswer: () => void) => Promise<void>;
  /** What the identity provider says to a refresh of one tenant. */
  readonly refresh?: (form: URLSearchParams) => Response;
  /** Undefined where the browser opens none. */
  readonly secondTab?: SecondTab;
}

/** A page in a browser; keycloak-js in it is three lines, and so are the servers. */
function world({ at = '/', known = false, tab = shelf(), isLetIn = true, init, refresh, secondTab }: WorldOptions = {}) {
  vi.useFakeTimers({ toFake: ['Date'], now: NOW });
  onTestFinished(() => void vi.useRealTimers());
  let address = new URL(at, ORIGIN);
  const browser = shelf();
  if (known) browser.kept.set('tenantry.signedIn', 'true');
  const inits: object[] = [];
  const logins: object[] = [];
  const refreshes: URLSearchParams[] = [];
  const calls: { readonly url: string; readonly token: string | null }[] = [];
  const told: SessionView[] = [];
  const said: unknown[] = [];
  const shown: string[] = [];
  let reloads = 0;
  const client = (): KeycloakClient => ({
    authenticated: false,
    async init(options = {}) {
      inits.push(options);
      const comesBack = address.searchParams.has('code');
      const takeAnswer = (): void => {
        address = new URL(address.hash, ORIGIN);
      };
      await init?.(takeAnswer);
      takeAnswer();
      if (comesBack && isLetIn) Object.assign(this, { authenticated: true, token: jwt(['acme', 'globex']), refreshToken: 'refresh-1' });
      return this.authenticated;
    },
    login: async (options = {}) => void logins.push(options),
    createLoginUrl: async (options = {}) => {
      logins.push(options);
      return `${ISSUER}/auth?state=s`;
    },
    updateToken: async () => false,
    clearToken() {
      delete this.token;
      delete this.refreshToken;
    },
  });
  const otherTabs: Parameters<typeof browserPlatform>[0]['otherTabs'] = { postMessage: (message) => said.push(message), onmessage: null };
  const platform = browserPlatform({
    settings: { name: 'Test', kind: 'production', issuer: ISSUER, clientId: 'tenantry-web-console' },
    client,
    fetch: async (url, request) => {
      if (url !== TOKEN) {
        calls.push({ url, token: new Headers(request.headers).get('authorization') });
        return Response.json({});
      }
      const form = request.body as URLSearchParams;
      refreshes.push(form);
      const [, slug = ''] = /organization:(\S+)/.exec(form.get('scope') ?? '') ?? [];
      return refresh?.(form) ?? Response.json({ access_token: jwt([slug]), refresh_token: 'refresh-2' });
    },
    page: {
      address: () => address,
      show: (hash) => {
        shown.push(hash);
        address = new URL(hash, ORIGIN);
      },
      setQuery: (query) => {
        address = new URL(`/${query}${address.hash}`, ORIGIN);
      },
      openSecondTab: () => secondTab,
      tabStorage: tab.storage,
      storage: browser.storage,
    },
    otherTabs,
    reload: () => void reloads++,
    openTab: (url) => void said.push(url),
    versions: {},
  });
  platform.onSessionChanged((session) => told.push(session));
  return { platform, browser, tab, inits, logins, refreshes, calls, told, said, shown, otherTabs, reloads: () => reloads };
}

const COMES_BACK = '/?state=s&code=c';
const many = (ask: () => Promise<Response>): Promise<Response[]> => Promise.all(Array.from({ length: 100 }, ask));

it('asks for one token when a hundred calls need one, renews it once before it ends, and each is of one tenant', async () => {
  const { platform, refreshes, calls } = world({ at: COMES_BACK });
  await many(() => platform.callTenant('acme', '/v1/me'));
  expect(refreshes.map((form) => [form.get('grant_type'), form.get('refresh_token'), form.get('scope')])).toEqual([
    ['refresh_token', 'refresh-1', 'openid tenantry-api organization:acme'],
  ]);
  expect(new Set(calls.map(({ url, token }) => `${url} ${token?.slice(0, 9)}`))).toEqual(new Set(['/api/acme/v1/me Bearer ey']));
  expect(new Set(calls.map(({ token }) => token)).size).toBe(1);
  vi.setSystemTime(NOW + 269_000);
  await many(() => platform.callTenant('acme', '/v1/me'));
  expect(refreshes).toHaveLength(1);
  vi.setSystemTime(NOW + 271_000);
  await many(() => platform.callTenant('acme', '/v1/me'));
  expect(refreshes).toHaveLength(2);
  expect(refreshes[1]?.get('refresh_token')).toBe('refresh-2');
  await platform.callTenant('globex', '/v1/me');
  expect(refreshes.map((form) => form.get('scope')?.split(':')[1])).toEqual(['acme', 'acme', 'globex']);
});

it('keeps nothing in a storage but that somebody was signed in', async () => {
  const { platform, browser, tab } = world({ at: COMES_BACK });
  expect(await platform.session('tenants')).toMatchObject({ signedIn: true, tenants: ['acme', 'globex'], kept: 'memory' });
  await platform.callTenant('acme', '/v1/me');
  expect([...browser.kept, ...tab.kept]).toEqual([['tenantry.signedIn', 'true']]);
});

it('goes to sign in from the screen that was asked for, by one exact address, and is back on that screen', async () => {
  const left = world({ at: '/#/tenants/acme/customers?q=m' });
  void left.platform.signIn('tenants');
  await vi.waitFor(() => expect(left.logins).toHaveLength(1));
  expect(left.logins).toEqual([{ scope: 'openid tenantry-api organization:*', redirectUri: `${ORIGIN}/` }]);
  expect(left.inits).toEqual([expect.objectContaining({ pkceMethod: 'S256', flow: 'standard', checkLoginIframe: false })]);
  const back = world({ at: COMES_BACK, tab: left.tab });
  await back.platform.session('tenants');
  expect(back.shown).toEqual(['#/tenants/acme/customers?q=m']);
  expect(back.tab.kept.size).toBe(0);
});

it('asks the provider silently only where somebody was signed in, and not again when it knows nobody', async () => {
  const fresh = world();
  expect(await fresh.platform.session('tenants')).toMatchObject({ signedIn: false });
  expect(fresh.inits[0]).not.toHaveProperty('onLoad');
  const known = world({ at: '/?state=s&error=login_required', known: true });
  expect(await known.platform.session('tenants')).toMatchObject({ signedIn: false });
  expect(known.inits[0]).toHaveProperty('onLoad', 'check-sso');
  expect(known.browser.kept.size).toBe(0);
});

it('says so when the provider does not let the person in, and does not send them there again by itself', async () => {
  let asked = 0;
  const { platform, browser } = world({
    at: COMES_BACK,
    known: true,
    init: async (takeAnswer) => {
      asked += 1;
      takeAnswer();
      throw new Error('Server responded with an invalid status.');
    },
  });
  await expect(platform.session('tenants')).rejects.toMatchObject({ problem: { code: 'sign-in-failed' } });
  await expect(platform.session('tenants')).rejects.toMatchObject({ problem: { code: 'sign-in-failed' } });
  expect([asked, browser.kept.size]).toEqual([1, 0]);
});

it('tries again when the provider was away, and leaves the page for one that is there only', async () => {
  let isAway = true;
  const { platform, logins } = world({
    init: async () => {
      if (isAway) throw new TypeError('fetch failed');
    },
  });
  await expect(platform.session('tenants')).rejects.toMatchObject({ problem: { code: 'unavailable' } });
  await expect(platform.signIn('tenants')).rejects.toMatchObject({ problem: { code: 'unavailable' } });
  expect(logins).toEqual([]);
  isAway = false;
  expect(await platform.session('tenants')).toMatchObject({ signedIn: false });
});

it('tells the screens when the session has ended, and answers as the api would', async () => {
  const over = () => Response.json({ error: 'invalid_grant', error_description: 'Session not active' }, { status: 400 });
  const { platform, told, calls, browser } = world({ at: COMES_BACK, refresh: over });
  await platform.session('tenants');
  const answer = await platform.callTenant('acme', '/v1/me');
  expect([answer.status, await answer.json()]).toMatchObject([401, { code: 'token-missing' }]);
  expect([told.at(-1)?.signedIn, calls.length, browser.kept.size]).toEqual([false, 0, 0]);
});

it('brings the person back by a second tab when their session ended by itself, and the page stays where it is', async () => {
  let isOver = true;
  const asked: string[] = [];
  const secondTab: SecondTab = {
    ask: async (url) => {
      asked.push(url);
      return '?state=s&code=c';
    },
    close: () => {},
  };
  const { platform, told, logins, shown, tab, calls } = world({
    at: `${COMES_BACK}#/tenants/acme/customers`,
    secondTab,
    refresh: (form) =>
      isOver
        ? Response.json({ error: 'invalid_grant' }, { status: 400 })
        : Response.json({ access_token: jwt([/organization:(\S+)/.exec(form.get('scope') ?? '')?.[1] ?? '']), refresh_token: 'refresh-2' }),
  });
  await platform.session('tenants');
  await platform.callTenant('acme', '/v1/me');
  expect(told.at(-1)).toMatchObject({ signedIn: false, person: undefined, lapsed: { subject: 'f1', username: 'grace' } });
  isOver = false;
  expect(await platform.signIn('tenants')).toMatchObject({ signedIn: true, person: { subject: 'f1' }, lapsed: undefined });
  expect([asked, logins]).toEqual([
    [`${ISSUER}/auth?state=s`],
    [{ scope: 'openid tenantry-api organization:*', redirectUri: `${ORIGIN}/` }],
  ]);
  expect([shown, tab.kept.size]).toEqual([[], 0]);
  expect((await platform.callTenant('acme', '/v1/me')).status).toBe(200);
  expect(calls).toHaveLength(1);
});

it('says so when the browser opens no second tab', async () => {
  const over = () => Response.json({ error: 'invalid_grant' }, { status: 400 });
  const { platform } = world({ at: COMES_BACK, refresh: over });
  await platform.session('tenants');
  await platform.callTenant('acme', '/v1/me');
  await expect(platform.signIn('tenants')).rejects.toMatchObject({
    problem: { code: 'sign-in-failed', detail: expect.stringContaining('second tab') },
  });
  expect(await platform.session('tenants')).toMatchObject({ lapsed: { username: 'grace' } });
});

it('keeps the session over a bad minute of the provider', async () => {
  let status = 503;
  const { platform, told } = world({ at: COMES_BACK, refresh: () => Response.json({ access_token: jwt(['acme']) }, { status }) });
  expect((await platform.callTenant('acme', '/v1/me')).status).toBe(503);
  status = 200;
  expect((await platform.callTenant('acme', '/v1/me')).status).toBe(200);
  expect(told).toEqual([]);
});

it('does not call a tenant with a token that is another one’s', async () => {
  const { platform, calls } = world({ at: COMES_BACK, refresh: () => Response.json({ access_token: jwt(['globex']) }) });
  expect((await platform.callTenant('acme', '/v1/me')).status).toBe(403);
  expect(calls).toEqual([]);
});

it('tells the other pages of a sign-out, and gives way when one of them tells', async () => {
  const { platform, said, otherTabs, reloads } = world({ at: COMES_BACK });
  await platform.session('tenants');
  expect(await platform.signOut('tenants')).toMatchObject({ signedIn: false });
  expect(said).toEqual(['signed out']);
  otherTabs.onmessage?.call(otherTabs as BroadcastChannel, { data: 'signed out' } as MessageEvent);
  expect(reloads()).toBe(1);
});

it('has no way to the cluster, and says why', async () => {
  const { platform } = world({ at: COMES_BACK });
  expect([platform.views, platform.platformView]).toEqual([['tenant'], undefined]);
  expect(await platform.session('staff')).toMatchObject({ signedIn: false });
  await expect(platform.signIn('staff')).rejects.toMatchObject({
    problem: { detail: expect.stringContaining('cannot reach the cluster') },
  });
  expect((await platform.environments()).environments).toMatchObject([{ name: 'Test', hasPlatformView: false }]);
});

it('opens https addresses only, and tells support nothing that opens anything', async () => {
  const { platform, said } = world({ at: COMES_BACK });
  await platform.callTenant('acme', '/v1/me');
  await platform.openLink('https://files.example/report.csv');
  await expect(platform.openLink('javascript:alert(1)')).rejects.toMatchObject({ problem: { code: 'invalid' } });
  expect(said).toEqual(['https://files.example/report.csv']);
  expect(await platform.diagnostics()).not.toMatch(/eyJ|refresh-|acme|grace/);
});
