import fc from 'fast-check';
import { expect, it } from 'vitest';
import { recordChunks } from './record-chunks.ts';

const entry = (size: number) => ['lane', { record: { key: 'k', value: 'ü'.repeat(size), headers: {} } }] as const;

it('keeps all entries in order, one chunk of a topic a request, none above the limit unless it is one entry', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string({ minLength: 1 }), fc.array(fc.nat(3000), { minLength: 1 })), (sizes) => {
      const topics = new Map(Object.entries(sizes).map(([topic, own]) => [topic, own.map(entry)]));
      const requests = recordChunks(topics, 4000);
      for (const request of requests) {
        expect(new Set(request.map(({ topic }) => topic)).size).toBe(request.length);
        for (const { entries } of request)
          expect(entries.length === 1 || entries.reduce((sum, [, { record }]) => sum + Buffer.byteLength(record.value), 0) <= 4000).toBe(
            true,
          );
      }
      for (const [topic, own] of topics)
        expect(requests.flatMap((request) => request.filter((chunk) => chunk.topic === topic)).flatMap(({ entries }) => entries)).toEqual(
          own,
        );
    }),
    { numRuns: 100 },
  );
});
