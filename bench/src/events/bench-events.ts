import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Bench } from '../bench-contract.ts';
import { CleanUp } from '../clean-up.ts';
import type { Bar } from '../measure/statistics.ts';
import type { OperatorRules } from '../operator/operator-rules.ts';
import type { Row } from '../report/row.ts';
import { startParts } from '../start-parts.ts';
import { drainContest } from './drain-contest.ts';
import { eventsWorld } from './events-world.ts';
import { latencyRows } from './latency-rows.ts';
import { producerPerf } from './producer-perf.ts';

/** The relay (issue "Events", speed): an outbox of 500,000 events, and how soon one of 500 a second is with a consumer. */
export const benchEvents: Bench = async ({ root, short, rounds, profileFolder, despiteLoad, say, signal }) => {
  await startParts(['postgres', 'kafka', 'redis'], say);
  const folder = mkdtempSync(join(tmpdir(), 'tenantry-bench-'));
  const cleanUp = new CleanUp(say);
  cleanUp.add(() => rmSync(folder, { recursive: true, force: true }));
  const barOf = ({ kind, ratio }: Bar): Bar => (short ? { kind, ratio: kind === 'at-least' ? ratio / 2 : ratio * 2 } : { kind, ratio });
  const rules: OperatorRules = { short, despiteLoad, say, signal, barOf };
  try {
    const world = await eventsWorld({ root, folder, profileFolder, say });
    cleanUp.add(world.remove);
    const perf = await producerPerf(world.stack, folder, say);
    const rows: Row[] = [
      ...(await latencyRows(world, world.connectAsAdmin, Math.min(rounds, 3), rules)),
      await drainContest(world, perf, rounds, rules),
    ];
    const { rows: version } = await world.admin.query<{ version: string }>(`select current_setting('server_version') as version`);
    return { rows, versions: { node: process.versions.node, postgres: version[0]?.version ?? '' } };
  } finally {
    await cleanUp.run();
  }
};
