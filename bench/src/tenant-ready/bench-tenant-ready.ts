import { randomBytes } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { stackPaths } from '@tenantry/stack/paths.ts';
import type { Bench } from '../bench-contract.ts';
import { holdContest, type Turn } from '../measure/rounds.ts';
import { type Bar, quartilesOf } from '../measure/statistics.ts';
import { awaitCalm, observe } from '../measure/watcher.ts';
import { type Row, rowOf } from '../report/row.ts';
import { startParts } from '../start-parts.ts';
import { OperatorTenants } from './operator-tenant.ts';
import { openPlatform, type Platform } from './platform.ts';
import { makeByScript, removeByScript } from './script-tenant.ts';

/** Issue 3: the operator may take half as long again as a script that looks at nothing. */
const BAR: Bar = { kind: 'at-most', ratio: 1.5 };
/** Tenants of a turn, one after the other. */
const TENANTS = { full: 10, short: 3 };
/** Between two tenants of a turn, on both sides: the figure is one tenant's way to Ready, not how close together they can come. */
const REST_MS = 500;

/** One tenant from apply to Ready against a straight-line script that makes the same calls. A dedicated one is reported, its pods' start apart. */
export const benchTenantReady: Bench = async ({ short, rounds, despiteLoad, say, signal }) => {
  await startParts(['tenantry'], say);
  const platform = await openPlatform();
  const operator = await OperatorTenants.open(platform);
  try {
    const count = short ? TENANTS.short : TENANTS.full;
    // Both learn their way: connections, plans and JIT are as in a platform that has run for a while.
    await ours(platform, operator, 2);
    await reference(platform, 2);
    say(`${rounds} rounds of ${count} tenants a turn`);
    const done = await holdContest({
      rounds,
      despiteLoad,
      say,
      signal,
      calm: () => awaitCalm(watching(platform)),
      ours: () => ours(platform, operator, count),
      reference: () => reference(platform, count),
    });
    const bar = { ...BAR, ratio: short ? BAR.ratio * 2 : BAR.ratio };
    const rows = [rowOf('apply → Ready, pooled ÷ straight-line script', 's', bar, done), await dedicated(operator, short ? 1 : 5)];
    const { rows: version } = await platform.database.query<{ version: string }>(`select current_setting('server_version') as version`);
    return { rows, versions: { node: process.versions.node, postgres: version[0]?.version ?? '' } };
  } finally {
    await operator.close();
    await platform.close();
  }
};

async function ours(platform: Platform, operator: OperatorTenants, count: number): Promise<Turn> {
  const slugs = freshSlugs(count);
  const { result, observed } = await observe(watching(platform), async () => {
    const times: number[] = [];
    for (const slug of slugs) {
      times.push((await operator.make(slug, 'standard')).ready / 1000);
      await pause(REST_MS);
    }
    return times;
  });
  await operator.remove(slugs);
  return turnOf(result, observed);
}

async function reference(platform: Platform, count: number): Promise<Turn> {
  const made: Awaited<ReturnType<typeof makeByScript>>[] = [];
  const { result, observed } = await observe(watching(platform), async () => {
    const times: number[] = [];
    for (const slug of freshSlugs(count)) {
      const started = performance.now();
      made.push(await makeByScript(platform, slug));
      times.push((performance.now() - started) / 1000);
      await pause(REST_MS);
    }
    return times;
  });
  for (const tenant of made) await removeByScript(platform, tenant);
  return turnOf(result, observed);
}

function watching({ processes }: Platform) {
  return { watched: { ...processes, script: [process.pid] }, alsoOurs: [], pidsFolder: stackPaths().pids };
}

/** The middle one of the turn's tenants stands for it: one pause of a garbage collector must not. */
function turnOf(times: readonly number[], observed: Awaited<ReturnType<typeof observe>>['observed']): Turn {
  return {
    value: quartilesOf(times).median,
    cpuMs: Object.fromEntries(Object.entries(observed.cpuMs).map(([who, ms]) => [who, ms / times.length])),
    disturbance: observed.disturbance,
    complaint: observed.complaint,
    notes: { 'slowest s': Math.max(...times) },
  };
}

/** No reference: what a pod takes to start is containerd's and Node's business, so it is told apart. */
async function dedicated(operator: OperatorTenants, count: number): Promise<Row> {
  const all: number[] = [];
  const pods: number[] = [];
  for (const slug of freshSlugs(count)) {
    const { ready, waitingForPods } = await operator.make(slug, 'dedicated');
    all.push(ready / 1000);
    if (waitingForPods !== undefined) pods.push((ready - waitingForPods) / 1000);
    await operator.remove([slug]);
  }
  const row = rowOf('apply → Ready, dedicated', 's', undefined, undefined);
  const notes = pods.length === 0 ? {} : { 'of it pods s': quartilesOf(pods).median };
  return { ...row, ours: quartilesOf(all).median, verdict: 'reported', notes };
}

function freshSlugs(count: number): string[] {
  const run = `bench-${Date.now().toString(36).slice(-6)}${randomBytes(1).toString('hex')}`;
  return Array.from({ length: count }, (_, index) => `${run}-${index}`);
}
