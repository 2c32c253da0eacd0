import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { stackPaths } from '@tenantry/stack/paths.ts';
import { CONNECTIONS, perOperation } from '../api/contender.ts';
import { fillFirstTenant } from '../api/fill-first-tenant.ts';
import { workloadOf } from '../api/workload.ts';
import type { Bench } from '../bench-contract.ts';
import { CleanUp } from '../clean-up.ts';
import { LoadProcess } from '../load/load-process.ts';
import type { Bar } from '../measure/statistics.ts';
import { observe } from '../measure/watcher.ts';
import { boundRow } from '../operator/bound-row.ts';
import type { OperatorRules } from '../operator/operator-rules.ts';
import { startParts } from '../start-parts.ts';
import { backgroundWorld } from './background-world.ts';
import { askForImports, checkImports, type ImportPlan, untilLogged } from './imports.ts';

const TENANTS = 20;
const API = { rate: 500, p99LimitMs: 200 };
/** Issue "Events": a million in ten minutes; they come for nine. The short form has half that rate. */
const FORMS = {
  full: { rows: 1_000_000, fileRows: 10_000, seconds: 540, limitSeconds: 600, filled: 100_000 },
  short: { rows: 25_000, fileRows: 1250, seconds: 27, limitSeconds: 30, filled: 10_000 },
};

/**
 * A million customers imported in the background: fetched, checked, written with history and events, published, read, appended to the event logs and routed, with a
 * webhook for every import; while the api answers 500 requests a second, four reads to a create. One round: its length is the point.
 */
export const benchBackground: Bench = async ({ root, short, profileFolder, despiteLoad, say, signal }) => {
  await startParts(['postgres', 'redis', 'kafka', 'rabbitmq', 's3'], say);
  const folder = mkdtempSync(join(tmpdir(), 'tenantry-bench-'));
  const cleanUp = new CleanUp(say);
  cleanUp.add(() => rmSync(folder, { recursive: true, force: true }));
  // The short form's limits are its own already.
  const barOf = (bar: Bar): Bar => bar;
  const rules: OperatorRules = { short, despiteLoad, say, signal, barOf };
  const form = short ? FORMS.short : FORMS.full;
  try {
    const world = await backgroundWorld({ root, folder, profileFolder, tenants: TENANTS, say });
    cleanUp.add(world.remove);
    const { api, pids } = world;
    const load = new LoadProcess();
    cleanUp.add(() => load.close());
    const idsFile = join(folder, 'ids');
    writeFileSync(idsFile, (await fillFirstTenant(api, form.filled)).join('\n'));
    const workload = workloadOf(api.tenants, api.cell, idsFile);
    const order = { ports: api.ours.map(({ port }) => port), connections: CONNECTIONS, rate: API.rate, accept: [200, 201] };
    await load.run({ ...order, work: await workload.mixed(API.rate * 3), count: API.rate * 3 });
    const plan: ImportPlan = form;
    const count = API.rate * form.limitSeconds;
    const work = await workload.mixed(count);
    say(`${form.rows} records in ${form.limitSeconds} s beside ${API.rate} requests a second`);
    const { rows: clock } = await api.admin.query<{ now: Date }>('select clock_timestamp() as now');
    const from = clock[0]?.now ?? new Date();
    const { result, observed } = await observe(
      { watched: { ...pids, client: [load.pid] }, alsoOurs: [process.pid, world.sink.pid], pidsFolder: stackPaths().pids },
      async () => {
        const [asked, seconds] = await Promise.all([
          load.run({ ...order, work, count }),
          untilLogged(world, plan, from, signal),
          askForImports(world, plan, signal),
        ]);
        return { asked, seconds };
      },
    );
    // The last webhook leaves after the last record.
    for (let waited = 0; waited < 30; waited += 1) {
      const { rows } = await api.admin.query('select from tenantry.webhook_due limit 1');
      if (rows.length === 0) break;
      await pause(1000);
    }
    await checkImports(world, plan, api.tenants.slice(1));
    const { asked, seconds } = result;
    if (observed.complaint !== undefined) say(`others were at work: ${observed.complaint}`);
    const notes = { 'p50 ms': asked.p50Ms, 'slowest ms': asked.maxMs };
    const { rows: version } = await api.admin.query<{ version: string }>(`select current_setting('server_version') as version`);
    return {
      rows: [
        boundRow(`${form.rows} records until all are in the log ÷ ${form.limitSeconds} s`, 's', [seconds], form.limitSeconds, rules, {
          cpuMs: perOperation(observed.cpuMs, form.rows),
        }),
        boundRow(`p99 at ${API.rate} req/s meanwhile ÷ ${API.p99LimitMs} ms`, 'ms', [asked.p99Ms], API.p99LimitMs, rules, { notes }),
      ],
      versions: { node: process.versions.node, postgres: version[0]?.version ?? '' },
    };
  } finally {
    await cleanUp.run();
  }
};
