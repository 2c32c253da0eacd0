import { request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { type Operation, operations, ProblemDocument } from '@tenantry/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunningApi, type ServiceWorld, serviceWorld, type TestTenant } from '../../testing/service-world.ts';

let world: ServiceWorld;
let acme: TestTenant;
let token: string;
let hot: RunningApi;
let express: RunningApi;
let id: string;

beforeAll(async () => {
  world = await serviceWorld();
  acme = await world.addTenant('acme');
  token = await world.token(acme);
  hot = await world.startApi();
  express = await world.startApi({}, { hot: false });
  id = (await hot.client(token).createCustomer({ body: { name: 'Ada', email: 'ada@example.org' } })).data.id;
});
afterAll(() => world?.[Symbol.asyncDispose]());

interface Sent {
  readonly method: string;
  readonly path: string;
  readonly headers?: Record<string, string>;
  readonly body?: string | Buffer;
}

interface Got {
  readonly status: number;
  readonly headers: Record<string, unknown>;
  readonly body: string;
}

/** Not fetch: it would clean up what we send. */
function send(api: RunningApi, { method, path, headers = {}, body }: Sent): Promise<Got> {
  const { port, hostname } = new URL(api.url);
  return new Promise((resolve, reject) => {
    const request = httpRequest(
      { method, path, port, hostname, headers: { authorization: `Bearer ${token}`, ...headers }, agent: false },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () =>
          resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks).toString() }),
        );
      },
    );
    request.on('error', reject);
    request.end(body);
  });
}

const json = { 'content-type': 'application/json' };
const post = (body: string | Buffer, headers: Record<string, string> = json): Sent => ({
  method: 'POST',
  path: '/v1/customers',
  headers,
  body,
});
const deep = (levels: number) => `{"name":"x","attributes":${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}}`;

