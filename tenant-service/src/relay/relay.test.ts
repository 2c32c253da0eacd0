import { randomUUID } from 'node:crypto';
import type { ClientBase } from 'pg';
import { expect, it } from 'vitest';
import { createLog } from '../telemetry/log.ts';
import { createMetrics } from '../telemetry/metrics.ts';
import { Relay } from './relay.ts';

const row = (topic: string) => ({
  id: randomUUID(),
  writer: `t_${topic}_app@main`,
  type: 'dev.tenantry.customer.created.v1',
  aggregate: 'customer',
  aggregateId: randomUUID(),
  version: 1,
  occurredAt: new Date(),
  traceparent: null,
  data: '{}',
  tenantId: randomUUID(),
  slug: topic,
  topic,
});

it('deletes what was acknowledged, keeps what was not, and leaves the failed topic out of the next claims', async () => {
  const claimed = [row('good'), row('bad'), row('good')];
  const claims: unknown[][] = [];
  const deleted: string[] = [];
  const client = {
    query: async ({ name, values }: { name: string; values: unknown[] }) => {
      if (name === 'delete') deleted.push(...(values[1] as string[]));
      else claims.push(values);
      return { rows: name === 'claim' ? claimed : [] };
    },
  } as unknown as ClientBase;
  const relay = new Relay({
    stream: {
      publish: async (topic) => {
        if (topic === 'bad') throw new Error('not there');
      },
      close: async () => {},
    },
    poll: { minMs: 1, maxMs: 10, batch: 100 },
    metrics: createMetrics(),
    log: createLog('silent', 'test'),
    failpoint: () => {},
  });
  expect(await relay.publishOnce(client)).toBe(2);
  expect(deleted).toEqual([claimed[0]?.aggregateId, claimed[2]?.aggregateId]);
  await relay.publishOnce(client);
  expect(claims.map((values) => values[3])).toEqual([[], ['bad']]);
  // Tenants take turns: the next claim begins behind the last one served.
  expect(claims.map((values) => values[2])).toEqual(['', 'good']);
});
