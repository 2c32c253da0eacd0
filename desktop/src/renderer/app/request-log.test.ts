import { expect, it } from 'vitest';
import { asCurl, type LoggedRequest, RequestLog } from './request-log.ts';

const CALL = { tenant: 'acme', method: 'GET', path: '/v1/customers?limit=200' } as const;
const TRACE = '0af7651916cd43dd8448eb211c80319c';

it('notes status, duration and trace of a call, newest first, and hands its answer on', async () => {
  const log = new RequestLog();
  let told = 0;
  log.subscribe(() => {
    told += 1;
  });
  const answer = new Response('{}', { status: 412, headers: { traceparent: `00-${TRACE}-b7ad6b7169203331-01` } });
  expect(await log.follow(CALL, async () => answer)).toBe(answer);
  await log.follow({ ...CALL, method: 'POST' }, async () => new Response());
  expect(log.read()).toMatchObject([
    { method: 'POST', status: 200, traceId: undefined },
    { ...CALL, status: 412, traceId: TRACE, milliseconds: expect.any(Number) },
  ]);
  expect(told).toBe(4);
});

it('shows what is under way, and hands on that nobody answered', async () => {
  const log = new RequestLog();
  const away = Promise.withResolvers<Response>();
  const call = log.follow(CALL, () => away.promise);
  expect(log.read()).toMatchObject([{ status: undefined, milliseconds: undefined }]);
  away.reject(new TypeError('away'));
  await expect(call).rejects.toThrow('away');
  expect(log.read()).toMatchObject([{ status: 0 }]);
});

it('keeps the last hundred, and the same list while nothing changes', async () => {
  const log = new RequestLog();
  for (let count = 0; count < 130; count += 1) await log.follow({ ...CALL, path: `/v1/${count}` }, async () => new Response());
  expect([log.read().length, log.read()[0]?.path, log.read().at(-1)?.path]).toEqual([100, '/v1/129', '/v1/30']);
  expect(log.read()).toBe(log.read());
});

it('writes a call as a command line without a token, in which the path ends no quotes', () => {
  const call = (change: Partial<LoggedRequest>) => asCurl({ ...CALL, ...change } as LoggedRequest);
  expect(call({})).toBe(`curl "$TENANT_URL"'/v1/customers?limit=200' -H "authorization: Bearer $TOKEN"`);
  expect(call({ method: 'DELETE', path: "/v1/customers?search=O'Neil;rm" })).toBe(
    `curl -X DELETE "$TENANT_URL"'/v1/customers?search=O'\\''Neil;rm' -H "authorization: Bearer $TOKEN"`,
  );
});
