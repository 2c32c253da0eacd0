import type { LookupFunction } from 'node:net';
import { eventually } from '@tenantry/stack/testing/eventually.ts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { webhookSink } from '../../testing/webhook-sink.ts';
import { guardedAgent } from './guarded-agent.ts';
import { postWebhook } from './post-webhook.ts';

const TIMEOUT_MS = 700;

let sink: Awaited<ReturnType<typeof webhookSink>>;
beforeAll(async () => {
  sink = await webhookSink();
});
afterAll(() => sink.close());

/** Sends to a path of the receiver, which is reached because its origin is allowed. */
async function post(path: string, headers: Record<string, string> = {}) {
  const agent = guardedAgent({ allowedOrigins: new Set([sink.origin]), connectMs: TIMEOUT_MS });
  try {
    return await postWebhook(agent, { url: new URL(path, sink.origin), headers, body: '{"a":1}', timeoutMs: TIMEOUT_MS });
  } finally {
    await agent.destroy();
  }
}

/** Sends to a name whose resolver is played, at the receiver's port, with nothing allowed. */
async function postTo(url: string, resolve: LookupFunction) {
  const agent = guardedAgent({ allowedOrigins: new Set(), connectMs: TIMEOUT_MS, resolve });
  try {
    return await postWebhook(agent, { url: new URL(url), headers: {}, body: '{}', timeoutMs: TIMEOUT_MS });
  } finally {
    await agent.destroy();
  }
}

const answering = (...addresses: readonly string[]): LookupFunction => {
  const all = addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
  return (_name, _options, callback) => callback(null, all);
};

describe('sending a webhook', () => {
  it.each([
    ['/ok', 'delivered', 200],
    ['/fail', 'refused-status', 500],
    ['/gone', 'gone', 410],
    ['/redirect', 'redirected', 302],
    ['/hang', 'timed-out', undefined],
    ['/drip', 'delivered', 200],
    ['/flood', 'refused-status', 500],
    ['/lie', 'delivered', 200],
    ['/close', 'connection-closed', undefined],
    ['/garbage', 'connection-closed', undefined],
  ])('to %s ends %s', async (path, outcome, status) => {
    expect(await post(path)).toMatchObject({ outcome, status });
    // A redirect is told, not followed.
    expect(sink.received.filter(({ path: found }) => found === '/ok').length).toBeLessThanOrEqual(1);
  });

  it('keeps 2 KiB of an answer and hangs up', async () => {
    const agent = guardedAgent({ allowedOrigins: new Set([sink.origin]), connectMs: TIMEOUT_MS });
    const url = new URL('/flood/kept', sink.origin);
    const { answer } = await postWebhook(agent, { url, headers: {}, body: '{"a":1}', timeoutMs: 30_000 });
    expect(answer).toBe('y'.repeat(2048));
    await eventually(async () => expect(await sink.openConnections()).toBe(0), { limitMs: 30_000 });
    await agent.destroy();
  }, 60_000);

  it('says how long the receiver wants to be left alone', async () => {
    expect(await post('/slow')).toMatchObject({ outcome: 'refused-status', status: 429, retryAfterMs: 120_000 });
  });

  it('keeps no signature that a receiver says back', async () => {
    const { answer } = await post('/mirror', { 'webhook-signature': 'v1,abcdefgh v1,ijklmnop' });
    expect(answer).toContain('[signature]');
    expect(answer).not.toMatch(/abcdefgh|ijklmnop/);
  });

  it('tells a port nobody listens at from one that does not answer', async () => {
    const agent = guardedAgent({ allowedOrigins: new Set(['http://127.0.0.1:1']), connectMs: TIMEOUT_MS });
    const refused = await postWebhook(agent, { url: new URL('http://127.0.0.1:1'), headers: {}, body: '', timeoutMs: TIMEOUT_MS });
    expect(refused.outcome).toBe('not-connected');
    await agent.destroy();
  });
});

describe('an address that is not public', () => {
  it.each([['127.0.0.1'], ['10.0.0.7'], ['::ffff:127.0.0.1'], ['::1'], ['169.254.169.254'], ['1.1.1.1', '127.0.0.1']])(
    'gets no packet when a name leads to %s %s',
    async (...addresses) => {
      const before = sink.connections();
      const { outcome } = await postTo(`http://rebound.example:${sink.port}/ok`, answering(...addresses));
      expect(outcome).toBe('blocked-address');
      expect(sink.connections()).toBe(before);
    },
  );

  it.each(['127.0.0.1', '[::1]', '[::ffff:7f00:1]', '2130706433'])('gets no packet when it is written as %s', async (host) => {
    const before = sink.connections();
    expect((await postTo(`http://${host}:${sink.port}/ok`, answering('1.1.1.1'))).outcome).toBe('blocked-address');
    expect(sink.connections()).toBe(before);
  });
});
