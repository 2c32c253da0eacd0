import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { answerRequest } from './answer-request.ts';

const ORIGIN = 'app://bundle';
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tenantry-page-'));
  await writeFile(join(folder, 'index.html'), 'the page');
});
afterAll(() => rm(folder, { recursive: true }));

/** What the request was answered with, and what was called for it. */
async function answered(url: string, headers: Readonly<Record<string, string>> = {}) {
  const called: string[] = [];
  const callTenant = async (tenant: string, path: string) => {
    called.push(`${tenant} ${path}`);
    return new Response('of the tenant');
  };
  const { status } = await answerRequest({ folder, origin: ORIGIN, callTenant }, {
    url,
    method: 'GET',
    headers: new Headers(headers),
  } as Request);
  return { status, called };
}

it('carries a call to the tenant it names, with its query, and serves the page', async () => {
  expect(await answered(`${ORIGIN}/api/acme/v1/customers?limit=5`, { origin: ORIGIN })).toEqual({
    status: 200,
    called: ['acme /v1/customers?limit=5'],
  });
  expect(await answered(`${ORIGIN}/`)).toEqual({ status: 200, called: [] });
});

it.each([{ origin: 'https://evil.example' }, { origin: 'app://bundle.evil' }, { origin: 'null' }, { 'sec-fetch-mode': 'navigate' }])(
  'calls nothing for a request with %j',
  async (headers) => {
    expect(await answered(`${ORIGIN}/api/acme/v1/customers`, headers)).toEqual({ status: 403, called: [] });
  },
);

it.each([
  'app://evil/api/acme/v1/customers',
  'https://bundle/api/acme/v1/customers',
  `${ORIGIN}/api/acme/v1/../../globex/v2/x`,
  `${ORIGIN}/api/acme/v1/%2e%2e/%2E%2e/x`,
  `${ORIGIN}/api/acme/v1/\\\\evil.example/x`,
  `${ORIGIN}/api/acme/v1`,
  `${ORIGIN}/api/acme/v2/customers`,
  `${ORIGIN}/api/ACME/v1/customers`,
  `${ORIGIN}/api/acme@evil.example/v1/customers`,
  `${ORIGIN}/api/acme%2Fglobex/v1/customers`,
  `${ORIGIN}/api//v1/customers`,
])('finds nothing at %s', async (url) => {
  expect(await answered(url, { origin: ORIGIN })).toEqual({ status: 404, called: [] });
});
