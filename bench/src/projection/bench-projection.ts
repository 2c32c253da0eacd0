import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { stackPaths } from '@tenantry/stack/paths.ts';
import { perOperation } from '../api/contender.ts';
import type { Bench } from '../bench-contract.ts';
import { CleanUp } from '../clean-up.ts';
import { holdContest, type Turn } from '../measure/rounds.ts';
import { awaitCalm, observe } from '../measure/watcher.ts';
import { rowOf } from '../report/row.ts';
import { startParts } from '../start-parts.ts';
import { type ProjectionWorld, projectionWorld } from './projection-world.ts';

/** Issue "Events": a projector process takes this many events a second from Kafka into logs, webhooks and figures. */
const PER_SECOND = 5000;
const EVENTS = { full: 200_000, short: 30_000 };
/** How long nothing may move before the bench gives up. */
const PATIENCE_MS = 60_000;

/**
 * One projector from its bundle before topics full of events of customers, accounts and postings, whose rows are there: from the first event that is
 * appended until all are in the event logs with their hashes, routed to the tenants' webhooks, and counted into the figures of their days.
 */
export const benchProjection: Bench = async ({ root, short, rounds, profileFolder, despiteLoad, say, signal }) => {
  await startParts(['postgres', 'kafka', 'redis'], say);
  const folder = mkdtempSync(join(tmpdir(), 'tenantry-bench-'));
  const cleanUp = new CleanUp(say);
  cleanUp.add(() => rmSync(folder, { recursive: true, force: true }));
  try {
    const world = await projectionWorld({ root, folder, profileFolder, say });
    cleanUp.add(world.remove);
    const events = short ? EVENTS.short : EVENTS.full;
    const pidsFolder = stackPaths().pids;
    const { postgres, kafka } = world.pids;
    const ours = async (): Promise<Turn> => {
      say(`making and publishing ${events} events`);
      await world.publish(events);
      const projector = await world.start();
      const { result, observed } = await observe(
        { watched: { node: [projector.pid], postgres: [postgres], kafka: [kafka] }, alsoOurs: [process.pid], pidsFolder },
        () => projected(world, signal),
      ).finally(projector.stop);
      return {
        ...observed,
        value: result.perSecond,
        cpuMs: perOperation(observed.cpuMs, events),
        notes: { 'counted after, s': result.countedAfter },
      };
    };
    const done = await holdContest({
      ...{ rounds: Math.min(rounds, 3), despiteLoad, say, signal, ours },
      reference: async () => ({ value: PER_SECOND, cpuMs: {}, disturbance: { foreign: 0, platform: 0, steal: 0 }, complaint: undefined }),
      calm: () => awaitCalm({ watched: {}, alsoOurs: [process.pid, postgres, kafka], pidsFolder }),
    });
    const bar = { kind: 'at-least', ratio: short ? 0.5 : 1 } as const;
    const { rows: version } = await world.admin.query<{ version: string }>(`select current_setting('server_version') as version`);
    return {
      rows: [rowOf('Kafka → event log, webhooks, figures, one process ÷ 5,000/s', 'events/s', bar, done)],
      versions: { node: process.versions.node, postgres: version[0]?.version ?? '' },
    };
  } finally {
    await cleanUp.run();
  }
};

/** From the first event that is seen in a log until all are counted. */
async function projected({ standing }: ProjectionWorld, signal: AbortSignal) {
  const before = await standing();
  let first = { ...before, atMs: 0 };
  let appendedAtMs: number | undefined;
  for (let [seen, seenAt] = ['', performance.now()]; ; await pause(100)) {
    signal.throwIfAborted();
    const now = await standing();
    const atMs = performance.now();
    if (first.atMs === 0 && now.appended > before.appended) first = { ...now, atMs };
    if (now.appended === now.published) appendedAtMs ??= atMs;
    if (now.counted === now.published) {
      const perSecond = ((now.published - first.appended) / (atMs - first.atMs)) * 1000;
      return { perSecond, countedAfter: (atMs - (appendedAtMs ?? atMs)) / 1000 };
    }
    const shown = JSON.stringify(now);
    if (shown !== seen) [seen, seenAt] = [shown, atMs];
    if (atMs - seenAt > PATIENCE_MS) throw new Error(`the projector stopped: ${shown}`);
  }
}
