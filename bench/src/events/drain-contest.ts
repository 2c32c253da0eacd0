import { setTimeout as pause } from 'node:timers/promises';
import { stackPaths } from '@tenantry/stack/paths.ts';
import { perOperation } from '../api/contender.ts';
import { holdContest, type Turn } from '../measure/rounds.ts';
import { awaitCalm, observe } from '../measure/watcher.ts';
import type { OperatorRules } from '../operator/operator-rules.ts';
import { type Row, rowOf } from '../report/row.ts';
import type { EventsWorld } from './events-world.ts';
import { fillOutbox, makeRows, takeAll } from './outbox-rows.ts';
import type { producerPerf } from './producer-perf.ts';

/** How long the relay may make no progress before the bench gives up. */
const PATIENCE_MS = 30_000;

/** An outbox full of events: how fast it is empty and all of it on the broker, against the slower of its two halves alone. */
export async function drainContest(
  world: EventsWorld,
  perf: Awaited<ReturnType<typeof producerPerf>>,
  rounds: number,
  rules: OperatorRules,
): Promise<Row> {
  const events = rules.short ? 50_000 : 500_000;
  const { say, signal, despiteLoad } = rules;
  const { admin, asRelay, relay, pids } = world;
  say(`making ${events} events of ${world.tenants.length} tenants`);
  const bytes = await makeRows(admin, world.tenants, events);
  const pidsFolder = stackPaths().pids;
  const topic = world.tenants[0]?.eventsTopic ?? '';
  world.halt();
  const ours = async (): Promise<Turn> => {
    await fillOutbox(admin);
    const { result, observed } = await observe(
      { watched: { node: [relay.pid], postgres: [pids.postgres], kafka: [pids.kafka] }, alsoOurs: [process.pid], pidsFolder },
      () => drained(world, events, signal),
    );
    world.halt();
    return { ...observed, value: events / result, cpuMs: perOperation(observed.cpuMs, events) };
  };
  const reference = async (): Promise<Turn> => {
    await fillOutbox(admin);
    const { result, observed } = await observe(
      { watched: { postgres: [pids.postgres], kafka: [pids.kafka] }, alsoOurs: [process.pid], pidsFolder },
      async () => ({ taken: await takeAll(asRelay), produced: await perf({ topic, records: events, bytes }) }),
    );
    const { taken, produced } = result;
    say(`claim and delete alone ${taken.toFixed(0)}/s, producer-perf ${produced.toFixed(0)}/s of ${bytes} bytes`);
    return { ...observed, value: Math.min(taken, produced), cpuMs: perOperation(observed.cpuMs, events) };
  };
  const done = await holdContest({
    ...{ rounds, despiteLoad, say, signal, ours, reference },
    calm: () => awaitCalm({ watched: {}, alsoOurs: [process.pid, relay.pid, pids.postgres, pids.kafka], pidsFolder }),
  });
  world.letGo();
  return rowOf(
    'drain of the outbox ÷ min(producer-perf, claim and delete)',
    'events/s',
    rules.barOf({ kind: 'at-least', ratio: 0.5 }),
    done,
  );
}

/** Seconds from the moment the relay is let go until it has published and deleted them all. */
async function drained({ published, letGo }: EventsWorld, events: number, signal: AbortSignal): Promise<number> {
  const started = performance.now();
  letGo();
  const before = await published();
  let [seen, seenAt] = [before, started];
  for (;;) {
    signal.throwIfAborted();
    const now = await published();
    if (now - before >= events) return (performance.now() - started) / 1000;
    if (now !== seen) [seen, seenAt] = [now, performance.now()];
    if (performance.now() - seenAt > PATIENCE_MS) throw new Error(`the relay stopped after ${now - before} events of ${events}`);
    await pause(50);
  }
}
