import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { windowFiles } from './window-files.ts';

let home: string;
let folder: string;

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'tenantry-window-'));
  folder = await mkdtemp(join(home, 'page-'));
  await writeFile(join(home, 'secret.json'), '"not yours"');
  await writeFile(join(folder, 'index.html'), '<meta name="csp-nonce" content="__CSP_NONCE__">');
  await writeFile(join(folder, 'app.js'), 'export {};');
  await writeFile(join(folder, 'app.js.map'), '{}');
  await symlink(join(home, 'secret.json'), join(folder, 'link.json'));
});
afterAll(() => rm(home, { recursive: true }));

/** The path as it is: `new URL` would tidy dots away before the handler saw them. */
const get = (path: string, method = 'GET') => windowFiles(folder, { url: `app://bundle${path}`, method } as Request);

it('serves the page with a policy whose nonce is the one in the page, and another one each time', async () => {
  const [one, other] = [await get('/'), await get('/index.html')];
  const nonces = await Promise.all([one, other].map(async (answer) => /content="([^"]+)"/.exec(await answer.text())?.[1]));
  expect(one.headers.get('content-security-policy')).toContain(`style-src 'self' 'nonce-${nonces[0]}'`);
  expect(other.headers.get('content-security-policy')).toContain(`'nonce-${nonces[1]}'`);
  expect(nonces[0]).not.toBe(nonces[1]);
  expect(one.headers.get('content-security-policy')).not.toContain('unsafe');
});

it('serves its scripts with their type and says nothing is to be guessed', async () => {
  const answer = await get('/app.js');
  expect([answer.status, answer.headers.get('content-type'), answer.headers.get('x-content-type-options')]).toEqual([
    200,
    'text/javascript; charset=utf-8',
    'nosniff',
  ]);
});

it.each([
  '/../secret.json',
  '/%2e%2e/secret.json',
  '/%2e%2e%2fsecret.json',
  '/..%5csecret.json',
  '/%252e%252e%252fsecret.json',
  '/x/../../secret.json',
  '/index.html%00.json',
  '/C:/secret.json',
  '//secret.json/../../secret.json',
  '/link.json',
  '/app.js.map',
  '/gone.js',
  '/%',
])('gives nothing out for %s', async (path) => {
  const answer = await get(path);
  expect([answer.status, await answer.text()]).toEqual([404, 'not found']);
});

it('takes no other method', async () => {
  expect((await get('/', 'POST')).status).toBe(405);
});