const requests: [string, () => Sent, number][] = [
  ['a customer', () => ({ method: 'GET', path: `/v1/customers/${id}` }), 200],
  ['a customer, id in capitals', () => ({ method: 'GET', path: `/v1/customers/${id.toUpperCase()}` }), 200],
  ['a customer that has not changed', () => ({ method: 'GET', path: `/v1/customers/${id}`, headers: { 'if-none-match': '"1"' } }), 304],
  ['the list', () => ({ method: 'GET', path: '/v1/customers?limit=1' }), 200],
  ['the list with an empty query', () => ({ method: 'GET', path: '/v1/customers?' }), 200],
  ['a search', () => ({ method: 'GET', path: '/v1/customers?search=%41da&limit=2' }), 200],
  ['a parameter twice', () => ({ method: 'GET', path: '/v1/customers?limit=1&limit=2' }), 400],
  ['a parameter nobody knows', () => ({ method: 'GET', path: '/v1/customers?sort=name;drop' }), 400],
  ['a parameter named __proto__', () => ({ method: 'GET', path: '/v1/customers?__proto__=1' }), 400],
  ['a parameter of an operation without any', () => ({ method: 'GET', path: `/v1/customers/${id}?a=1` }), 400],
  ['an id that is none, 36 long', () => ({ method: 'GET', path: `/v1/customers/${'-'.repeat(36)}` }), 400],
  ['an id that is none', () => ({ method: 'GET', path: '/v1/customers/1' }), 400],
  ['an encoded id', () => ({ method: 'GET', path: `/v1/customers/%3${id[0]}${id.slice(1)}` }), 200],
  ['a customer nobody has', () => ({ method: 'GET', path: '/v1/customers/019a9a4e-5e0c-7c3f-9d55-0f6a3b7c1d22' }), 404],
  ['an address that cannot be decoded', () => ({ method: 'GET', path: '/v1/customers/%zz' }), 400],
  ['a trailing slash', () => ({ method: 'GET', path: '/v1/customers/' }), 404],
  ['an address nobody serves', () => ({ method: 'GET', path: '/v1/nothing' }), 404],
  ['a method nobody serves', () => ({ method: 'PUT', path: '/v1/customers' }), 405],
  ['DELETE on the list', () => ({ method: 'DELETE', path: '/v1/customers' }), 405],
  ['HEAD of a customer', () => ({ method: 'HEAD', path: `/v1/customers/${id}` }), 200],
  ['an answer in XML', () => ({ method: 'GET', path: `/v1/customers/${id}`, headers: { accept: 'application/xml' } }), 406],
  ['a new customer', () => post(JSON.stringify({ name: 'New' })), 201],
  [
    'a new customer in UTF-8, said so',
    () => post(JSON.stringify({ name: 'Ünew' }), { 'content-type': 'application/json; charset=UTF-8' }),
    201,
  ],
  ['no content type', () => post('{"name":"x"}', {}), 415],
  ['form data', () => post('name=x', { 'content-type': 'application/x-www-form-urlencoded' }), 415],
  ['JSON in another encoding', () => post('{"name":"x"}', { 'content-type': 'application/json; charset=utf-16' }), 415],
  ['a compressed body', () => post('{"name":"x"}', { ...json, 'content-encoding': 'gzip' }), 415],
  ['an empty body', () => post(''), 400],
  ['half a body', () => post('{"name":'), 400],
  ['an array', () => post('[]'), 400],
  ['null', () => post('null'), 400],
  ['a property nobody knows', () => post('{"name":"x","admin":true}'), 400],
  [
    'properties that are not the caller’s (H15)',
    () => post(`{"name":"x","id":"${id}","version":9,"createdAt":"2020-01-01T00:00:00Z"}`),
    400,
  ],
  ['__proto__ (H15)', () => post('{"name":"x","__proto__":{"admin":true}}'), 400],
  ['constructor (H15)', () => post('{"name":"x","constructor":{"prototype":{"admin":true}}}'), 400],
  ['a key twice (H25)', () => post('{"name":"x","name":"y"}'), 400],
  ['19 levels', () => post(deep(18)), 201],
  ['1000 levels (H25)', () => post(deep(1000)), 400],
  [
    '300 attributes (H25)',
    () => post(JSON.stringify({ name: 'x', attributes: Object.fromEntries(Array.from({ length: 300 }, (_, at) => [`k${at}`, at])) })),
    400,
  ],
  ['bytes that are not UTF-8', () => post(Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d])), 400],
  ['NUL in a name', () => post('{"name":"a\\u0000b"}'), 400],
  ['a lone surrogate in a name', () => post('{"name":"\\ud800"}'), 400],
  ['65 KiB, announced', () => post(JSON.stringify({ name: 'x'.repeat(66_000) })), 413],
  ['65 KiB in chunks', () => post(JSON.stringify({ name: 'x'.repeat(66_000) }), { ...json, 'transfer-encoding': 'chunked' }), 413],
  [
    'a patch as plain JSON',
    () => ({ method: 'PATCH', path: `/v1/customers/${id}`, headers: { ...json, 'if-match': '"1"' }, body: '{"name":"x"}' }),
    415,
  ],
  ['the OpenAPI document', () => ({ method: 'GET', path: '/v1/openapi.json' }), 200],
  ['the AsyncAPI document', () => ({ method: 'GET', path: '/v1/asyncapi.json' }), 200],
];

/** What may differ between two answers to the same request. */
function comparable({ status, headers, body }: Got) {
  const { date: _date, 'x-request-id': _id, traceparent: _trace, location, ...rest } = headers;
  const text = body
    .replaceAll(/"instance":"[^"]*"/g, '')
    .replaceAll(/"(id|createdAt|updatedAt)":"[^"]*"/g, '')
    .replaceAll(/"next":"[^"]*"/g, '');
  const contentLength = /createdAt|"next":"/.test(body) ? undefined : headers['content-length'];
  return {
    status,
    headers: { ...rest, 'content-length': contentLength, location: location !== undefined },
    body: /"items"/.test(body) ? '' : text,
  };
}

