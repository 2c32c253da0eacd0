import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stackPaths } from '@tenantry/stack/paths.ts';
import type { Bench } from '../bench-contract.ts';
import { CleanUp } from '../clean-up.ts';
import { pgbenchFloor, pgbenchIsThere } from '../customers/floor.ts';
import { LoadProcess } from '../load/load-process.ts';
import type { Work } from '../load/order.ts';
import { holdContest, type Turn } from '../measure/rounds.ts';
import type { Bar } from '../measure/statistics.ts';
import { awaitCalm, observe } from '../measure/watcher.ts';
import { type Row, rowOf } from '../report/row.ts';
import { startParts } from '../start-parts.ts';
import { type ApiBench, atLeast, oursOf, type Rules } from './api-bench.ts';
import { type ApiWorld, apiWorld } from './api-world.ts';
import { CONNECTIONS, type Contender, perOperation, turnOf } from './contender.ts';
import { fillFirstTenant } from './fill-first-tenant.ts';
import { openLoop } from './open-loop.ts';
import { againstPeers } from './peers/against-peers.ts';
import { workloadOf } from './workload.ts';

/** Requests of a turn: about five to ten seconds on two cores of 2025. */
const COUNTS = {
  full: { create: 40_000, read: 80_000, rows: 100_000, tenants: 200 },
  short: { create: 4000, read: 6000, rows: 10_000, tenants: 20 },
};
const WORKERS = 2;

/** The API against its floors and peers (issue "API", speed): two workers, limits and cache on, 64 connections. */
export const benchApi: Bench = (options) =>
  withApi(options, async (bench) => [...(await reads(bench)), ...(await creates(bench)), ...(await againstPeers(bench))]);

/** The peak we promise, for ten minutes over 5,000 connections. */
export const benchOpenLoop: Bench = (options) =>
  withApi(options, async (bench) => [
    await openLoop(bench, options.short ? { seconds: 20, connections: 500 } : { seconds: 600, connections: 5000 }),
  ]);

async function withApi(options: Parameters<Bench>[0], measure: (bench: ApiBench) => Promise<Row[]>): ReturnType<Bench> {
  const { root, short, rounds, profileFolder, despiteLoad, say, signal } = options;
  await startParts(['postgres', 'redis'], say);
  const folder = mkdtempSync(join(tmpdir(), 'tenantry-bench-'));
  const cleanUp = new CleanUp(say);
  cleanUp.add(() => rmSync(folder, { recursive: true, force: true }));
  const counts = short ? COUNTS.short : COUNTS.full;
  try {
    const world = await apiWorld({ root, folder, profileFolder, tenants: counts.tenants, workers: WORKERS, say });
    cleanUp.add(world.remove);
    const load = new LoadProcess();
    cleanUp.add(() => load.close());
    const pidsFolder = stackPaths().pids;
    const idsFile = join(folder, 'ids');
    say(`filling the first tenant with ${counts.rows} customers`);
    writeFileSync(idsFile, (await fillFirstTenant(world, counts.rows)).join('\n'));
    const workload = workloadOf(world.tenants, world.cell, idsFile);
    const calm = () => awaitCalm({ watched: {}, alsoOurs: [process.pid, world.postgresPid], pidsFolder });
    const rules: Rules = { rounds, despiteLoad, say, signal, calm };
    const parts = { load, pidsFolder };
    const rows = await measure({ world, workload, parts, folder, counts, rules, barOf: (bar: Bar) => (short ? halfOf(bar) : bar) });
    const { rows: version } = await world.admin.query<{ version: string }>(`select current_setting('server_version') as version`);
    return { rows, versions: { node: process.versions.node, postgres: version[0]?.version ?? '' } };
  } finally {
    await cleanUp.run();
  }
}

const halfOf = (bar: Bar): Bar => ({ ...bar, ratio: bar.kind === 'at-least' ? bar.ratio / 2 : bar.ratio * 2 });

