import { expect, it } from 'vitest';
import { UNREACHED_HEADER } from '../platform/unreached.ts';
import { DesktopLog } from './desktop-log.ts';
import { refusal } from './refusal.ts';
import { TenantCalls } from './tenant-calls.ts';

const API = 'https://api.example';
const OWN = 'https://acme.example';

interface Seen {
  readonly url: string;
  readonly headers: Headers;
}

function calls(answer: (url: string) => Response, token: () => Promise<string> = async () => 'the-token') {
  const seen: Seen[] = [];
  const expired: string[] = [];
  const fetch = async (url: string, init?: RequestInit): Promise<Response> => {
    seen.push({ url, headers: new Headers(init?.headers) });
    return answer(url);
  };
  const made = new TenantCalls({ apiUrl: API, fetch, token, expire: (tenant) => expired.push(tenant), log: new DesktopLog() });
  const call = (path: string, init?: RequestInit) => made.call('acme', path, new Request(`http://bundle/api/acme${path}`, init));
  return { call, seen, expired };
}

const elsewhere = (url: string): Response =>
  Response.json(
    { type: 'https://x.example/p', title: 't', status: 421, detail: 'd', instance: 'i', code: 'tenant-served-elsewhere', url },
    { status: 421 },
  );

it('puts the person’s token on, and passes on nothing of the window’s that is not meant for the api', async () => {
  const { call, seen } = calls(() => Response.json({ fine: true }, { headers: { etag: '"1"', 'set-cookie': 'a=b' } }));
  const answer = await call('/v1/customers?limit=1', {
    headers: { authorization: 'Bearer forged', cookie: 'a=b', 'if-match': '"3"', 'x-forwarded-for': '1' },
  });
  expect([answer.status, answer.headers.get('etag'), answer.headers.get('set-cookie')]).toEqual([200, '"1"', null]);
  expect(JSON.stringify([...answer.headers])).not.toContain('the-token');
  const { url, headers } = seen.at(-1) as Seen;
  expect(url).toBe(`${API}/v1/customers?limit=1`);
  expect(Object.fromEntries(headers)).toEqual({ authorization: 'Bearer the-token', 'if-match': '"3"' });
});

it('finds a tenant with replicas of its own, asks where once, and follows it when it moves', async () => {
  let home = OWN;
  const { call, seen } = calls((url) => (url.startsWith(home) ? Response.json({}) : elsewhere(home)));
  expect((await call('/v1/me')).status).toBe(200);
  expect((await call('/v1/me')).status).toBe(200);
  expect(seen.map(({ url }) => url)).toEqual([`${API}/v1/tenant`, `${OWN}/v1/me`, `${OWN}/v1/me`]);
  home = 'https://acme2.example';
  expect((await call('/v1/me')).status).toBe(200);
  expect(seen.at(-1)?.url).toBe('https://acme2.example/v1/me');
});

it('does not take a token over a weaker connection because somebody says so', async () => {
  const { call, seen } = calls(() => elsewhere('http://acme.example'));
  const answer = await call('/v1/me');
  expect([answer.status, await answer.json()]).toMatchObject([503, { code: 'unavailable' }]);
  expect(seen.map(({ url }) => url)).toEqual([`${API}/v1/tenant`]);
});

it('says in the api’s own form that nobody is signed in, or that nobody answers', async () => {
  const signedOut = calls(
    () => Response.json({}),
    () => Promise.reject(refusal('not-signed-in', 'x', 'Sign in again.')),
  );
  const answer = await signedOut.call('/v1/me');
  expect([answer.status, answer.headers.get('content-type'), await answer.json()]).toMatchObject([
    401,
    'application/problem+json',
    { code: 'token-missing', detail: 'Sign in again.' },
  ]);
  const away = calls(() => {
    throw new TypeError('fetch failed');
  });
  const unanswered = await away.call('/v1/me');
  expect([unanswered.headers.has(UNREACHED_HEADER), await unanswered.json()]).toMatchObject([true, { code: 'unavailable', status: 503 }]);
});

it('tells nobody who reached the api that they did not, whatever the api says', async () => {
  const { call } = calls(() => Response.json({}, { status: 503, headers: { [UNREACHED_HEADER]: 'yes' } }));
  expect((await call('/v1/me')).headers.has(UNREACHED_HEADER)).toBe(false);
});

it('gives up a question that nobody answers, but no answer that has begun and no change', async () => {
  const never = (_: string, init?: RequestInit): Promise<Response> =>
    new Promise((_resolve, reject) => init?.signal?.addEventListener('abort', () => reject(init.signal?.reason)));
  const options = { apiUrl: API, token: async () => 'the-token', expire: () => {}, log: new DesktopLog(), patienceMs: 20 };
  const request = (init?: RequestInit) => new Request('http://bundle/api/acme/v1/me', init);
  const answer = await new TenantCalls({ ...options, fetch: never }).call('acme', '/v1/me', request());
  expect([answer.status, answer.headers.has(UNREACHED_HEADER)]).toEqual([503, true]);

  const slow = new TenantCalls({
    ...options,
    fetch: async (url, init) => {
      const { signal } = init ?? {};
      if (init?.method === 'POST') await new Promise((resolve) => setTimeout(resolve, 60));
      if (url.endsWith('/v1/tenant')) return Response.json({});
      const body = new ReadableStream({
        start: (stream) => {
          signal?.addEventListener('abort', () => stream.error(signal.reason));
          setTimeout(() => {
            if (signal?.aborted === true) return;
            stream.enqueue(new TextEncoder().encode('late'));
            stream.close();
          }, 60);
        },
      });
      return new Response(body);
    },
  });
  expect(await (await slow.call('acme', '/v1/me', request())).text()).toBe('late');
  expect(await (await slow.call('acme', '/v1/me', request({ method: 'POST', body: '{}' }))).text()).toBe('late');
});

it('asks for a new token after one was not taken', async () => {
  const { call, expired } = calls((url) => (url.endsWith('/v1/tenant') ? Response.json({}) : Response.json({}, { status: 401 })));
  expect((await call('/v1/me')).status).toBe(401);
  expect(expired).toEqual(['acme']);
});
