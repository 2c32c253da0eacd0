import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { stackPaths } from '@tenantry/stack/paths.ts';
import { oursOf } from '../api/api-bench.ts';
import { type ApiTenant, type ApiWorld, apiWorld } from '../api/api-world.ts';
import { perOperation } from '../api/contender.ts';
import type { Bench } from '../bench-contract.ts';
import { CleanUp } from '../clean-up.ts';
import { LoadProcess } from '../load/load-process.ts';
import type { Work } from '../load/order.ts';
import { customerBody } from '../load/requests.ts';
import { holdContest, type Turn } from '../measure/rounds.ts';
import { awaitCalm, observe } from '../measure/watcher.ts';
import { rowOf } from '../report/row.ts';
import { startParts } from '../start-parts.ts';

/** What the noisy tenant's plan gives, and how much more it sends. */
const LIMIT_PER_SECOND = 100;
const TIMES = 20;
/** What the quiet tenant sends: four pages to a create. */
const QUIET_PER_SECOND = 50;
const SECONDS = { full: 30, short: 8 };
/** The burst of its plan is gone by then, and what is left of the storm is refused. */
const STORM_LEAD_MS = 12_000;

/** One tenant at twenty times its limit beside another that minds its business: p99 of the other, with and without the storm (issue "API", speed). */
export const benchNoisy: Bench = async ({ root, short, rounds, profileFolder, despiteLoad, say, signal }) => {
  await startParts(['postgres', 'redis'], say);
  const folder = mkdtempSync(join(tmpdir(), 'tenantry-bench-'));
  const cleanUp = new CleanUp(say);
  cleanUp.add(() => rmSync(folder, { recursive: true, force: true }));
  try {
    const world = await apiWorld({ root, folder, profileFolder, tenants: 2, workers: 2, say });
    cleanUp.add(world.remove);
    const [quiet, noisy] = world.tenants as unknown as [ApiTenant, ApiTenant];
    await world.admin.query(`update tenantry.tenants set quotas = $2 where schema_name = $1`, [
      noisy.schema,
      { requestsPerMinute: LIMIT_PER_SECOND * 60 },
    ]);
    const [load, storm] = [new LoadProcess(), new LoadProcess()];
    cleanUp.add(
      () => load.close(),
      () => storm.close(),
    );
    const pidsFolder = stackPaths().pids;
    const { ports, pids } = oursOf(world);
    let sent = 0;
    const turn = async (): Promise<Turn> => {
      const count = QUIET_PER_SECOND * (short ? SECONDS.short : SECONDS.full);
      const work = await workOf(quiet, world.cell, sent);
      sent += count;
      const order = { ports, connections: 16, rate: QUIET_PER_SECOND, accept: [200, 201], count, work };
      const { result, observed } = await observe(
        { watched: { ...pids, client: [load.pid] }, alsoOurs: [process.pid, storm.pid], pidsFolder },
        () => load.run(order),
      );
      const notes = { 'p50 ms': result.p50Ms, 'p99 ms': result.p99Ms };
      return {
        value: result.p99Ms,
        cpuMs: perOperation(observed.cpuMs, count),
        disturbance: observed.disturbance,
        complaint: observed.complaint,
        notes,
      };
    };
    const besideStorm = async (): Promise<Turn> => {
      const rate = LIMIT_PER_SECOND * TIMES;
      const seconds = STORM_LEAD_MS / 1000 + (short ? SECONDS.short : SECONDS.full) + 2;
      const work = {
        ...(await workOf(noisy, world.cell, 0)),
        templates: [{ method: 'GET', path: '/v1/customers', headers: await noisy.authorization() } as const],
      };
      const raging = storm.run({ ports, connections: 64, rate, accept: [200, 429], count: rate * seconds, work });
      await pause(STORM_LEAD_MS);
      const measured = await turn();
      await raging;
      return measured;
    };
    await turn();
    const done = await holdContest({
      rounds,
      despiteLoad,
      say,
      signal,
      calm: () => awaitCalm({ watched: {}, alsoOurs: [process.pid, world.postgresPid], pidsFolder }),
      ours: besideStorm,
      reference: turn,
    });
    await requireRefusals(world, noisy);
    const row = rowOf(`p99 beside a tenant at ${TIMES} × its limit ÷ p99 alone`, 'ms', { kind: 'at-most', ratio: short ? 3 : 1.5 }, done);
    return { rows: [row], versions: { node: process.versions.node } };
  } finally {
    await cleanUp.run();
  }
};

async function workOf(tenant: ApiTenant, mark: string, first: number): Promise<Work> {
  const headers = await tenant.authorization();
  const page = { method: 'GET', path: '/v1/customers?limit=20', headers } as const;
  return { templates: [page, page, page, page, { method: 'POST', path: '/v1/customers', headers, body: customerBody(mark) }], first };
}

/** @throws Error when the storm was let through: then nothing was shown. Usage reaches the database within ten seconds. */
async function requireRefusals({ admin }: ApiWorld, noisy: ApiTenant): Promise<void> {
  for (let waited = 0; waited < 15; waited += 1) {
    const { rows } = await admin.query<{ requests: string; refused: string }>(
      `select coalesce(sum(requests), 0) as requests, coalesce(sum(refused), 0) as refused from "${noisy.schema}".usage_days`,
    );
    const [use] = rows;
    if (use !== undefined && Number(use.refused) > Number(use.requests)) return;
    await pause(1000);
  }
  throw new Error('the storm was not refused: the limits are not at work');
}
