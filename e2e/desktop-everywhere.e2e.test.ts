import { randomUUID } from 'node:crypto';
import { type DesktopWindow, desktopWindow } from '@tenantry/desktop/testing/desktop-window.ts';
import { eventually } from '@tenantry/stack/testing/eventually.ts';
import { type TestPerson, testPerson } from '@tenantry/stack/testing/token-for.ts';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { customerBase } from './support/customer-base.ts';
import { desktopEnvironment } from './support/desktop-environment.ts';
import { TenantApi } from './support/tenant-api.ts';
import { enterTenant, showScreen, tenantScreens } from './support/tenant-screens.ts';
import { freshName, onboard, removeCompletely, type TestTenant } from './support/test-tenant.ts';

const API = '**/api/**';
const name = freshName('every');
let tenant: TestTenant;
let person: TestPerson;
let desktop: DesktopWindow;
let screens: ReturnType<typeof tenantScreens>;

beforeAll(async () => {
  tenant = await onboard(name);
  const [who, window, { customers, account }] = await Promise.all([
    testPerson(name, 'admin'),
    desktopEnvironment().then((environment) => desktopWindow({ environment })),
    customerBase(tenant, 12),
  ]);
  [person, desktop] = [who, window];
  screens = tenantScreens({ customer: customers[0]?.id ?? '', account: account.id });
  await enterTenant(desktop, person, name);
});
// One that fails does not take the api from the next.
afterEach(() => desktop.page.unroute(API));
afterAll(async () => {
  await desktop?.[Symbol.asyncDispose]();
  await person?.remove();
  await removeCompletely(name);
});

async function show(screen: string): Promise<void> {
  const found = screens.find((each) => each.name === screen);
  if (found === undefined) throw new Error(`there is no screen ${screen}`);
  await showScreen(desktop, name, found);
}

it('what runs in the background is in the header of every screen; its end is told to who looks elsewhere, and is old news after a restart', async () => {
  const { page, look, messages } = desktop;
  const centre = page.getByRole('banner').getByRole('button', { name: /^Background work/ });
  const news = page.getByRole('banner').getByRole('button', { name: /ended since you looked/ });
  await show('customers');
  // Who never looked begins with nothing new.
  await page.getByRole('banner').getByRole('button', { name: 'Background work', exact: true }).waitFor();
  look(false);
  await page.getByRole('button', { name: 'Export' }).click();
  await page.getByRole('menuitem', { name: /^CSV/ }).first().click();
  await eventually(async () => expect(messages).toMatchObject([{ title: 'Export: Done', body: `${name} · Customers` }]), {
    limitMs: 60_000,
  });
  await show('usage');
  await news.waitFor();

  messages[0]?.click();
  await page.waitForURL(`**/#/tenants/${name}/activity?operation=*`);
  await page
    .locator('[aria-current=true]')
    .getByRole('button', { name: /^Download/ })
    .waitFor();
  look(true);
  await show('customers');
  await centre.click();
  const drawer = page.getByRole('dialog', { name: 'Background work' });
  await drawer
    .getByRole('article', { name: 'Export' })
    .getByRole('button', { name: /^Download/ })
    .waitFor();
  expect(await desktop.accessibilityProblems()).toEqual([]);
  await page.keyboard.press('Escape');
  await drawer.waitFor({ state: 'detached' });

  await page.reload();
  await centre.waitFor();
  await page.getByRole('row', { name: 'Ada Hopper' }).waitFor();
  expect(await news.count()).toBe(0);
  expect(messages).toHaveLength(1);
});