describe('both mounts', () => {
  it.each(requests)('answer %s alike', async (_, make, status) => {
    const [one, two] = [await send(hot, make()), await send(express, make())];
    expect(one.status).toBe(status);
    expect(comparable(two)).toEqual(comparable(one));
    if (status >= 400) {
      expect(one.headers['content-type']).toBe('application/problem+json');
      const problem = ProblemDocument.parse(JSON.parse(one.body));
      expect(problem).toMatchObject({ status, instance: `urn:uuid:${one.headers['x-request-id']}` });
    }
    expect(one.headers['x-request-id'] ?? two.headers['content-type']).toBeTruthy();
  });

  it('continue the caller’s trace and answer with their own part of it', async () => {
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    for (const api of [hot, express]) {
      const { headers } = await send(api, { method: 'GET', path: `/v1/customers/${id}`, headers: { traceparent } });
      expect(headers.traceparent).toMatch(/^00-0af7651916cd43dd8448eb211c80319c-(?!b7ad6b7169203331)[0-9a-f]{16}-01$/);
    }
  });

  it('leave the prototype of everything alone', async () => {
    expect(({} as { admin?: boolean }).admin).toBeUndefined();
  });

  it('serve the operations the OpenAPI document lists, and no others', async () => {
    const document = JSON.parse((await send(hot, { method: 'GET', path: '/v1/openapi.json' })).body) as {
      openapi: string;
      paths: Record<string, Record<string, unknown>>;
    };
    const described = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    );
    const served = Object.values<Operation>(operations).map(({ method, path }) => `${method} ${path}`);
    expect(described.sort()).toEqual(served.sort());
  });
});

/** Writes raw bytes and reads until the server closes. */
function raw(api: RunningApi, text: string): Promise<string> {
  const { port, hostname } = new URL(api.url);
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname, () => socket.write(text));
    let got = '';
    socket.on('data', (chunk) => {
      got += chunk.toString();
    });
    socket.on('close', () => resolve(got));
    socket.on('error', reject);
  });
}

describe('what never becomes a request', () => {
  it('20 KiB of headers: 431 as a problem', async () => {
    const answer = await raw(hot, `GET /v1/customers HTTP/1.1\r\nhost: a\r\nx-a: ${'a'.repeat(20_000)}\r\n\r\n`);
    expect(answer).toMatch(/^HTTP\/1\.1 431 /);
    expect(answer).toContain('"code":"headers-too-large"');
  });

  it('noise: 400 as a problem', async () => {
    const answer = await raw(hot, 'NOISE\r\n\r\n');
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
    expect(answer).toContain('"code":"malformed-request"');
  });
});

describe('a caller that asks too much of one connection (H37)', () => {
  it('100,000 header lines: 431 as a problem', async () => {
    const answer = await raw(hot, `GET /v1/customers HTTP/1.1\r\nhost: a\r\n${'x: y\r\n'.repeat(100_000)}\r\n`).catch(
      (error: Error) => error.message,
    );
    // The server may close before the caller has written everything.
    expect(answer).toMatch(/^HTTP\/1\.1 431 |EPIPE|ECONNRESET/);
    expect((await send(hot, { method: 'GET', path: `/v1/customers/${id}` })).status).toBe(200);
  });

  it('1,000 requests sent at once are answered in their order, and a bystander is served meanwhile', async () => {
    const token = await world.token(acme);
    const requests = Array.from({ length: 1000 }, (_, number) => {
      const path = number % 2 === 0 ? `/v1/customers/${id}` : '/nowhere';
      const last = number === 999 ? 'connection: close\r\n' : '';
      return `GET ${path} HTTP/1.1\r\nhost: a\r\nauthorization: Bearer ${token}\r\n${last}\r\n`;
    });
    const answers = raw(hot, requests.join(''));
    expect((await send(hot, { method: 'GET', path: `/v1/customers/${id}` })).status).toBe(200);
    const statuses = [...(await answers).matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => status);
    expect(statuses).toEqual(Array.from({ length: 1000 }, (_, number) => (number % 2 === 0 ? '200' : '404')));
  });
});

