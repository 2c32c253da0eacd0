import { join } from 'node:path';
import { desktopBuild } from '@tenantry/desktop/testing/desktop-build.ts';
import { type DesktopWindow, desktopWindow } from '@tenantry/desktop/testing/desktop-window.ts';
import { initialScriptBytes } from '@tenantry/desktop/testing/initial-script.ts';
import { eventually } from '@tenantry/stack/testing/eventually.ts';
import { type TestPerson, testPerson } from '@tenantry/stack/testing/token-for.ts';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { desktopEnvironment } from './support/desktop-environment.ts';
import { freshName, onboard, removeCompletely, type TestTenant } from './support/test-tenant.ts';

const name = freshName('desktop');
let tenant: TestTenant;
let person: TestPerson;
let desktop: DesktopWindow;

beforeAll(async () => {
  tenant = await onboard(name);
  [person, desktop] = await Promise.all([
    testPerson(name, 'editor'),
    desktopEnvironment().then((environment) => desktopWindow({ environment })),
    // Markup in a name is text, and stays text on the screen.
    tenant.api.create({ name: '<img src=x onerror="globalThis.wasRun=1">Grace Hopper', email: 'grace@example.org' }),
  ]);
});
afterAll(async () => {
  await desktop?.[Symbol.asyncDispose]();
  await person?.remove();
  await removeCompletely(name);
});

it('a person signs in by the browser’s form, lands in their tenant and sees its customers, and no token is in the window', async () => {
  const { page, signInWith } = desktop;
  expect(await desktop.accessibilityProblems()).toEqual([]);
  signInWith(person);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await page.waitForURL(`**/#/tenants/${name}`);
  // What is shown while one waits is for everybody, too.
  const { promise: held, resolve: release } = Promise.withResolvers<void>();
  await page.route('**/v1/customers?*', (route) => held.then(() => route.continue()));
  await page.getByRole('navigation').getByRole('link', { name: 'Customers' }).click();
  await page.getByRole('img', { name: 'Loading' }).first().waitFor();
  expect(await desktop.accessibilityProblems()).toEqual([]);
  release();
  await page.getByText('Grace Hopper').waitFor();
  await page.unroute('**/v1/customers?*');
  expect(await page.evaluate('globalThis.wasRun')).toBeUndefined();
  expect(await desktop.accessibilityProblems()).toEqual([]);
  expect(desktop.complaints).toEqual([]);
  const kept = await page.evaluate(
    'JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie, document.documentElement.outerHTML])',
  );
  expect(kept).not.toMatch(/eyJ[\w-]{10,}\./);
});

it('a link opens the screen it names, and one that is not ours opens nothing', async () => {
  const { page, application } = desktop;
  expect(application.openLink(`tenantry://tenants/${name}/audit`)).toBe(true);
  await page.waitForURL(`**/#/tenants/${name}/audit`);
  expect(application.openLink('tenantry://tenants/acme/../../etc')).toBe(false);
});

it('a command is found by its name, and pressed by its keys, and the sheet of keys names it', async () => {
  const { page } = desktop;
  await page.keyboard.press('Control+k');
  await page.getByRole('textbox', { name: 'Find a command' }).fill('repor');
  await page.getByRole('button', { name: 'Reports' }).waitFor();
  expect(await desktop.accessibilityProblems()).toEqual([]);
  await page.keyboard.press('Enter');
  await page.waitForURL(`**/#/tenants/${name}/reports`);
  await page.getByRole('textbox', { name: 'Find a command' }).waitFor({ state: 'detached' });
  await page.keyboard.press('g');
  await page.keyboard.press('c');
  await page.waitForURL(`**/#/tenants/${name}/customers`);
  await page.keyboard.press('?');
  await page.getByRole('dialog', { name: 'Keyboard shortcuts' }).getByRole('row', { name: 'Customers g then c' }).waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  await page.keyboard.press('g');
  await page.keyboard.press('i');
  const requests = page.getByRole('dialog', { name: 'Requests of this window' });
  await requests.getByText('GET /v1/customers', { exact: false }).first().waitFor();
  await requests
    .getByText(/^[0-9a-f]{32}$/)
    .first()
    .waitFor();
  expect(await desktop.accessibilityProblems()).toEqual([]);
  await page.keyboard.press('Escape');
  await requests.waitFor({ state: 'detached' });
});

