import type { DesktopWindow } from '@tenantry/desktop/testing/desktop-window.ts';
import { boundRow } from '../operator/bound-row.ts';
import type { Row } from '../report/row.ts';
import type { DesktopRules } from './desktop-rules.ts';
import type { DesktopWorld } from './desktop-world.ts';

/** How often somebody goes on to another screen, and after how many of these memory is looked at first. */
const STEPS = { full: { all: 1000, first: 100 }, short: { all: 120, first: 48 } };
/** Flat is at most so much more. What grows with every step would be ten times as much. */
const GROWTH_LIMIT = 1.1;

interface Step {
  readonly address: string;
  /** What shows that the screen is there: an element, and a text in it. */
  readonly shows: readonly [selector: string, text: string];
}

const TITLE = '#main h1';
const TAB = '#main [role="tab"][aria-selected="true"]';

/** Memory of the window after a tenth of the way and at its end: from screen to screen of both views, each time another customer and another tenant. */
export async function navigationRow(world: DesktopWorld, rules: DesktopRules): Promise<Row> {
  const { page } = world.window;
  const { all, first } = STEPS[rules.short ? 'short' : 'full'];
  const { items } = (await world.api.listCustomers({ query: { limit: 200, fields: 'name' } })).data;
  await page.goto('about:blank');
  await page.goto(`${world.origin}/#/tenants/${world.slug}/customers`);
  const session = await page.context().newCDPSession(page);
  const memory = async () => {
    // Twice: what the first one frees may have held something.
    for (let times = 0; times < 2; times += 1) await session.send('HeapProfiler.collectGarbage');
    const { usedSize } = await session.send('Runtime.getHeapUsage');
    const { nodes, jsEventListeners } = await session.send('Memory.getDOMCounters');
    return { heapMb: usedSize / 2 ** 20, nodes, listeners: jsEventListeners };
  };
  let early: Awaited<ReturnType<typeof memory>> | undefined;
  const started = performance.now();
  for (let step = 0; step < all; step += ROUND) {
    rules.signal.throwIfAborted();
    const round = Math.floor(step / ROUND);
    const customer = items[round % items.length] as { id: string; name?: string };
    await walk(
      page,
      roundOf(world.slug, { id: customer.id, name: customer.name ?? '' }, world.tenants[round % world.tenants.length] as string),
    );
    if (early === undefined && step + ROUND >= first) early = await memory();
  }
  const late = await memory();
  await session.detach();
  if (early === undefined) throw new Error('too few steps');
  const ms = (performance.now() - started) / all;
  rules.say(
    `heap ${early.heapMb.toFixed(1)} MB after ${first} steps, ${late.heapMb.toFixed(1)} MB after ${all}; ${ms.toFixed(0)} ms a step`,
  );
  return boundRow(
    `heap after ${all} navigations ÷ (${GROWTH_LIMIT} × after ${first})`,
    'MB',
    [late.heapMb],
    early.heapMb * GROWTH_LIMIT,
    rules,
    {
      notes: {
        [`MB after ${first}`]: early.heapMb,
        'nodes before': early.nodes,
        'nodes after': late.nodes,
        'listeners before': early.listeners,
        'listeners after': late.listeners,
        'ms a step': ms,
      },
    },
  );
}

/** Steps of a round. */
const ROUND = 12;

function roundOf(slug: string, customer: { readonly id: string; readonly name: string }, tenant: string): readonly Step[] {
  const inside = `#/tenants/${slug}`;
  return [
    { address: `${inside}/customers`, shows: [TITLE, 'Customers'] },
    { address: `${inside}/customers/${customer.id}`, shows: [TITLE, customer.name] },
    { address: `${inside}/customers/${customer.id}?tab=accounts`, shows: [TAB, 'Accounts'] },
    { address: `${inside}/customers/${customer.id}?tab=history`, shows: [TAB, 'History'] },
    { address: inside, shows: [TITLE, 'Overview'] },
    { address: `${inside}/reports`, shows: [TITLE, 'Reports'] },
    { address: `${inside}/webhooks`, shows: [TITLE, 'Webhooks'] },
    { address: `${inside}/audit`, shows: [TITLE, 'Audit'] },
    { address: `${inside}/members`, shows: [TITLE, 'Members'] },
    { address: '#/platform/tenants', shows: [TITLE, 'Tenants'] },
    { address: `#/platform/tenants/${tenant}`, shows: [TITLE, tenant] },
    { address: '#/platform/fleet', shows: [TITLE, 'Fleet'] },
  ];
}

/** Goes through the steps in the page itself: nothing of the test is kept there. @throws naming the screen that does not come */
async function walk(page: DesktopWindow['page'], steps: readonly Step[]): Promise<void> {
  await page.evaluate(`(async () => {
    const pause = () => new Promise((resolve) => setTimeout(resolve, 10));
    for (const { address, shows: [selector, text] } of ${JSON.stringify(steps)}) {
      location.hash = address;
      const isThere = () =>
        [...document.querySelectorAll(selector)].some(({ textContent }) => textContent.includes(text)) &&
        document.querySelector('#main [aria-label="Loading"]') === null;
      for (const until = performance.now() + 60_000; !isThere(); await pause())
        if (performance.now() > until) throw new Error(address + ' did not come: ' + document.querySelector('#main').textContent.slice(0, 200));
    }
  })()`);
}
