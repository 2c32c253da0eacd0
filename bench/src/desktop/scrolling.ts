import type { DesktopWindow } from '@tenantry/desktop/testing/desktop-window.ts';
import { boundRow } from '../operator/bound-row.ts';
import type { Row } from '../report/row.ts';
import type { DesktopRules } from './desktop-rules.ts';
import type { DesktopWorld } from './desktop-world.ts';
import { takeLongTasks } from './page-probe.ts';

type Page = DesktopWindow['page'];

const LONG_TASK_MS = 50;
/** Of one turn of the wheel, in pixels: about a screen of rows of the short list, several of the long one. */
const TURN = { tenants: 800, customers: 4000 };
/** Between looks at how far it has come. */
const TURNS = 20;
const PATIENCE_MS = 600_000;

/** Both lists from their first row to their last by a real mouse's wheel, and what the page's thread did in one go meanwhile. */
export async function scrollingRows(world: DesktopWorld, rules: DesktopRules): Promise<Row[]> {
  const { page } = world.window;
  const lists = [
    { what: 'tenants', label: 'Tenants', path: '/#/platform/tenants', count: world.tenants.length, turn: TURN.tenants },
    { what: 'customers', label: 'Customers', path: `/#/tenants/${world.slug}/customers`, count: world.customers, turn: TURN.customers },
  ];
  const rows: Row[] = [];
  for (const { what, label, path, count, turn } of lists) {
    rules.signal.throwIfAborted();
    await page.goto('about:blank');
    await page.goto(`${world.origin}${path}`);
    await rowCountOf(page, label, (rowCount) => rowCount > 20);
    // What opening the screen took is another row's.
    await takeLongTasks(page);
    const { seconds } = await scrollThrough(page, { label, count, turn }, rules.signal);
    const tasks = await takeLongTasks(page);
    const longest = Math.max(0, ...tasks);
    rules.say(
      `${count} ${what} in ${seconds.toFixed(0)} s: ${tasks.length} tasks over ${LONG_TASK_MS} ms, the longest ${longest.toFixed(0)}`,
    );
    rows.push(
      boundRow(
        `${count.toLocaleString('en')} ${what} scrolled: longest task over ${LONG_TASK_MS} ms ÷ it`,
        'ms',
        [longest],
        LONG_TASK_MS,
        rules,
        {
          notes: { 'tasks over 50 ms': tasks.length, seconds },
        },
      ),
    );
  }
  return rows;
}

/** @throws Error when the end does not come in sight in time */
async function scrollThrough(
  page: Page,
  { label, count, turn }: { readonly label: string; readonly count: number; readonly turn: number },
  signal: AbortSignal,
): Promise<{ readonly seconds: number }> {
  const grid = page.getByRole('grid', { name: label });
  const box = await grid.boundingBox();
  if (box === null) throw new Error(`there is no table ${label}`);
  await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
  const started = performance.now();
  while (performance.now() - started < PATIENCE_MS) {
    signal.throwIfAborted();
    for (let turns = 0; turns < TURNS; turns += 1) await page.mouse.wheel(0, turn);
    const { rowCount, left } = await page.evaluate<{ rowCount: number; left: number }>(placeOf(label));
    if (rowCount >= count && left < 1) return { seconds: (performance.now() - started) / 1000 };
  }
  throw new Error(`${label} was not at its end after ${PATIENCE_MS / 1000} s`);
}

const gridOf = (label: string): string => `document.querySelector('[role="grid"][aria-label="${label}"]')`;

/** Rows the table knows of, its head left out, and pixels until its end. */
function placeOf(label: string): string {
  return `(({ scrollTop, scrollHeight, clientHeight, ariaRowCount }) =>
    ({ rowCount: Number(ariaRowCount) - 1, left: scrollHeight - clientHeight - scrollTop }))(${gridOf(label)})`;
}

async function rowCountOf(page: Page, label: string, isEnough: (rowCount: number) => boolean): Promise<void> {
  await page.getByRole('grid', { name: label }).getByRole('row').nth(10).waitFor();
  while (!isEnough((await page.evaluate<{ rowCount: number }>(placeOf(label))).rowCount)) await page.waitForTimeout(100);
}
