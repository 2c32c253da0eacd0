import { createHash } from 'node:crypto';
import { expect, it } from 'vitest';
import { type ChainEntry, verifyChain } from './verify-chain.ts';

/** As the service makes them, newest first. */
function chainOf(length: number): ChainEntry[] {
  const entries: ChainEntry[] = [];
  let before: Buffer = Buffer.alloc(32);
  for (let seq = 1; seq <= length; seq += 1) {
    const event = {
      ...{
        sequence: String(seq),
        id: `id-${seq}`,
        type: 'dev.tenantry.customer.updated.v1',
        subject: 'customers/1',
        aggregateversion: '2',
      },
      time: '2026-11-23T03:00:00.000Z',
      ...(seq % 2 === 0 ? { traceparent: '00-ab-cd-01' } : {}),
    };
    const dataText = `{"name": "Zoë", "nested": {"amount": ${seq}.50}}`;
    const text = JSON.stringify([seq, event.id, event.type, event.subject, 2, event.time, event.traceparent ?? null, dataText]);
    before = createHash('sha256').update(before).update(text).digest();
    entries.unshift({ event, dataText, hash: before.toString('hex') });
  }
  return entries;
}

it('a chain that nobody touched holds, to its very beginning', async () => {
  expect(await verifyChain(chainOf(5))).toEqual({ proven: 5, brokenAt: undefined });
});

it('of a part of it, all but the oldest entry is proven', async () => {
  expect(await verifyChain(chainOf(5).slice(0, 3))).toEqual({ proven: 2, brokenAt: undefined });
});

it('an event that was changed is found by its number', async () => {
  const entries = chainOf(5).map((entry) => (entry.event.sequence === '3' ? { ...entry, dataText: '{"name": "Eve"}' } : entry));
  expect(await verifyChain(entries)).toEqual({ proven: 2, brokenAt: '3' });
});

it('an event that was taken out is found', async () => {
  expect((await verifyChain(chainOf(5).filter(({ event }) => event.sequence !== '3'))).brokenAt).toBe('4');
});
