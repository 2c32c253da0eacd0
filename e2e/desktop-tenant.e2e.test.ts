import { readFile } from 'node:fs/promises';
import type { Account, Customer } from '@tenantry/contracts';
import { type DesktopWindow, desktopWindow } from '@tenantry/desktop/testing/desktop-window.ts';
import { eventually } from '@tenantry/stack/testing/eventually.ts';
import { type TestPerson, testPerson } from '@tenantry/stack/testing/token-for.ts';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { customerBase } from './support/customer-base.ts';
import { desktopEnvironment } from './support/desktop-environment.ts';
import { HOSTILE_NAMES } from './support/hostile-names.ts';
import { tabTo } from './support/tab-to.ts';
import { enterTenant, showScreen, tenantScreens } from './support/tenant-screens.ts';
import { freshName, onboard, removeCompletely, type TestTenant } from './support/test-tenant.ts';

const name = freshName('people');
let tenant: TestTenant;
let person: TestPerson;
let desktop: DesktopWindow;
let customers: readonly Customer[];
let account: Account;

beforeAll(async () => {
  tenant = await onboard(name);
  [person, desktop, { customers, account }] = await Promise.all([
    testPerson(name, 'admin'),
    desktopEnvironment().then((environment) => desktopWindow({ environment })),
    customerBase(tenant, 24),
  ]);
  await enterTenant(desktop, person, name);
});
afterAll(async () => {
  await desktop?.[Symbol.asyncDispose]();
  await person?.remove();
  await removeCompletely(name);
});

it('a customer is found and changed while somebody else changes it: nothing is lost, both decide, and it can be undone', async () => {
  const { page } = desktop;
  await page.getByRole('navigation').getByRole('link', { name: 'Customers' }).click();
  await page.getByRole('searchbox', { name: 'Search customers' }).fill('radia hopper');
  await page.getByText('Best matches first').waitFor();
  await page.getByRole('row', { name: 'Radia Hopper' }).click();
  await page.getByRole('button', { name: 'Edit', exact: true }).click();
  await page.getByRole('textbox', { name: 'Segment' }).fill('mine');
  await page.getByRole('textbox', { name: 'Phone' }).fill('+49 30 4711');

  const before = customers.find((customer) => customer.name === 'Radia Hopper') as Customer;
  await tenant.api.update(before, { name: 'Radia Perlman', segment: 'theirs', tags: [...before.tags, 'theirs'] });
  // The stream says so before anything is saved.
  await page.getByText('Somebody has changed this customer meanwhile').waitFor();
  await page.getByRole('button', { name: 'Save', exact: true }).click();

  const dialog = page.getByRole('dialog', { name: 'Somebody else saved first' });
  await dialog.getByText('Fields to decide: 1').waitFor();
  expect(await dialog.getByRole('button', { name: 'Save the result' }).isDisabled()).toBe(true);
  await dialog.getByRole('radio', { name: 'Yours' }).check();
  await dialog.getByText('Both changes fit together').waitFor();
  expect(await desktop.accessibilityProblems()).toEqual([]);
  await dialog.getByRole('button', { name: 'Save the result' }).click();
  await page.getByText('The customer was saved').waitFor();
  expect(await tenant.api.get(before.id)).toMatchObject({
    ...{ version: 3, name: 'Radia Perlman', segment: 'mine', phone: '+49304711' },
    tags: [...before.tags, 'theirs'],
  });

  await page.getByRole('alert').getByRole('button', { name: 'Undo' }).click();
  await page.getByText('The change was taken back').waitFor();
  expect(await tenant.api.get(before.id)).toMatchObject({ version: 4, name: 'Radia Perlman', segment: 'theirs', phone: before.phone });
});

it('by the keyboard alone a customer is found, opened, changed and saved', async () => {
  const { page } = desktop;
  const { keyboard } = page;
  await page.evaluate('document.activeElement.blur()');
  await tabTo(page.getByRole('link', { name: 'Customers', exact: true }).first());
  await keyboard.press('Enter');
  await page.getByRole('row', { name: 'Ada Hopper' }).waitFor();
  await tabTo(page.getByRole('grid', { name: 'Customers' }));
  await keyboard.press('/');
  await keyboard.type('ada lovelace');
  await page.getByText('Best matches first').waitFor();
  await tabTo(page.getByRole('grid', { name: 'Customers' }));
  await keyboard.press('e');
  await page.getByRole('textbox', { name: 'Name', exact: true }).waitFor();
  await eventually(async () => expect(await page.evaluate('document.activeElement.name')).toBe('name'));
  await keyboard.press('End');
  await keyboard.type(', Countess');
  await keyboard.press('Enter');
  await page.getByText('The customer was saved').waitFor();
  await eventually(async () => expect(await tenant.api.search('countess')).toMatchObject([{ name: 'Ada Lovelace, Countess', version: 2 }]));
});

