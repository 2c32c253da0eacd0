import { stackPaths } from '@tenantry/stack/paths.ts';
import { holdContest, type Turn } from '../measure/rounds.ts';
import { type Bar, quartilesOf } from '../measure/statistics.ts';
import { observe } from '../measure/watcher.ts';
import { type Row, rowOf } from '../report/row.ts';
import { barePath } from './bare-page.ts';
import type { DesktopRules } from './desktop-rules.ts';
import type { DesktopWorld } from './desktop-world.ts';
import { firstRowMs } from './page-probe.ts';

const BAR: Bar = { kind: 'at-most', ratio: 2 };
/** Windows opened in a turn; the middle one stands for it. */
const OPENED = { full: 7, short: 3 };
/** The first two openings only show Chromium that a script is worth keeping; from the third on it comes compiled. */
const UNTIL_COMPILED = 3;
/** Rows of the reference: as many as our table has in the page, those just out of sight included. */
const DRAWN = 28;

/**
 * From opening the window until the first row is painted, by somebody who is signed in: our whole application against a page that asks for the same rows
 * and puts them into a plain table. Once with what Chromium keeps of scripts, as whenever the application starts (its scheme has the same cache); and once with nothing
 * kept, as right after an installation or an update.
 */
export async function firstScreenRows(world: DesktopWorld, rules: DesktopRules): Promise<Row[]> {
  const { slug } = world;
  const fields = ['name', 'email', 'status', 'segment', 'tags', 'updatedAt'];
  const customers = `/api/${slug}/v1/customers?${new URLSearchParams({ fields: [...fields, 'version'].join(), limit: '200' })}`;
  const screens = [
    {
      shown: `${world.customers.toLocaleString('en')} customers`,
      ours: `/#/tenants/${slug}/customers`,
      reference: barePath(customers, fields, DRAWN),
    },
    {
      shown: `${world.tenants.length.toLocaleString('en')} tenants`,
      ours: '/#/platform/tenants',
      reference: barePath('tenants', ['name', 'phase', 'class', 'cell', 'mode', 'says', 'drift', 'createdAt'], DRAWN),
    },
  ];
  const session = await world.window.page.context().newCDPSession(world.window.page);
  const rows: Row[] = [];
  for (const { when, cacheDisabled } of [
    { when: 'first screen', cacheDisabled: false },
    { when: 'first screen after an update', cacheDisabled: true },
  ]) {
    await session.send('Network.setCacheDisabled', { cacheDisabled });
    for (const { shown, ours, reference } of screens) {
      const what = `${when}, ${shown} ÷ bare React table`;
      rules.say(what);
      // Tokens and connections are there from the first time on.
      for (let opened = 0; opened < UNTIL_COMPILED; opened += 1) for (const path of [ours, reference]) await openWindow(world, path);
      const turn = (path: string) => openWindows(world, path, OPENED[rules.short ? 'short' : 'full']);
      // Rounds count whatever others do: both wait for the same processors a second apart, and what was disturbed is kept with the result.
      const contest = { ...rules, despiteLoad: true, calm: async () => {} };
      const done = await holdContest({ ...contest, ours: () => turn(ours), reference: () => turn(reference) });
      rows.push(rowOf(what, 'ms', rules.barOf(BAR), done));
    }
  }
  await session.send('Network.setCacheDisabled', { cacheDisabled: false });
  await session.detach();
  return rows;
}

/** Chromium, the main process's modules and the cluster are below this process. */
const watching = { watched: { window: [process.pid] }, alsoOurs: [], pidsFolder: stackPaths().pids };

async function openWindows(world: DesktopWorld, path: string, count: number): Promise<Turn> {
  const { result, observed } = await observe(watching, async () => {
    const times: number[] = [];
    while (times.length < count) times.push(await openWindow(world, path));
    return times;
  });
  return {
    ...observed,
    value: quartilesOf(result).median,
    cpuMs: Object.fromEntries(Object.entries(observed.cpuMs).map(([who, ms]) => [who, ms / count])),
    notes: { 'slowest ms': Math.max(...result) },
  };
}

async function openWindow({ window: { page }, origin }: DesktopWorld, path: string): Promise<number> {
  // The part behind # alone would not load the page again.
  await page.goto('about:blank');
  await page.goto(`${origin}${path}`, { waitUntil: 'commit' });
  return await firstRowMs(page);
}
