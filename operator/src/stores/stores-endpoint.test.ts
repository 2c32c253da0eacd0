import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import type { Stores } from './look-at-stores.ts';
import { storesEndpoint } from './stores-endpoint.ts';

let server: Server | undefined;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

const kafka: Stores['kafka'] = {
  topicsUnder: async () => new Map(),
  groups: async () => [],
  offsetsOf: async () => new Map(),
  committed: async () => new Map(),
};

/** The endpoint over HTTP, of an operator that has the tenants acme1 to acme9. */
async function endpoint(read: Stores['database']['read'] = async () => ({ state: 'none' })): Promise<string> {
  const handle = storesEndpoint({
    stores: { cell: 'main', database: { read }, kafka, queues: undefined },
    tenant: (name) => (/^acme[1-9]$/.test(name) ? { metadata: { name } } : undefined),
  });
  server = createServer((request, response) => {
    if (!handle(request, response)) response.writeHead(418).end();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

it('answers for a tenant of this operator, and is asked once by many', async () => {
  let looks = 0;
  const url = await endpoint(async () => {
    looks += 1;
    return { state: 'none' };
  });
  const answers = await Promise.all(Array.from({ length: 20 }, () => fetch(`${url}/tenants/acme1/stores`)));
  expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 20 }, () => 200));
  expect(await answers[0]?.json()).toMatchObject({ tenant: 'acme1', database: { state: 'none' }, queues: { state: 'none' } });
  expect(looks).toBe(1);
});

it.each([
  ['GET', '/tenants/globex/stores', 404, 'not-found'],
  ['GET', '/tenants/__proto__/stores', 404, 'not-found'],
  ['GET', '/tenants/..%2fmetrics/stores', 404, 'not-found'],
  ['POST', '/tenants/acme1/stores', 405, 'method-not-allowed'],
  ['DELETE', '/tenants/acme1/stores', 405, 'method-not-allowed'],
])('refuses %s %s with %i %s', async (method, path, status, code) => {
  const answer = await fetch(`${await endpoint()}${path}`, { method });
  expect([answer.status, answer.headers.get('content-type')]).toEqual([status, 'application/problem+json']);
  expect(await answer.json()).toMatchObject({ status, type: `https://tenantry.dev/problems/${code}` });
});

it('leaves every other path alone', async () => {
  const url = await endpoint();
  for (const path of ['/metrics', '/tenants', '/tenants/acme1', '/tenants/acme1/stores/more'])
    expect((await fetch(`${url}${path}`)).status).toBe(418);
});

it('looks at four tenants at once and no more: who comes then is told to come again', async () => {
  let release = () => {};
  const held = new Promise<{ state: 'none' }>((resolve) => {
    release = () => resolve({ state: 'none' });
  });
  let begun = 0;
  const url = await endpoint(() => {
    begun += 1;
    return held;
  });
  const first = [1, 2, 3, 4].map((number) => fetch(`${url}/tenants/acme${number}/stores`));
  await expect.poll(() => begun, { timeout: 10_000 }).toBe(4);
  const refused = await fetch(`${url}/tenants/acme5/stores`);
  expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '1']);
  release();
  expect((await Promise.all(first)).map(({ status }) => status)).toEqual([200, 200, 200, 200]);
  await expect.poll(async () => (await fetch(`${url}/tenants/acme5/stores`)).status, { timeout: 10_000 }).toBe(200);
});