it('a file of 10,000 customers from elsewhere is understood, rehearsed and imported, and what is wrong comes back as a file', async () => {
  const { page } = desktop;
  const rows = Array.from({ length: 10_000 }, (_, at) => `Müller ${at};${at % 500 === 7 ? 'no address' : `m${at}@example.com`};K-${at}`);
  const file = Buffer.from(`Kundenname;E-Mail;Kundennummer\r\n${rows.join('\r\n')}\r\n`, 'latin1');
  await page.getByRole('navigation').getByRole('link', { name: 'Customers' }).click();
  await page.getByRole('link', { name: 'Import' }).click();
  await page.locator('input[type=file]').setInputFiles({ name: 'kunden.csv', mimeType: 'text/csv', buffer: file });
  const next = page.getByRole('button', { name: 'Next', exact: true });
  await next.click();
  await page.getByRole('cell', { name: 'Müller 0' }).waitFor();
  await next.click();
  expect(await page.getByRole('combobox', { name: 'Field for the column Kundennummer' }).inputValue()).toBe('externalId');
  await page.getByRole('button', { name: 'Rehearse' }).click();
  await page.getByText('Would be refused: 20').waitFor();
  await page.getByText('Would be created: 9,980').waitFor();
  expect((await tenant.api.call<{ items: unknown[] }>('GET', '/v1/customers?filter[externalId]=K-1')).body.items).toEqual([]);

  const download = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Errors file' }).click();
  const errors = await readFile(await (await download).path(), 'utf8');
  expect(errors.match(/no address/g)).toHaveLength(20);
  await page.getByRole('button', { name: 'Import 9,980 rows' }).click();
  await page.getByText('Created: 9,980', { exact: true }).waitFor();
  const { body } = await tenant.api.call<{ items: Customer[] }>('GET', '/v1/customers?filter[externalId]=K-9999');
  expect(body.items).toMatchObject([{ name: 'Müller 9999', email: 'm9999@example.com' }]);
});

it('a report is asked for, made and downloaded', async () => {
  const { page, opened } = desktop;
  await page.getByRole('navigation').getByRole('link', { name: 'Reports' }).click();
  await page.getByRole('button', { name: 'Make the report Customers by segment' }).click();
  const dialog = page.getByRole('dialog', { name: 'Customers by segment' });
  await dialog.getByRole('combobox', { name: 'Format' }).click();
  await page.getByRole('option', { name: 'CSV' }).click();
  await dialog.getByRole('button', { name: 'Make report' }).click();
  await page.getByRole('button', { name: /^Download CSV/ }).click();
  await eventually(async () => expect(opened).toHaveLength(1), { limitMs: 60_000 });
  const report = await (await fetch(opened[0] as string)).text();
  expect(report).toContain('small business');
});

it('every screen can be read by everybody, and what customers are called is never more than text', async () => {
  const { page } = desktop;
  const items = HOSTILE_NAMES.map((hostile) => ({
    action: 'create',
    customer: {
      name: hostile,
      externalId: hostile.slice(0, 60),
      segment: hostile.slice(0, 60),
      tags: [hostile.slice(0, 40)],
      attributes: { [hostile.slice(0, 40)]: hostile },
    },
  }));
  const { body } = await tenant.api.call<{ results: { customer: Customer }[] }>('POST', '/v1/customers:batch', { body: { items } });
  for (const screen of tenantScreens({ customer: account.customerId, account: account.id }).filter(({ alike }) => alike !== true)) {
    await showScreen(desktop, name, screen);
    expect({ [screen.name]: await desktop.accessibilityProblems() }).toEqual({ [screen.name]: [] });
  }
  for (const { customer } of body.results) {
    await showScreen(desktop, name, {
      name: 'customer',
      path: `/customers/${customer.id}`,
      complete: (shown) => shown.getByRole('heading', { level: 1, name: customer.name, exact: true }).waitFor(),
    });
  }
  expect(await page.evaluate('globalThis.wasRun')).toBeUndefined();
  // A refused save, or a stream that begins anew, is one the browser notes; what its policy refused or what was thrown is no such thing.
  expect(desktop.complaints.filter((complaint) => !complaint.startsWith('Failed to load resource'))).toEqual([]);
}, 400_000);
