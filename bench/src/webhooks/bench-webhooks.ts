import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { stackPaths } from '@tenantry/stack/paths.ts';
import { perOperation } from '../api/contender.ts';
import type { Bench } from '../bench-contract.ts';
import { CleanUp } from '../clean-up.ts';
import { holdContest, type Turn } from '../measure/rounds.ts';
import type { Bar } from '../measure/statistics.ts';
import { awaitCalm, observe } from '../measure/watcher.ts';
import { type Row, rowOf } from '../report/row.ts';
import { startParts } from '../start-parts.ts';
import type { BareOrder } from './bare-sender.ts';
import { checkRecords, EVENT_DATA, makeDeliveries } from './delivery-rows.ts';
import { type WebhooksWorld, webhooksWorld } from './webhooks-world.ts';

/** Issue "Events". */
const BARS = { fanOut: { kind: 'at-least', ratio: 0.4 }, others: { kind: 'at-least', ratio: 0.95 } } as const satisfies Record<string, Bar>;
const DELIVERIES = { full: 30_000, short: 4000 };
/** Attempts at once in a sender; the loop has as many. */
const CONCURRENCY = 256;
const ENDPOINTS = 100;
/** How long nothing may arrive before the bench gives up. */
const PATIENCE_MS = 60_000;
/** No endpoint has this id. */
const NOBODY = '00000000-0000-0000-0000-000000000000';

/** Webhooks to a hundred endpoints of ten tenants: due → RabbitMQ → signed, sent and recorded, against a loop that signs and sends. */
export const benchWebhooks: Bench = async ({ root, short, rounds, profileFolder, despiteLoad, say, signal }) => {
  await startParts(['postgres', 'rabbitmq', 'redis'], say);
  const folder = mkdtempSync(join(tmpdir(), 'tenantry-bench-'));
  const cleanUp = new CleanUp(say);
  cleanUp.add(() => rmSync(folder, { recursive: true, force: true }));
  const barOf = (bar: Bar): Bar => (short ? { ...bar, ratio: bar.ratio / 2 } : bar);
  try {
    const world = await webhooksWorld({ root, folder, profileFolder, say });
    cleanUp.add(world.remove);
    const deliveries = short ? DELIVERIES.short : DELIVERIES.full;
    const { sender, bare, sink, pids } = world;
    const alsoOurs = [process.pid, sink.pid];
    const pidsFolder = stackPaths().pids;
    const calm = () => awaitCalm({ watched: {}, alsoOurs: [...alsoOurs, sender.pid, pids.postgres, pids.rabbitmq], pidsFolder });
    const contest = { rounds, despiteLoad, say, signal, calm };
    const watched = { node: [sender.pid], postgres: [pids.postgres], rabbitmq: [pids.rabbitmq] };

    /** Deliveries a second to all endpoints but the first, or to all; from the moment they are due until each is on record. */
    const sent = async (wishes: { readonly dead: boolean; readonly first: boolean }): Promise<Turn> => {
      const { first, begin } = await makeDeliveries(world, deliveries, wishes);
      const except = wishes.first ? NOBODY : first;
      const wanted = wishes.first ? deliveries : deliveries - deliveries / ENDPOINTS;
      await sink.ask({ endsTurn: true });
      const { result, observed } = await observe({ watched, alsoOurs, pidsFolder }, async () => {
        await begin();
        return await recorded(world, except, wanted, signal);
      });
      const { p95Ms } = await checkRecords(world, except, wanted);
      await sink.ask({ endsTurn: true });
      // What hung on the dead one has ended before its rows go.
      await pause(500);
      return { ...observed, value: wanted / result, cpuMs: perOperation(observed.cpuMs, deliveries), notes: { 'p95 ms': p95Ms } };
    };
    const signed = async (): Promise<Turn> => {
      const order: BareOrder = { port: world.sinkPort, deliveries, concurrency: CONCURRENCY, data: EVENT_DATA };
      const { result, observed } = await observe({ watched: { node: [bare.pid] }, alsoOurs, pidsFolder }, () =>
        bare.ask<{ seconds: number }>(order),
      );
      return { ...observed, value: deliveries / result.seconds, cpuMs: perOperation(observed.cpuMs, deliveries) };
    };
    // A first turn of each: connections, plans, compiled code.
    await sent({ dead: false, first: true });
    await signed();
    const rows: Row[] = [];
    say('fan-out against a loop that signs and sends');
    const fanOut = await holdContest({ ...contest, ours: () => sent({ dead: false, first: true }), reference: signed });
    rows.push(rowOf('webhooks sent and recorded ÷ a loop that signs and sends', 'deliveries/s', barOf(BARS.fanOut), fanOut));
    say('one endpoint of a hundred takes everything and never answers');
    const others = await holdContest({
      ...contest,
      ours: () => sent({ dead: true, first: false }),
      reference: () => sent({ dead: false, first: false }),
    });
    rows.push(rowOf('the other 99 beside a dead endpoint ÷ beside a living one', 'deliveries/s', barOf(BARS.others), others));
    const { rows: version } = await world.admin.query<{ version: string }>(`select current_setting('server_version') as version`);
    return { rows, versions: { node: process.versions.node, postgres: version[0]?.version ?? '' } };
  } finally {
    await cleanUp.run();
  }
};

/** Seconds until nothing is due any more but at `except`. The database is not asked before all have arrived: looking is work, too. */
async function recorded({ admin, sink }: WebhooksWorld, except: string, wanted: number, signal: AbortSignal): Promise<number> {
  const started = performance.now();
  let [before, movedAt] = [-1, started];
  for (;;) {
    signal.throwIfAborted();
    const { taken } = await sink.ask<{ taken: number }>({ endsTurn: false });
    const due = taken < wanted ? wanted - taken : await countDue(admin, except);
    const now = performance.now();
    if (due === 0) return (now - started) / 1000;
    if (due !== before) [before, movedAt] = [due, now];
    if (now - movedAt > PATIENCE_MS) throw new Error(`nothing was sent for a minute, and ${due} deliveries are due`);
    await pause(20);
  }
}

async function countDue(admin: WebhooksWorld['admin'], except: string): Promise<number> {
  const text = 'select count(*)::int as count from tenantry.webhook_due where endpoint_id <> $1';
  return (await admin.query<{ count: number }>(text, [except])).rows[0]?.count ?? 0;
}
