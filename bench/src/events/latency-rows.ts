import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { TenantNames } from '@tenantry/contracts';
import { Kafka, logLevel } from 'kafkajs';
import type pg from 'pg';
import { quartilesOf } from '../measure/statistics.ts';
import { boundRow } from '../operator/bound-row.ts';
import type { OperatorRules } from '../operator/operator-rules.ts';
import { type Row, rowOf } from '../report/row.ts';
import type { EventsWorld } from './events-world.ts';

const PER_SECOND = 500;
const SECONDS = { full: 20, short: 5 };
/** Writers, each on a connection of its own: what one commits does not wait for another's. */
const WRITERS = 4;
/** What has not arrived by then is lost. */
const PATIENCE_MS = 20_000;
const LIMIT_MS = { p50: 50, p99: 250 };

const WRITE = `insert into tenantry.outbox (id, writer, type, aggregate, aggregate_id, version, occurred_at, data)
values ($1, $2, 'dev.tenantry.customer.created.v1', 'customer', $3, 1, clock_timestamp(), $4)`;
const DATA = JSON.stringify({
  customer: { name: 'Someone', email: 'someone@example.org', tags: ['a', 'b'], attributes: { note: 'x'.repeat(200) } },
});

/** From the commit of an event until a consumer has it, at 500 events a second; and what writers notice of the relay. */
export async function latencyRows(
  world: EventsWorld,
  connect: () => Promise<pg.Client>,
  rounds: number,
  rules: OperatorRules,
): Promise<Row[]> {
  const committed = new Map<string, number>();
  const latencies: number[] = [];
  const untilSent: number[] = [];
  // On a busy machine an event may be here before its writer has heard of the commit.
  const early = new Map<string, readonly [at: number, sentAt: number]>();
  const measured = (from: number, at: number, sentAt: number): void => {
    latencies.push(Math.max(0, at - from));
    untilSent.push(Math.max(0, sentAt - performance.timeOrigin - from));
  };
  const consumer = await follow(world, (id, at, sentAt) => {
    const from = committed.get(id);
    if (from === undefined) early.set(id, [at, sentAt]);
    else {
      committed.delete(id);
      measured(from, at, sentAt);
    }
  });
  const noteCommit = (id: string): void => {
    const now = performance.now();
    const came = early.get(id);
    if (came === undefined) committed.set(id, now);
    else measured(now, ...came);
  };
  const writers = await Promise.all(Array.from({ length: WRITERS }, connect));
  const seconds = rules.short ? SECONDS.short : SECONDS.full;
  const write = (note: (id: string) => void): Promise<Written> => writeFor(writers, world.tenants, seconds, note);
  try {
    await world.admin.query('truncate tenantry.outbox');
    world.letGo();
    await write(() => {});
    const p50: number[] = [];
    const p99: number[] = [];
    const sent: number[] = [];
    const writes: { on: Written; off: Written }[] = [];
    for (let round = 0; round < rounds; round += 1) {
      rules.signal.throwIfAborted();
      latencies.length = 0;
      untilSent.length = 0;
      early.clear();
      const on = await write(noteCommit);
      for (let waited = 0; committed.size > 0 && waited < PATIENCE_MS; waited += 20) await pause(20);
      if (committed.size > 0) throw new Error(`${committed.size} events did not arrive`);
      p50.push(quartilesOf(latencies).median);
      p99.push(percentile(latencies, 0.99));
      sent.push(quartilesOf(untilSent).median);
      world.halt();
      const off = await write(() => {});
      await world.admin.query('truncate tenantry.outbox');
      world.letGo();
      writes.push({ on, off });
      rules.say(
        `round ${round + 1} of ${rounds}: commit → consumer p50 ${p50.at(-1)?.toFixed(1)} ms, p99 ${p99.at(-1)?.toFixed(1)} ms, until the relay sends it p50 ${sent.at(-1)?.toFixed(1)} ms; writes ${on.perSecond.toFixed(0)}/s, ${off.perSecond.toFixed(0)}/s without the relay`,
      );
    }
    const turn = ({ perSecond, p99Ms }: Written) => ({
      ...{ value: perSecond, cpuMs: {}, notes: { 'p99 ms': p99Ms }, complaint: undefined },
      disturbance: { foreign: 0, platform: 0, steal: 0 },
    });
    const beside = writes.map(({ on, off }) => ({ ours: turn(on), reference: turn(off), ratio: on.perSecond / off.perSecond }));
    return [
      boundRow(`commit → consumer at ${PER_SECOND} events/s, p50`, 'ms', p50, LIMIT_MS.p50, rules, {
        notes: { 'p50 ms until sent': quartilesOf(sent).median },
      }),
      boundRow(`commit → consumer at ${PER_SECOND} events/s, p99`, 'ms', p99, LIMIT_MS.p99, rules),
      rowOf(
        `writes at ${PER_SECOND}/s beside the relay ÷ without it`,
        'writes/s',
        { kind: 'at-least', ratio: rules.short ? 0.5 : 0.95 },
        beside,
      ),
    ];
  } finally {
    await consumer.disconnect();
  }
}

interface Written {
  readonly perSecond: number;
  readonly p99Ms: number;
}

/** Open loop: each write has its moment, and one that is late makes no other later. */
async function writeFor(
  writers: readonly pg.Client[],
  tenants: readonly TenantNames[],
  seconds: number,
  note: (id: string) => void,
): Promise<Written> {
  const total = PER_SECOND * seconds;
  const started = performance.now();
  const took: number[] = [];
  let next = 0;
  await Promise.all(
    writers.map(async (writer) => {
      for (let at = next++; at < total; at = next++) {
        const due = started + (at / PER_SECOND) * 1000;
        const early = due - performance.now();
        if (early > 0) await pause(early);
        const id = randomUUID();
        await writer.query({ name: 'write', text: WRITE, values: [id, tenants[at % tenants.length]?.appRole, randomUUID(), DATA] });
        note(id);
        took.push(performance.now() - due);
      }
    }),
  );
  return { perSecond: (total / (performance.now() - started)) * 1000, p99Ms: percentile(took, 0.99) };
}

/** Calls `arrived` with the id of every event that comes from now on, and when its producer made the record, in ms since 1970. */
async function follow({ stack, tenants }: EventsWorld, arrived: (id: string, at: number, sentAt: number) => void) {
  const { address, port, username, password } = await stack.kafka('admin');
  const kafka = new Kafka({
    clientId: 'tenantry-bench',
    brokers: [`${address}:${port}`],
    sasl: { mechanism: 'scram-sha-512', username, password },
    logLevel: logLevel.NOTHING,
  });
  const consumer = kafka.consumer({ groupId: `bench-${randomUUID()}`, maxWaitTimeInMs: 100, minBytes: 1 });
  await consumer.connect();
  await consumer.subscribe({ topics: tenants.map(({ eventsTopic }) => eventsTopic), fromBeginning: false });
  const joined = new Promise((resolve) => consumer.on(consumer.events.GROUP_JOIN, resolve));
  await consumer.run({
    autoCommit: false,
    partitionsConsumedConcurrently: tenants.length,
    // A batch at once, as a projector reads: kafkajs looks at its clock and its offsets between messages otherwise.
    eachBatch: async ({ batch }) => {
      const at = performance.now();
      for (const { headers, timestamp } of batch.messages) arrived(String(headers?.ce_id), at, Number(timestamp));
    },
  });
  await joined;
  return consumer;
}

function percentile(sample: readonly number[], share: number): number {
  const sorted = sample.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
}
