import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stackPaths } from '@tenantry/stack/paths.ts';
import { oursOf } from '../api/api-bench.ts';
import { apiWorld } from '../api/api-world.ts';
import { turnOf } from '../api/contender.ts';
import type { Bench } from '../bench-contract.ts';
import { CleanUp } from '../clean-up.ts';
import { LoadProcess } from '../load/load-process.ts';
import { holdContest } from '../measure/rounds.ts';
import type { Bar } from '../measure/statistics.ts';
import { awaitCalm } from '../measure/watcher.ts';
import { type Row, rowOf } from '../report/row.ts';
import { startParts } from '../start-parts.ts';
import { cursorAtDepth, pageRequest } from './depths.ts';
import type { ListBench } from './list-bench.ts';
import { fillCustomers } from './million-customers.ts';
import { searchContest } from './search-contest.ts';

/** Rows, pages of a turn, searches of a turn, and how deep the deepest page is (50 rows a page). */
const SIZES = {
  full: { rows: 1_000_000, pages: 10_000, searches: 1000, depth: 10_000 },
  short: { rows: 100_000, pages: 1500, searches: 300, depth: 1000 },
};
/** A page at depth 10,000 takes at most 1.15 times as long as the first (issue "API"). */
const DEEP: Bar = { kind: 'at-least', ratio: 1 / 1.15 };

/** Lists that are asked for page by page: the default, one that a button of a table makes, and one that a report makes. */
const LISTS: readonly { readonly what: string; readonly query: string; readonly bar: Bar | undefined }[] = [
  { what: 'newest first', query: '', bar: DEEP },
  { what: 'sort=createdAt', query: 'sort=createdAt&', bar: DEEP },
  { what: 'filter[status]=active', query: 'filter[status]=active&', bar: DEEP },
];

/** Lists and search of one tenant with a million customers. */
export const benchLists: Bench = async ({ root, short, rounds, profileFolder, despiteLoad, say, signal }) => {
  await startParts(['postgres', 'redis'], say);
  const folder = mkdtempSync(join(tmpdir(), 'tenantry-bench-'));
  const cleanUp = new CleanUp(say);
  cleanUp.add(() => rmSync(folder, { recursive: true, force: true }));
  const sizes = short ? SIZES.short : SIZES.full;
  try {
    const world = await apiWorld({ root, folder, profileFolder, tenants: 1, workers: 1, say });
    cleanUp.add(world.remove);
    const load = new LoadProcess();
    cleanUp.add(() => load.close());
    say(`filling the tenant with ${sizes.rows} customers`);
    await fillCustomers(world.admin, world.tenants[0].schema, sizes.rows);
    const pidsFolder = stackPaths().pids;
    const calm = () => awaitCalm({ watched: {}, alsoOurs: [process.pid, world.postgresPid], pidsFolder });
    const rules = { rounds, despiteLoad, say, signal, calm };
    const parts = { load, pidsFolder };
    const barOf = (bar: Bar | undefined): Bar | undefined =>
      bar && short ? { ...bar, ratio: bar.kind === 'at-least' ? bar.ratio / 2 : bar.ratio * 2 } : bar;

    const rows: Row[] = [];
    for (const list of LISTS) {
      for (const depth of list.query === '' ? [100, sizes.depth] : [sizes.depth]) {
        const isDeepest = depth === sizes.depth;
        rows.push(
          await pages({ world, parts, rules }, { ...list, bar: isDeepest ? barOf(list.bar) : undefined, depth, count: sizes.pages }),
        );
      }
    }
    rows.push(await searchContest({ world, parts, rules }, { count: sizes.searches, bar: barOf({ kind: 'at-most', ratio: 1 }) }));
    const { rows: version } = await world.admin.query<{ version: string }>(`select current_setting('server_version') as version`);
    return { rows, versions: { node: process.versions.node, postgres: version[0]?.version ?? '' } };
  } finally {
    await cleanUp.run();
  }
};

/** The page at a depth against the first page of the same list. */
async function pages(
  { world, parts, rules }: ListBench,
  { what, query, bar, depth, count }: { what: string; query: string; bar: Bar | undefined; depth: number; count: number },
): Promise<Row> {
  rules.say(`${what}: page ${depth} against page 1`);
  const [tenant] = world.tenants;
  const base = `http://127.0.0.1:${world.ours[0]?.port}/v1/customers`;
  const cursor = await cursorAtDepth(base, query, depth, await tenant.authorization());
  const turn = (at: string | undefined) =>
    turnOf(parts, oursOf(world), async () => pageRequest(query, at, await tenant.authorization()), count, [200]);
  const done = await holdContest({ ...rules, ours: () => turn(cursor), reference: () => turn(undefined) });
  return rowOf(`${what}, page ${depth.toLocaleString('en')} ÷ page 1`, 'req/s', bar, done);
}
