import { randomUUID } from 'node:crypto';
import type { ClientBase } from 'pg';
import { expect, it } from 'vitest';
import { createLog } from '../telemetry/log.ts';
import { createMetrics } from '../telemetry/metrics.ts';
import { Relay } from './relay.ts';

const AT = new Date();
const tenant = (slug: string) => ({ writer: `t_${slug}_app@main`, tenantId: randomUUID(), slug, topic: slug });

it('deletes what was acknowledged, keeps what was not, and leaves the failed topic out of the next looks', async () => {
  const [good, bad] = [tenant('good'), tenant('bad')];
  const rows = [good, bad].map(({ writer }) => ({ writer, aggregateId: randomUUID() }));
  const looks: unknown[][] = [];
  const deleted: unknown[] = [];
  const stop = new AbortController();
  const client = {
    query: async ({ name, values = [] }: { name?: string; values?: unknown[] }) => {
      if (name === 'delete') deleted.push(...(values[1] as string[]));
      if (name === 'claim') {
        const writers = values[0] as string[];
        const found = rows.filter(({ aggregateId }) => !deleted.includes(aggregateId));
        const claimed = writers.flatMap((writer, at) => found.filter((row) => row.writer === writer).map((row) => [at + 1, row] as const));
        return {
          rows: claimed.map(([at, { aggregateId }]) => [at, randomUUID(), 'dev.tenantry.x.y.v1', 'x', aggregateId, 1, AT, null, '{}']),
        };
      }
      // Of a lock: taken, by the only one there is.
      if (name !== 'waiting') return { rows: [{ count: 1, taken: true }] };
      looks.push(values);
      if (looks.length === 3) stop.abort();
      const [away, served] = values as [string[], string[]];
      return { rows: [good, bad].filter(({ topic, writer }) => looks.length < 3 && !away.includes(topic) && !served.includes(writer)) };
    },
  } as unknown as ClientBase;
  const relay = new Relay({
    stream: {
      publish: async (batches) =>
        new Map(batches.filter(({ topic }) => topic === 'bad').map(({ topic }) => [topic, new Error('not there')])),
      close: async () => {},
    },
    poll: { minMs: 1, maxMs: 10, batch: 100 },
    metrics: createMetrics(),
    log: createLog('silent', 'test'),
    failpoint: () => {},
  });
  await relay.run(client, stop.signal);
  expect(deleted).toEqual([rows[0]?.aggregateId]);
  expect(looks.map(([away]) => away)[2]).toEqual(['bad']);
});
