import { expect, it, vi } from 'vitest';
import type { SessionView } from '../../platform/bridge.ts';
import { IdentitySession } from '../../platform/session/identity-session.ts';
import { type Granted, type IdentityProvider, SessionEnded } from '../../platform/session/session-parts.ts';
import { DesktopLog } from '../desktop-log.ts';
import { diagnostics } from '../diagnostics.ts';
import { refusal } from '../refusal.ts';
import { TokenVault } from './token-vault.ts';

const NOW = 1_800_000_000_000;
const ACME = { scope: 'openid tenantry-api organization:acme', audience: 'tenantry-api', tenant: 'acme' } as const;

function jwt(claims: object): string {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  return `${part({ alg: 'none', typ: 'at+jwt' })}.${part({ sub: 'f1', preferred_username: 'grace', exp: NOW / 1000 + 300, ...claims })}.c2ln`;
}
const organizations = (...slugs: string[]) => Object.fromEntries(slugs.map((slug) => [slug, { id: slug }]));
const wide = (): Granted => ({
  accessToken: jwt({ aud: ['tenantry-api'], organization: organizations('globex', 'acme') }),
  refreshToken: 'refresh-1',
});

/** A session whose provider is three lines; `refresh` says what a refresh gives. */
function world(refresh: (token: string, scope: string | undefined) => Promise<Granted>) {
  const log = new DesktopLog();
  const told: SessionView[] = [];
  const ended: string[] = [];
  const awaited: (boolean | undefined)[] = [];
  const refreshes: (string | undefined)[] = [];
  const provider: IdentityProvider = {
    signIn: async (_, isAwaited) => {
      awaited.push(isAwaited);
      return wide();
    },
    refresh: (token, scope) => {
      refreshes.push(scope);
      return refresh(token, scope);
    },
    endSession: async (token) => void ended.push(token),
  };
  const sealer = { isAvailable: async () => false, seal: async () => new Uint8Array(), unseal: async () => '' };
  const vault = new TokenVault({ folder: '/nowhere', sealer, log });
  let now = NOW;
  const open = (more: { readonly patienceMs?: number } = {}) =>
    new IdentitySession({
      ...more,
      realm: 'tenants',
      provider,
      vault,
      people: vault,
      name: 'test',
      signInScope: 'openid',
      log,
      onChange: (view) => told.push(view),
      now: () => now,
    });
  return { session: open(), open, log, told, ended, awaited, refreshes, vault, later: (ms: number) => (now += ms) };
}

const narrowed = async (): Promise<Granted> => ({
  accessToken: jwt({ aud: 'tenantry-api', organization: organizations('acme') }),
  refreshToken: 'refresh-2',
});

it('answers a hundred who ask at once with one refresh, and asks again only when the token is about to end', async () => {
  const { session, refreshes, later } = world(narrowed);
  await session.signIn();
  const tokens = await Promise.all(Array.from({ length: 100 }, () => session.token(ACME)));
  expect([new Set(tokens).size, refreshes]).toEqual([1, [ACME.scope]]);
  later(240_000);
  await session.token(ACME);
  expect(refreshes).toHaveLength(1);
  later(31_000);
  await session.token(ACME);
  expect(refreshes).toHaveLength(2);
});

it('refreshes one after another when tokens of several tenants are asked for at once: a rotated token is never used twice', async () => {
  const used: string[] = [];
  let count = 1;
  const { session } = world(async (token, scope) => {
    used.push(token);
    await Promise.resolve();
    count += 1;
    const slug = scope?.split(':')[1] ?? '';
    return { accessToken: jwt({ aud: 'tenantry-api', organization: organizations(slug) }), refreshToken: `refresh-${count}` };
  });
  await session.signIn();
  const ask = (tenant: string) => session.token({ scope: `openid tenantry-api organization:${tenant}`, audience: 'tenantry-api', tenant });
  await Promise.all(['acme', 'globex', 'initech'].map(ask));
  expect(used).toEqual(['refresh-1', 'refresh-2', 'refresh-3']);
});

it.each([
  ['another audience', { aud: 'kubernetes', organization: organizations('acme') }],
  ['two audiences', { aud: ['tenantry-api', 'kubernetes'], organization: organizations('acme') }],
  ['no audience', { organization: organizations('acme') }],
  ['another tenant', { aud: 'tenantry-api', organization: organizations('globex') }],
  ['two tenants', { aud: 'tenantry-api', organization: organizations('acme', 'globex') }],
  ['no tenant', { aud: 'tenantry-api' }],
])('hands out no token with %s: what was denied was left out without a word', async (_, claims) => {
  const { session } = world(async () => ({ accessToken: jwt(claims), refreshToken: undefined }));
  await session.signIn();
  await expect(session.token(ACME)).rejects.toMatchObject({ problem: { code: 'forbidden' } });
});

it('is over when the provider says so, tells the window, and asks nobody any more', async () => {
  const { session, told, refreshes } = world(() => Promise.reject(new SessionEnded('over')));
  await session.signIn();
  await expect(session.token(ACME)).rejects.toMatchObject({ problem: { code: 'not-signed-in' } });
  expect(told.at(-1)).toMatchObject({ signedIn: false, person: undefined, lapsed: { subject: 'f1', username: 'grace' }, tenants: [] });
  await expect(session.token(ACME)).rejects.toMatchObject({ problem: { code: 'not-signed-in' } });
  expect(refreshes).toHaveLength(1);
});

