import type { DesktopWindow } from '@tenantry/desktop/testing/desktop-window.ts';

type Locator = ReturnType<DesktopWindow['page']['getByRole']>;

/** More stops than any screen has. */
const MOST_STOPS = 80;

/** Goes on with the Tab key until this has the focus: what no Tab comes to, nobody without a mouse can use. */
export async function tabTo(target: Locator): Promise<void> {
  await target.waitFor();
  for (let pressed = 0; pressed < MOST_STOPS; pressed += 1) {
    if (await target.evaluate((element) => element === element.ownerDocument.activeElement)) return;
    await target.page().keyboard.press('Tab');
  }
  throw new Error(`the Tab key does not come to ${target}`);
}
