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
/** Rows of the reference: as many as our table has in the page, those just out of sight included. */
const DRAWN = 28;

/**
 * From opening the window until the first row is painted, by somebody who is signed in: our whole application against a page that asks for the same rows
 * and puts them into a plain table. Nothing is cached: scripts are read and compiled anew each time, as when the application starts.
 */
export async function firstScreenRows(world: DesktopWorld, rules: DesktopRules): Promise<Row[]> {
  const { slug } = world;
  const fields = ['name', 'email', 'status', 'segment', 'tags', 'updatedAt'];
  const customers = `/api/${slug}/v1/customers?${new URLSearchParams({ fields: [...fields, 'version'].join(), limit: '200' })}`;
  const screens = [
    {
      what: `first screen, ${world.customers.toLocaleString('en')} customers ÷ bare React table`,
      ours: `/#/tenants/${slug}/customers`,
      reference: barePath(customers, fields, DRAWN),
    },
    {
      what: `first screen, ${world.tenants.length.toLocaleString('en')} tenants ÷ bare React table`,
      ours: '/#/platform/tenants',
      reference: barePath('tenants', ['name', 'phase', 'class', 'cell', 'mode', 'says', 'drift', 'createdAt'], DRAWN),
    },
  ];
  const session = await world.window.page.context().newCDPSession(world.window.page);
  await session.send('Network.setCacheDisabled', { cacheDisabled: true });
  const rows: Row[] = [];
  for (const { what, ours, reference } of screens) {
    rules.say(what);
    // Both once, so that tokens and connections are there.
    for (const path of [ours, reference]) await openWindow(world, path);
    const turn = (path: string) => openWindows(world, path, OPENED[rules.short ? 'short' : 'full']);
    // Rounds count whatever others do: both wait for the same processors a second apart, and what was disturbed is kept with the result.
    const contest = { ...rules, despiteLoad: true, calm: async () => {} };
    const done = await holdContest({ ...contest, ours: () => turn(ours), reference: () => turn(reference) });
    rows.push(rowOf(what, 'ms', rules.barOf(BAR), done));
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