it('awaits who did not sign out themselves, until they or somebody else is signed in, or they leave', async () => {
  const { session, awaited } = world(() => Promise.reject(new SessionEnded('over')));
  const end = async (): Promise<void> => {
    await expect(session.token(ACME)).rejects.toMatchObject({ problem: { code: 'not-signed-in' } });
  };
  await session.signIn();
  await end();
  expect(await session.view()).toMatchObject({ signedIn: false, lapsed: { username: 'grace' } });
  expect(await session.signIn()).toMatchObject({ signedIn: true, lapsed: undefined });
  expect(awaited).toEqual([false, true]);
  await end();
  expect(await session.signOut()).toMatchObject({ signedIn: false, person: undefined, lapsed: undefined });
});

it('outlives a provider that is away', async () => {
  let isAway = true;
  const { session } = world(() => (isAway ? Promise.reject(refusal('unavailable', 'away', 'away')) : narrowed()));
  await session.signIn();
  await expect(session.token(ACME)).rejects.toMatchObject({ problem: { code: 'unavailable' } });
  isAway = false;
  expect(await session.token(ACME)).toContain('.');
});

it('is taken up again at the next start, with the tenants of today', async () => {
  const { session, open } = world(async () => ({
    ...wide(),
    accessToken: jwt({ aud: 'tenantry-api', organization: organizations('initech') }),
  }));
  await session.signIn();
  expect(await open().view()).toMatchObject({ signedIn: true, tenants: ['initech'], person: { username: 'grace' } });
});

it('is known at the next start while the provider is away, and confirmed as soon as it answers', async () => {
  let isAway = false;
  const { session, open, told, vault } = world(() =>
    isAway ? Promise.reject(refusal('unavailable', 'away', 'away')) : Promise.resolve(wide()),
  );
  await session.signIn();
  isAway = true;
  const later = open();
  expect(await later.view()).toMatchObject({ signedIn: true, tenants: ['acme', 'globex'], person: { username: 'grace' } });
  // Known is not trusted: what opens anything still comes from the provider.
  await expect(later.token(ACME)).rejects.toMatchObject({ problem: { code: 'unavailable' } });
  expect(await vault.read('test person')).not.toMatch(/eyJ|refresh/);
  const before = told.length;
  isAway = false;
  await later.view();
  await vi.waitFor(() => expect(told.length).toBeGreaterThan(before));
  expect(told.at(-1)).toMatchObject({ signedIn: true });
});

it('does not keep the window waiting for a provider that does not answer at all', async () => {
  const answer = Promise.withResolvers<Granted>();
  const { session, open, told } = world(() => answer.promise);
  await session.signIn();
  const before = told.length;
  expect(await open({ patienceMs: 1 }).view()).toMatchObject({ signedIn: true, tenants: ['acme', 'globex'] });
  answer.resolve({ accessToken: jwt({ aud: 'tenantry-api', organization: organizations('initech') }), refreshToken: undefined });
  await vi.waitFor(() => expect(told.slice(before)).toMatchObject([{ signedIn: true, tenants: ['initech'] }]));
});

it('ends at the provider when the person signs out, and a refresh that was under way brings nothing back', async () => {
  const answer = Promise.withResolvers<Granted>();
  const { session, ended, vault } = world(() => answer.promise);
  await session.signIn();
  const asked = session.token(ACME);
  const refused = expect(asked).rejects.toMatchObject({ problem: { code: 'not-signed-in' } });
  expect(await session.signOut()).toMatchObject({ signedIn: false });
  answer.resolve(await narrowed());
  await refused;
  expect([ended, await vault.read('test'), await vault.read('test person'), (await session.view()).signedIn]).toEqual([
    ['refresh-1'],
    undefined,
    undefined,
    false,
  ]);
});

it('shows no token to the window, to the log or to the diagnostics', async () => {
  const { session, told, log } = world(narrowed);
  await session.signIn();
  const token = await session.token(ACME);
  log.error(
    'a call failed',
    { url: `https://id.example/cb?code=abc.def&state=s3cret`, header: `Bearer ${token}` },
    new Error(`refused ${token}`),
  );
  const environment = {
    id: 'local',
    name: 'Local',
    kind: 'development' as const,
    tenants: { issuer: 'https://id.example', clientId: 'tenantry-desktop', apiUrl: 'https://api.example' },
  };
  const text = diagnostics({ at: new Date(NOW), versions: {}, environment, sessions: told, lines: log.lines });
  const seen = JSON.stringify([told, await session.view(), log.lines, text]);
  for (const secret of [token, 'refresh-1', 'refresh-2', 'abc.def', 's3cret', wide().accessToken]) expect(seen).not.toContain(secret);
  expect(text).not.toMatch(/grace|acme/);
  expect(text).toContain('signed in, member of 2 tenants');
});

it('looks anew which tenants the person is a member of, and tells it; of nobody it asks nothing', async () => {
  const { session, told, refreshes } = world(narrowed);
  await session.renew();
  expect([refreshes, told]).toEqual([[], []]);
  await session.signIn();
  expect(told.at(-1)?.tenants).toEqual(['acme', 'globex']);
  await session.renew();
  expect(told.at(-1)?.tenants).toEqual(['acme']);
  expect(refreshes).toEqual([undefined]);
});
