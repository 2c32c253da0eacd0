import type { DesktopWindow } from '@tenantry/desktop/testing/desktop-window.ts';

type Page = DesktopWindow['page'];

/**
 * Runs in every page before anything of it, as the browser's own clock: tasks over 50 ms, when the first row with something in it was painted, and
 * when a text came into a table.
 */
const PROBE = `(() => {
  const longTasks = [];
  new PerformanceObserver((list) => longTasks.push(...list.getEntries().map(({ duration }) => duration))).observe({ type: 'longtask' });
  const afterPaint = () => new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
  const once = (isThere) => new Promise((resolve) => {
    if (isThere()) return resolve();
    const observer = new MutationObserver(() => {
      if (!isThere()) return;
      observer.disconnect();
      resolve();
    });
    observer.observe(document, { subtree: true, childList: true, characterData: true });
  });
  const cells = () => [...document.querySelectorAll('[role="gridcell"], td')];
  globalThis.benchProbe = {
    takeLongTasks: () => longTasks.splice(0),
    firstRow: once(() => cells().some(({ textContent }) => textContent !== '')).then(afterPaint).then(() => performance.now()),
    seen: (text) => once(() => cells().some(({ textContent }) => textContent.includes(text))).then(afterPaint).then(() => Date.now()),
  };
})();`;

/** From now on every page of the window has it. */
export async function probePages(page: Page): Promise<void> {
  await page.addInitScript({ content: PROBE });
}

/** Milliseconds from the beginning of the navigation until the first row was painted. */
export function firstRowMs(page: Page): Promise<number> {
  return page.evaluate('benchProbe.firstRow');
}

/** When (Unix time in ms) the text was painted in a cell of a table. */
export function seenAt(page: Page, text: string): Promise<number> {
  return page.evaluate(`benchProbe.seen(${JSON.stringify(text)})`);
}

/** How long each task over 50 ms was since the last time, in ms. */
export function takeLongTasks(page: Page): Promise<readonly number[]> {
  return page.evaluate('benchProbe.takeLongTasks()');
}
