import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Bench } from '../bench-contract.ts';
import { CleanUp } from '../clean-up.ts';
import type { Bar } from '../measure/statistics.ts';
import type { Row } from '../report/row.ts';
import { startParts } from '../start-parts.ts';
import { byOperator, createContest, type Stage } from './create-contest.ts';
import { driftRows } from './drift-rows.ts';
import type { OperatorRules } from './operator-rules.ts';
import { CONCURRENCY, DEDICATED_EVERY, OperatorWorld } from './operator-world.ts';
import { restartRows } from './restart-rows.ts';

const STAGES: Readonly<Record<'full' | 'short', readonly Stage[]>> = {
  full: [
    { tenants: 10, rounds: 3 },
    { tenants: 100, rounds: 3 },
    { tenants: 500, rounds: 2 },
    { tenants: 1000, rounds: 2 },
  ],
  short: [
    { tenants: 10, rounds: 2 },
    { tenants: 50, rounds: 2 },
  ],
};

/** The operator with a thousand tenants (issue "Operator", speed): making them, starting anew among them, and seeing and mending what differs. */
export const benchOperator: Bench = async ({ root, short, rounds, despiteLoad, say, signal }) => {
  await startParts(['postgres', 'kafka', 'keycloak'], say);
  const folder = mkdtempSync(join(tmpdir(), 'tenantry-bench-'));
  const cleanUp = new CleanUp(say);
  cleanUp.add(() => rmSync(folder, { recursive: true, force: true }));
  const barOf = ({ kind, ratio }: Bar): Bar => (short ? { kind, ratio: kind === 'at-least' ? ratio / 2 : ratio * 2 } : { kind, ratio });
  const rules: OperatorRules = { short, despiteLoad, say, signal, barOf };
  try {
    const world = await OperatorWorld.open(root, folder, say);
    cleanUp.add(() => world.close());
    say(
      `no pods: a stand-in says that replicas run and answers for them; one tenant of ${DEDICATED_EVERY} is Dedicated; ${CONCURRENCY} at a time`,
    );
    await world.start('production');
    // Both learn their way, and the script gets an example of each kind.
    await byOperator(world, DEDICATED_EVERY);
    const stages = STAGES[short ? 'short' : 'full'].map((stage) => ({ ...stage, rounds: Math.min(rounds, stage.rounds) }));
    const rows: Row[] = [
      ...(await createContest(world, stages, rules)),
      ...(await restartRows(world, rules)),
      ...(await driftRows(world, rules)),
    ];
    const { rows: version } = await world.ours.admin.query<{ version: string }>(`select current_setting('server_version') as version`);
    return { rows, versions: { node: process.versions.node, postgres: version[0]?.version ?? '' } };
  } finally {
    await cleanUp.run();
  }
};