it('without the api what was loaded can be read, also after a restart, nothing can be changed, and it ends by itself', async () => {
  const { page, keptNames } = desktop;
  const list = page.getByRole('grid', { name: 'Customers' });
  const bar = page.getByText(/^Offline, as of \d\d?:\d\d [AP]M\.$/);
  const create = page.getByRole('button', { name: 'New customer' });
  const admin = new TenantApi(tenant.url, async () => (await person.signIn()).accessToken);
  const views = { name: 'Big ones', resource: 'customers', query: 'filter[segment]=enterprise', visibility: 'private' };
  await admin.call('POST', '/v1/views', { body: views, headers: { 'idempotency-key': randomUUID() } });
  await show('customers');
  await page.reload();
  const menu = page.getByRole('button', { name: 'Views' });
  const remove = page.getByRole('menuitem', { name: 'Delete the view Big ones' });
  await menu.click();
  await eventually(async () => expect(await remove.isDisabled()).toBe(false));
  await page.keyboard.press('Escape');
  await remove.waitFor({ state: 'hidden' });
  await show('machine-clients');
  const addMachine = page.getByRole('button', { name: 'New machine client' });
  await addMachine.waitFor();
  await show('customers');
  await eventually(() => {
    for (const part of ['"me"', '"customers","list"', '"views"'])
      expect(
        keptNames.some((each) => each.includes(part)),
        part,
      ).toBe(true);
  });

  await page.route(API, (route) => route.abort());
  await page.getByRole('navigation').getByRole('link', { name: 'Webhooks' }).click();
  await bar.waitFor();
  await page.getByRole('navigation').getByRole('link', { name: 'Customers' }).click();
  await list.getByRole('row', { name: 'Ada Hopper' }).waitFor();
  await eventually(async () => expect(await create.isDisabled()).toBe(true));
  expect(await desktop.accessibilityProblems()).toEqual([]);
  // Chosen from as ever, but not changed.
  await menu.click();
  expect(await page.getByRole('menuitem', { name: 'All customers' }).isDisabled()).toBe(false);
  expect(await remove.isDisabled()).toBe(true);
  await page.keyboard.press('Escape');
  await page.getByRole('navigation').getByRole('link', { name: 'Members' }).click();
  await page.getByRole('tab', { name: 'Machine clients' }).click();
  await eventually(async () => expect(await addMachine.isDisabled()).toBe(true));
  await page.getByRole('navigation').getByRole('link', { name: 'Customers' }).click();

  await page.reload();
  await list.getByRole('row', { name: 'Ada Hopper' }).waitFor();
  await bar.waitFor();
  expect(await create.isDisabled()).toBe(true);
  expect(await desktop.accessibilityProblems()).toEqual([]);

  await tenant.api.create({ name: 'Made meanwhile' });
  await page.unroute(API);
  await list.getByRole('row', { name: 'Made meanwhile' }).waitFor();
  await bar.waitFor({ state: 'detached' });
  await eventually(async () => expect(await create.isDisabled()).toBe(false));
});

it('keys can be others: they are refused with the reason, kept over a restart, shown in the palette, and given back', async () => {
  const { page } = desktop;
  const { keyboard } = page;
  const sheet = page.getByRole('dialog', { name: 'Keyboard shortcuts' });
  const openSheet = async () => {
    await page.evaluate('document.activeElement.blur()');
    await keyboard.press('?');
    await sheet.waitFor();
  };
  await show('usage');
  await openSheet();
  await sheet.getByRole('button', { name: 'Change the keys of Customers' }).click();
  const recorder = sheet.getByRole('textbox', { name: 'New keys for Customers' });
  await recorder.waitFor();
  for (const [keys, sentence] of [
    [['Control+c'], 'it takes Shift and a letter'],
    [['j'], 'Lists and this sheet use this key'],
    [['g', 'r'], 'already the keys of “Reports”'],
    [['Backspace', 'g'], 'have keys that begin in the same way|has keys that begin in the same way'],
  ] as const) {
    for (const key of keys) await recorder.press(key);
    await sheet.getByText(new RegExp(sentence)).waitFor();
    expect(await sheet.getByRole('button', { name: 'Keep' }).isDisabled()).toBe(true);
  }
  expect(await desktop.accessibilityProblems()).toEqual([]);
  await recorder.press('Backspace');
  await recorder.press('y');
  await recorder.press('Enter');
  await sheet.getByRole('row', { name: 'Customers y' }).waitFor();
  await keyboard.press('Escape');
  await sheet.waitFor({ state: 'detached' });

  await page.reload();
  await page.getByRole('heading', { level: 1, name: 'Usage' }).waitFor();
  await page.getByRole('navigation').getByRole('link', { name: 'Customers' }).waitFor();
  await keyboard.press('y');
  await page.waitForURL(`**/#/tenants/${name}/customers`);
  await keyboard.press('Control+k');
  await page.getByRole('textbox', { name: 'Find a command' }).fill('customers');
  await page.getByRole('button', { name: 'Customers y' }).waitFor();
  await keyboard.press('Escape');
  await page.getByRole('textbox', { name: 'Find a command' }).waitFor({ state: 'detached' });

  await openSheet();
  await sheet.getByRole('button', { name: 'Reset all' }).click();
  await sheet.getByRole('row', { name: 'Customers g then c' }).waitFor();
  await keyboard.press('Escape');
  await sheet.waitFor({ state: 'detached' });
});

it('who asks their system for contrast reads everything at 7:1, light and dark', async () => {
  const { page } = desktop;
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ contrast: 'more', colorScheme });
    for (const screen of ['customers', 'customer-edit', 'usage']) {
      await show(screen);
      expect({ [`${screen}, ${colorScheme}`]: await desktop.contrastProblems() }).toEqual({ [`${screen}, ${colorScheme}`]: [] });
    }
  }
  await page.emulateMedia({ contrast: null, colorScheme: null });
});
