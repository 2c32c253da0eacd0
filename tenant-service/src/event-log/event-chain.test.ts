import { expect, it } from 'vitest';
import { CHAIN_BEGINNING, chainHash, type LoggedEvent } from './event-chain.ts';

const event: LoggedEvent = {
  id: '019a9a4e-5e0c-7c3f-9d55-0f6a3b7c1d22',
  type: 'dev.tenantry.customer.created.v1',
  subject: 'customers/019a9a4e-5e0c-7c3f-9d55-0f6a3b7c1d21',
  version: 1,
  time: '2026-11-23T03:00:00.000Z',
  traceparent: null,
  data: '{"customer":{"name":"Ada"}}',
};

// A log that is written must be provable for ever: the bytes under the hash are a promise, not an implementation.
it('is the same bytes for ever', () => {
  expect(chainHash(CHAIN_BEGINNING, 1, event).toString('hex')).toBe('990ee13196fb8a3c2498bc6ec001c99bb25ff337342653bd8d94564a6f385882');
});

it.each<[string, Partial<LoggedEvent>]>([
  ['id', { id: '019a9a4e-5e0c-7c3f-9d55-0f6a3b7c1d23' }],
  ['type', { type: 'dev.tenantry.customer.updated.v1' }],
  ['subject', { subject: 'customers/019a9a4e-5e0c-7c3f-9d55-0f6a3b7c1d22' }],
  ['version', { version: 2 }],
  ['time', { time: '2026-11-23T03:00:00.001Z' }],
  ['traceparent', { traceparent: '00-f0c4036820164e8a8919cad15973feaa-b7ad6b7169203331-01' }],
  ['data, by a space', { data: '{"customer": {"name":"Ada"}}' }],
])('is another one for another %s', (_, change) => {
  expect(chainHash(CHAIN_BEGINNING, 1, { ...event, ...change })).not.toEqual(chainHash(CHAIN_BEGINNING, 1, event));
});

it('is another one in another place', () => {
  expect(chainHash(CHAIN_BEGINNING, 2, event)).not.toEqual(chainHash(CHAIN_BEGINNING, 1, event));
  expect(chainHash(Buffer.alloc(32, 1), 1, event)).not.toEqual(chainHash(CHAIN_BEGINNING, 1, event));
});