it('who is signed out in the middle of a form comes back to it as they left it, and nobody else does', async () => {
  const { page, signInWith } = desktop;
  await using other = await testPerson(name, 'viewer');
  const again = page.getByRole('dialog', { name: 'Your session has ended' });
  const form = page.getByRole('dialog', { name: 'New customer' });
  const email = form.getByRole('textbox', { name: 'Email' });
  const end = async (): Promise<void> => {
    await person.endSessions();
    // The next time that the application asks for a token it is told so; here it asks at once.
    await page.evaluate(`tenantryDesktop.ask['entries.renew']()`);
    await again.waitFor();
  };
  const comeBackAs = async (who: TestPerson): Promise<void> => {
    signInWith(who);
    await again.getByRole('button', { name: 'Sign in', exact: true }).click();
    await again.waitFor({ state: 'detached' });
  };
  await page.goto(`${new URL(page.url()).origin}/#/tenants/${name}/customers`);
  await page.getByRole('button', { name: 'New customer' }).click();
  await form.getByRole('textbox', { name: 'Name', exact: true }).fill('Half typed');
  await email.fill('half@example.org');

  await end();
  expect(await desktop.accessibilityProblems()).toEqual([]);
  // Neither by keys nor by the mouse does anybody get at what is behind it.
  for (const key of ['Escape', 'Escape', 'Tab', 'Tab', 'Tab', 'Control+k']) await page.keyboard.press(key);
  await again.getByRole('heading').waitFor();
  await email.focus();
  await page.keyboard.type('?');
  expect(await page.evaluate('document.activeElement.closest("[role=dialog]")')).toBeNull();
  expect(await page.getByRole('textbox', { name: 'Find a command' }).count()).toBe(0);
  await comeBackAs(person);
  expect(await email.inputValue()).toBe('half@example.org');
  await form.getByRole('button', { name: 'Create customer' }).click();
  await form.waitFor({ state: 'detached' });
  expect(await tenant.api.search('Half typed')).toMatchObject([{ email: 'half@example.org' }]);

  await page.goto(`${new URL(page.url()).origin}/#/tenants/${name}/customers`);
  await page.getByRole('button', { name: 'New customer' }).click();
  await email.fill('secret@example.org');
  await end();
  await comeBackAs(other);
  await page.getByRole('grid', { name: 'Customers' }).getByRole('row').nth(1).waitFor();
  expect(await form.count()).toBe(0);
  expect(await page.content()).not.toContain('secret@example.org');
  expect(await page.getByRole('button', { name: 'New customer' }).count()).toBe(0);
  await page.getByRole('button', { name: 'Account and preferences' }).click();
  await page.getByRole('button', { name: `Sign out ${other.username} everywhere` }).click();
  signInWith(person);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await page.getByRole('button', { name: 'New customer' }).waitFor();
});

it('signing out ends the session here and at the identity provider', async () => {
  const { page } = desktop;
  await page.getByRole('button', { name: 'Account and preferences' }).click();
  await page.getByRole('button', { name: `Sign out ${person.username} everywhere` }).click();
  await page.getByRole('button', { name: 'Sign in', exact: true }).waitFor();
  await eventually(async () => expect(await person.sessions()).toBe(0));
});

it('loads at most 400 KB of script before the first screen: charts and editors come when they are shown', async () => {
  const bytes = await initialScriptBytes(join(await desktopBuild(), 'renderer'));
  expect(bytes).toBeLessThan(400_000);
  expect(bytes).toBeGreaterThan(100_000);
});