function referenceOf({ reference }: ApiWorld): Contender {
  return { ports: reference.map(({ port }) => port), pids: { node: reference.map(({ pid }) => pid) } };
}

async function reads(bench: ApiBench): Promise<Row[]> {
  const { world, workload, parts, counts, rules, barOf } = bench;
  const against = async (what: string, work: () => Promise<Work>, bar: number): Promise<Row> => {
    rules.say(what);
    const done = await holdContest({
      ...rules,
      ours: () => turnOf(parts, oursOf(world), work, counts.read, [200]),
      reference: () => turnOf(parts, referenceOf(world), work, counts.read, [200]),
    });
    return rowOf(what, 'req/s', barOf(atLeast(bar)), done);
  };
  return [
    await against('GET by id, even over 100,000 ÷ E0', workload.read(0), 1.3),
    await against('GET by id, 90 % hot ÷ E0', workload.read(0.9), 1.6),
  ];
}

async function creates(bench: ApiBench): Promise<Row[]> {
  const { world, workload, parts, counts, rules, barOf } = bench;
  const create = async (work: (count: number) => Promise<Work>): Promise<Turn> => {
    await emptyOutbox(world);
    return await turnOf(parts, oursOf(world), work, counts.create, [201]);
  };
  const e0 = () => turnOf(parts, referenceOf(world), workload.create, counts.create, [200]);
  const rows: Row[] = [];
  if (pgbenchIsThere()) {
    rules.say('POST, one hot tenant ÷ P0');
    const p0 = () => floor(bench);
    const done = await holdContest({ ...rules, ours: () => create(workload.create), reference: p0 });
    rows.push(rowOf('POST, one hot tenant ÷ P0', 'req/s', barOf(atLeast(0.6)), done));
    rules.say('POST, 200 tenants ÷ H');
    const harmonic = async (): Promise<Turn> => {
      const [empty, sql] = [await e0(), await p0()];
      return { ...sql, value: 1 / (1 / empty.value + 1 / sql.value), complaint: empty.complaint ?? sql.complaint };
    };
    const spread = await holdContest({ ...rules, ours: () => create(workload.createSpread), reference: harmonic });
    rows.push(rowOf(`POST, ${world.tenants.length} tenants ÷ H`, 'req/s', barOf(atLeast(0.8)), spread));
  }
  rules.say('POST ÷ E0');
  const empty = await holdContest({ ...rules, ours: () => create(workload.create), reference: e0 });
  rows.push(rowOf('POST, one hot tenant ÷ E0', 'req/s', undefined, empty));
  rules.say('POST with Idempotency-Key ÷ POST');
  const keyed = await holdContest({ ...rules, ours: () => create(workload.createWithKey), reference: () => create(workload.create) });
  rows.push(rowOf('POST with Idempotency-Key ÷ POST', 'req/s', barOf(atLeast(0.8)), keyed));
  return rows;
}

/** P0: the create statement alone, by pgbench. */
async function floor({ world, parts, folder, counts }: ApiBench): Promise<Turn> {
  await emptyOutbox(world);
  const transactions = Math.round(counts.create / 2);
  const { postgres, caFile, tenants } = world;
  const tenant = { postgres, caFile, schema: tenants[0].schema, login: { user: postgres.user, password: postgres.password } };
  const { result, observed } = await observe(
    { watched: { postgres: [world.postgresPid] }, alsoOurs: [process.pid, parts.load.pid], pidsFolder: parts.pidsFolder },
    () => pgbenchFloor(tenant, { folder, connections: CONNECTIONS, transactions }),
  );
  return { ...observed, value: result, cpuMs: perOperation(observed.cpuMs, transactions) };
}

/** As a relay that keeps up would leave it. */
async function emptyOutbox({ admin }: ApiWorld): Promise<void> {
  await admin.query('truncate tenantry.outbox');
}
