import type { DesktopWindow } from '@tenantry/desktop/testing/desktop-window.ts';
import { eventually } from '@tenantry/stack/testing/eventually.ts';

type Page = DesktopWindow['page'];
type Locator = ReturnType<Page['getByRole']>;

/** Somebody who has no mouse and sees: Tab, arrows, Enter and letters, and whatever has the focus must show it (WCAG 2.2, 2.1.1 and 2.4.7). */
export interface Keyboard {
  /** Goes on with Tab until this has the focus: what no Tab comes to, nobody without a mouse can use. */
  readonly goTo: (target: Locator) => Promise<void>;
  /** Enter on it, as soon as it can be used. */
  readonly press: (target: Locator) => Promise<void>;
  /** Types this in place of what stands in the field. */
  readonly type: (field: Locator, text: string) => Promise<void>;
  /** Opens the list of a field and goes down to the option. */
  readonly choose: (field: Locator, option: string) => Promise<void>;
  /** Opens the menu and goes down to the item. */
  readonly chooseFromMenu: (button: Locator, item: string) => Promise<void>;
  /** Goes along the tabs of the screen. */
  readonly showTab: (name: string) => Promise<void>;
  /** A radio group is one stop; its arrows choose. */
  readonly chooseRadio: (radio: Locator) => Promise<void>;
  /** Whether this has the focus, or something in it. */
  readonly isIn: (target: Locator) => Promise<boolean>;
  /** Whether anything was ever done by a pointer since. */
  readonly sawMouse: () => Promise<boolean>;
}

/** More stops, options or items than any screen has. */
const MOST_PRESSES = 80;

export async function keyboardOf(page: Page): Promise<Keyboard> {
  await page.evaluate(`addEventListener('pointerdown', () => { globalThis.sawMouse = true; }, { capture: true })`);
  const { keyboard } = page;

  const goTo = async (target: Locator): Promise<void> => {
    await usable(target);
    if (await target.evaluate(hasFocus)) return;
    const before = await target.evaluate(look);
    await repeat('Tab', () => target.evaluate(hasFocus), target);
    // A colour may take a moment to change.
    await eventually(async () => {
      if ((await target.evaluate(look)) === before) throw new Error(`nothing shows that ${target} has the focus`);
    });
  };
  const repeat = async (key: string, isThere: () => Promise<boolean>, what: unknown): Promise<void> => {
    for (let pressed = 0; pressed < MOST_PRESSES; pressed += 1) {
      if (await isThere()) return;
      await keyboard.press(key);
    }
    throw new Error(`${key} does not come to ${what}`);
  };
  const usable = (target: Locator): Promise<void> => target.and(page.locator(':not(:disabled)')).waitFor();

  return {
    goTo,
    press: async (target) => {
      await goTo(target);
      await keyboard.press('Enter');
    },
    type: async (field, text) => {
      await goTo(field);
      await keyboard.press('ControlOrMeta+a');
      await keyboard.type(text);
    },
    choose: async (field, name) => {
      await goTo(field);
      if ((await field.getAttribute('aria-expanded')) !== 'true') await keyboard.press('ArrowDown');
      const option = page.getByRole('option', { name, exact: true });
      await option.waitFor();
      const id = await option.getAttribute('id');
      await eventually(
        async () => {
          // What a screen reader is told, not what is painted.
          await repeat('ArrowDown', async () => (await field.getAttribute('aria-activedescendant')) === id, option);
          await keyboard.press('Enter');
          // Within its first moment the kit's list forgets which option one went to: one goes round to it again.
          await option.waitFor({ state: 'hidden', timeout: 2000 }).catch(async (error: unknown) => {
            await keyboard.press('ArrowDown');
            throw error;
          });
        },
        { limitMs: 30_000 },
      );
    },
    chooseFromMenu: async (button, name) => {
      await goTo(button);
      await keyboard.press('Enter');
      const item = page.getByRole('menuitem', { name, exact: true });
      await item.waitFor();
      // An open menu takes the focus a moment later, to its first item.
      const menu = page.getByRole('menu').filter({ has: item });
      await eventually(async () => {
        if (!(await menu.evaluate(hasFocusWithin))) throw new Error(`the focus does not go into the menu with ${item}`);
      });
      await repeat('ArrowDown', () => item.evaluate(hasFocus), item);
      await keyboard.press('Enter');
    },
    showTab: async (name) => {
      const tab = page.getByRole('tab', { name, exact: true });
      await goTo(page.getByRole('tab', { selected: true }));
      await repeat('ArrowRight', () => tab.evaluate(hasFocus), tab);
      await page.getByRole('tab', { name, exact: true, selected: true }).waitFor();
    },
    chooseRadio: async (radio) => {
      await usable(radio);
      await repeat('Tab', () => radio.evaluate(hasFocusInGroup), radio);
      await repeat('ArrowDown', () => radio.evaluate(hasFocus), radio);
      await keyboard.press('Space');
    },
    isIn: (target) => target.evaluate(hasFocusWithin),
    sawMouse: () => page.evaluate('globalThis.sawMouse === true'),
  };
}

/** As much of an element as is asked for in the page. */
interface PageElement {
  readonly ownerDocument: {
    readonly activeElement: PageElement | null;
    readonly defaultView: { readonly getComputedStyle: (element: PageElement) => Readonly<Record<string, string>> };
  };
  readonly parentElement: PageElement | null;
  readonly nextElementSibling: PageElement | null;
  readonly closest: (selector: string) => PageElement | null;
  readonly contains: (other: PageElement | null) => boolean;
  readonly getAttribute: (name: string) => string | null;
}

const hasFocus = (element: PageElement): boolean => element === element.ownerDocument.activeElement;

const hasFocusWithin = (element: PageElement): boolean => element.contains(element.ownerDocument.activeElement);

const hasFocusInGroup = (radio: PageElement): boolean => {
  const focused = radio.ownerDocument.activeElement;
  return focused?.getAttribute('type') === 'radio' && focused.getAttribute('name') === radio.getAttribute('name');
};

/** Everything by which something can show that it has the focus: of itself, of what is around it and of what stands beside it. */
const look = (element: PageElement): string =>
  [element, element.parentElement, element.closest('label'), element.nextElementSibling]
    .map((near) => {
      if (near === null) return '';
      const { outline, borderColor, boxShadow, backgroundColor } = element.ownerDocument.defaultView.getComputedStyle(near);
      return [outline, borderColor, boxShadow, backgroundColor].join();
    })
    .join(' ');
