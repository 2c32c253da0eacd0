import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { brotliDecompressSync } from 'node:zlib';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { DesktopLog } from '../main/desktop-log.ts';
import { answerConsole } from './answer-console.ts';

const ISSUER = 'https://id.example/realms/tenantry';
const API = 'http://api.internal';
const SCRIPT = 'export const much = 1;'.repeat(100);
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tenantry-console-'));
  await mkdir(join(folder, 'assets'));
  await writeFile(join(folder, 'index.html'), '<meta name="csp-nonce" content="__CSP_NONCE__">');
  await writeFile(join(folder, 'assets', 'app-1a2b.js'), SCRIPT);
});
afterAll(() => rm(folder, { recursive: true }));

/** A console before an api that answers as `api` says. */
function consoleBefore(api: (url: string, token: string) => Response = () => Response.json({})) {
  const seen: string[] = [];
  const answer = answerConsole({
    folder,
    settings: { name: 'Test', kind: 'production', issuer: ISSUER, clientId: 'tenantry-web-console' },
    apiUrl: API,
    fetch: async (url, init) => {
      const token = new Headers(init?.headers).get('authorization') ?? '';
      seen.push(`${new URL(url).origin} ${token}`);
      return api(url, token);
    },
    log: new DesktopLog(),
  });
  const get = (path: string, headers: Record<string, string> = {}) => answer(new Request(`https://console.example${path}`, { headers }));
  return { get, seen };
}

const tokenOf = (...slugs: string[]): string => {
  const claims = { sub: 's', exp: 1, organization: Object.fromEntries(slugs.map((slug) => [slug, {}])) };
  return `Bearer x.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.${slugs.join('')}`;
};
const elsewhere = (url: string): Response =>
  Response.json(
    { type: 't:t', title: 't', status: 421, detail: 'd', instance: 'i', code: 'tenant-served-elsewhere', url },
    { status: 421 },
  );

it('serves a page that may call its own origin and the identity provider, and is never kept', async () => {
  const page = await consoleBefore().get('/');
  const policy = page.headers.get('content-security-policy') ?? '';
  expect(policy).toContain("default-src 'none'");
  expect(policy).toContain("connect-src 'self' https://id.example;");
  expect(policy).toContain("frame-ancestors 'none'");
  expect(policy).not.toMatch(/unsafe|\*/);
  expect(page.headers.get('cache-control')).toBe('no-store');
});

it('tells the page where it is, with no secrets', async () => {
  const answer = await consoleBefore().get('/console.json');
  expect(await answer.json()).toEqual({ name: 'Test', kind: 'production', issuer: ISSUER, clientId: 'tenantry-web-console' });
  expect(answer.headers.get('cache-control')).toBe('no-store');
});

it('serves scripts for ever, compressed for whoever can read that', async () => {
  const { get } = consoleBefore();
  for (let time = 0; time < 2; time += 1) {
    const answer = await get('/assets/app-1a2b.js', { 'accept-encoding': 'gzip, br' });
    expect([answer.headers.get('content-encoding'), answer.headers.get('vary')]).toEqual(['br', 'accept-encoding']);
    expect(answer.headers.get('cache-control')).toContain('immutable');
    expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
    expect(brotliDecompressSync(await answer.bytes()).toString()).toBe(SCRIPT);
  }
  expect(await (await get('/assets/app-1a2b.js')).text()).toBe(SCRIPT);
  // Another spelling of the same file is not kept beside it.
  expect((await get('/assets/app%2D1a2b.js', { 'accept-encoding': 'br' })).headers.get('content-encoding')).toBeNull();
});

it('passes a call on with the caller’s own token, and nothing without one', async () => {
  const { get, seen } = consoleBefore();
  const none = await get('/api/acme/v1/me');
  expect([none.status, await none.json()]).toMatchObject([401, { code: 'token-missing' }]);
  expect(seen).toEqual([]);
  expect((await get('/api/acme/v1/me', { authorization: tokenOf('acme') })).status).toBe(200);
  expect(new Set(seen)).toEqual(new Set([`${API} ${tokenOf('acme')}`]));
});

it('never sends one tenant’s token to where another one is served, whatever it is asked with', async () => {
  const { get, seen } = consoleBefore((url, token) =>
    url.startsWith(API) && token === tokenOf('acme') ? elsewhere('https://acme.example') : Response.json({}),
  );
  for (const token of [tokenOf('acme'), tokenOf('acme', 'globex'), 'Bearer garbage'])
    expect((await get('/api/globex/v1/me', { authorization: token })).status).toBe(403);
  expect(seen).toEqual([]);
  await get('/api/acme/v1/me', { authorization: tokenOf('acme') });
  expect(seen.at(-1)).toBe(`https://acme.example ${tokenOf('acme')}`);
  await get('/api/globex/v1/me', { authorization: tokenOf('globex') });
  expect(seen.at(-1)).toBe(`${API} ${tokenOf('globex')}`);
});

it('does not remember where a tenant is from an answer to a token that was not accepted', async () => {
  let isAccepted = false;
  const { get, seen } = consoleBefore((url) =>
    url.startsWith(API) ? (isAccepted ? elsewhere('https://acme.example') : Response.json({}, { status: 401 })) : Response.json({}),
  );
  expect((await get('/api/acme/v1/me', { authorization: tokenOf('acme') })).status).toBe(401);
  isAccepted = true;
  seen.length = 0;
  expect((await get('/api/acme/v1/me', { authorization: tokenOf('acme') })).status).toBe(200);
  expect(seen.map((each) => each.split(' ')[0])).toEqual([API, 'https://acme.example']);
});

it('answers in words and writes down why when it cannot answer', async () => {
  const log = new DesktopLog();
  const settings = { name: 'Test', kind: 'production', issuer: ISSUER, clientId: 'c' } as const;
  const answer = answerConsole({ folder: '/nowhere', settings, apiUrl: API, fetch, log });
  const failed = await answer(new Request('https://console.example/'));
  expect([failed.status, await failed.json()]).toMatchObject([500, { code: 'internal' }]);
  expect(log.lines).toMatchObject([{ level: 'error', fields: { error: expect.stringContaining('ENOENT') } }]);
});