describe('a request that never ends (H37)', () => {
  it('is answered 400 after the limit, and a bystander is served meanwhile', async () => {
    const api = await world.startApi({ requestTimeoutMs: 500 });
    const slow = Array.from({ length: 100 }, () => raw(api, `POST /v1/customers HTTP/1.1\r\nhost: a\r\ncontent-length: 10\r\nx-slow: `));
    expect((await send(api, { method: 'GET', path: `/v1/customers/${id}` })).status).toBe(200);
    for (const answer of await Promise.all(slow)) expect(answer).toMatch(/^HTTP\/1\.1 400 [\s\S]*"code":"malformed-request"/);
  });

  it.each(['/v1/customers', '/v1/customers/', '/nowhere'])('has its connection ended when it is a body for %s that drips', async (path) => {
    const api = await world.startApi({ requestTimeoutMs: 500 });
    const token = await world.token(acme);
    const { port, hostname } = new URL(api.url);
    const socket = connect(Number(port), hostname);
    socket.write(
      `POST ${path} HTTP/1.1\r\nhost: a\r\nauthorization: Bearer ${token}\r\ncontent-type: application/json\r\ncontent-length: 50000\r\n\r\n{`,
    );
    const drip = setInterval(() => socket.write(' '), 20);
    const answer = await new Promise<string>((resolve) => {
      let got = '';
      socket.on('data', (chunk) => {
        got += chunk.toString();
      });
      socket.on('error', () => {});
      socket.on('close', () => resolve(got));
    });
    clearInterval(drip);
    expect(answer).toMatch(path === '/v1/customers' ? /^HTTP\/1\.1 400 [\s\S]*did not arrive in time/ : /^HTTP\/1\.1 404 /);
  });
});

describe('SIGTERM', () => {
  it('first turns readiness red, still answers, finishes what runs, then closes everything', async () => {
    const api = await world.startApi({ drainDelayMs: 300 });
    const ready = () => fetch(`${api.metricsUrl}/readyz`).then(async (response) => `${response.status} ${(await response.text()).trim()}`);
    expect(await ready()).toBe('200 ok');
    const lock = await world.cell.connectAsAdmin();
    await lock.query(`begin; lock table ${acme.schema}.customers in access exclusive mode`);
    const slow = send(api, { method: 'GET', path: `/v1/customers/${id}` });
    const stopped = api.stop();
    expect(await ready()).toBe('503 draining');
    expect((await fetch(`${api.metricsUrl}/livez`)).status).toBe(200);
    expect((await send(api, { method: 'GET', path: '/v1/openapi.json' })).status).toBe(200);
    await new Promise((resolve) => setTimeout(resolve, 500));
    await expect(send(api, { method: 'GET', path: '/v1/openapi.json' })).rejects.toThrow(/ECONNREFUSED/);
    await lock.query('rollback');
    expect((await slow).status).toBe(200);
    await stopped;
    await expect(ready()).rejects.toThrow();
  });

  it('is not held up by idle keep-alive connections', async () => {
    const api = await world.startApi();
    await fetch(`${api.url}/v1/openapi.json`);
    const started = Date.now();
    await api.stop();
    expect(Date.now() - started).toBeLessThan(2000);
  });
});

describe('metrics', () => {
  it('count requests by operation and status, and carry no tenant', async () => {
    await send(hot, { method: 'GET', path: `/v1/customers/${id}` });
    const text = await (await fetch(`${hot.metricsUrl}/metrics`)).text();
    expect(text).toMatch(/tenantry_http_request_duration_seconds_count\{operation="getCustomer",status="200"\} \d+/);
    expect(text).toContain('tenantry_registry_connected 1');
    expect(text).not.toContain('tenant="');
    expect(text).not.toContain(acme.tenantId);
  });
});
