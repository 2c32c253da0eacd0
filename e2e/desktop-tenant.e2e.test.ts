import { readFile } from 'node:fs/promises';
import type { Account, Customer } from '@tenantry/contracts';
import { type DesktopWindow, desktopWindow } from '@tenantry/desktop/testing/desktop-window.ts';
import { eventually } from '@tenantry/stack/testing/eventually.ts';
import { type TestPerson, testPerson } from '@tenantry/stack/testing/token-for.ts';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { customerBase } from './support/customer-base.ts';
import { desktopEnvironment } from './support/desktop-environment.ts';
import { grownFromText, HOSTILE_TEXTS, hostileBase, hostileFile, hostileScreens } from './support/hostile-texts.ts';
import { type Keyboard, keyboardOf } from './support/keyboard.ts';
import { TenantApi } from './support/tenant-api.ts';
import { enterTenant, showScreen, tenantScreens } from './support/tenant-screens.ts';
import { cachedToken, freshName, onboard, removeCompletely, type TestTenant } from './support/test-tenant.ts';

const name = freshName('people');
let tenant: TestTenant;
let person: TestPerson;
let desktop: DesktopWindow;
let keyboard: Keyboard;
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
  keyboard = await keyboardOf(desktop.page);
});
afterAll(async () => {
  await desktop?.[Symbol.asyncDispose]();
  await person?.remove();
  await removeCompletely(name);
});

it('without a mouse a customer is found and changed while somebody else changes it: nothing is lost, both decide, and it can be undone', async () => {
  const { page } = desktop;
  const grid = page.getByRole('grid', { name: 'Customers' });
  await keyboard.press(page.getByRole('navigation').getByRole('link', { name: 'Customers' }));
  await keyboard.goTo(grid);
  await page.keyboard.press('/');
  await page.keyboard.type('radia hopper');
  await page.getByText('Best matches first').waitFor();
  await grid.getByRole('row').nth(1).getByText('Radia Hopper').waitFor();
  await keyboard.goTo(grid);
  await page.keyboard.press('e');
  // Who asked to edit begins to type.
  await eventually(async () => expect(await keyboard.isIn(page.getByRole('textbox', { name: 'Name', exact: true }))).toBe(true));
  await keyboard.type(page.getByRole('textbox', { name: 'Segment' }), 'mine');
  await keyboard.type(page.getByRole('textbox', { name: 'Phone' }), '+49 30 4711');

  const before = customers.find((customer) => customer.name === 'Radia Hopper') as Customer;
  await tenant.api.update(before, { name: 'Radia Perlman', segment: 'theirs', tags: [...before.tags, 'theirs'] });
  // The stream says so before anything is saved.
  await page.getByText('Somebody has changed this customer meanwhile').waitFor();
  await keyboard.press(page.getByRole('button', { name: 'Save', exact: true }));

  const dialog = page.getByRole('dialog', { name: 'Somebody else saved first' });
  await dialog.getByText('Fields to decide: 1').waitFor();
  expect(await dialog.getByRole('button', { name: 'Save the result' }).isDisabled()).toBe(true);
  await keyboard.chooseRadio(dialog.getByRole('radio', { name: 'Yours' }));
  await dialog.getByText('Both changes fit together').waitFor();
  expect(await desktop.accessibilityProblems()).toEqual([]);
  await keyboard.press(dialog.getByRole('button', { name: 'Save the result' }));
  await page.getByText('The customer was saved').waitFor();
  expect(await tenant.api.get(before.id)).toMatchObject({
    ...{ version: 3, name: 'Radia Perlman', segment: 'mine', phone: '+49304711' },
    tags: [...before.tags, 'theirs'],
  });

  await keyboard.press(page.getByRole('alert').getByRole('button', { name: 'Undo' }));
  await page.getByText('The change was taken back').waitFor();
  expect(await tenant.api.get(before.id)).toMatchObject({ version: 4, name: 'Radia Perlman', segment: 'theirs', phone: before.phone });
});

it('a file of 10,000 customers from elsewhere is understood, rehearsed and imported, and what is wrong comes back as a file', async () => {
  const { page } = desktop;
  const rows = Array.from({ length: 10_000 }, (_, at) => `Müller ${at};${at % 500 === 7 ? 'no address' : `m${at}@example.com`};K-${at}`);
  const file = Buffer.from(`Kundenname;E-Mail;Kundennummer\r\n${rows.join('\r\n')}\r\n`, 'latin1');
  await keyboard.press(page.getByRole('navigation').getByRole('link', { name: 'Customers' }));
  await keyboard.press(page.getByRole('main').getByRole('link', { name: 'Import' }));
  const chooser = page.waitForEvent('filechooser');
  await keyboard.press(page.getByRole('button', { name: 'File', exact: true }));
  await (await chooser).setFiles({ name: 'kunden.csv', mimeType: 'text/csv', buffer: file });
  const next = page.getByRole('button', { name: 'Next', exact: true });
  await keyboard.press(next);
  await page.getByRole('cell', { name: 'Müller 0' }).waitFor();
  // With every step the focus goes along.
  expect(await keyboard.isIn(page.getByRole('main'))).toBe(true);
  await keyboard.press(next);
  expect(await page.getByRole('combobox', { name: 'Field for the column Kundennummer' }).inputValue()).toBe('externalId');
  await keyboard.press(page.getByRole('button', { name: 'Rehearse' }));
  await page.getByText('Would be refused: 20').waitFor();
  await page.getByText('Would be created: 9,980').waitFor();
  expect((await tenant.api.call<{ items: unknown[] }>('GET', '/v1/customers?filter[externalId]=K-1')).body.items).toEqual([]);

  const download = page.waitForEvent('download');
  await keyboard.press(page.getByRole('button', { name: 'Errors file' }));
  const errors = await readFile(await (await download).path(), 'utf8');
  expect(errors.match(/no address/g)).toHaveLength(20);
  await keyboard.press(page.getByRole('button', { name: 'Import 9,980 rows' }));
  await page.getByText('Created: 9,980', { exact: true }).waitFor();
  const { body } = await tenant.api.call<{ items: Customer[] }>('GET', '/v1/customers?filter[externalId]=K-9999');
  expect(body.items).toMatchObject([{ name: 'Müller 9999', email: 'm9999@example.com' }]);
});

it('a report is asked for, made and downloaded, and all of it until now without a mouse', async () => {
  const { page, opened } = desktop;
  await keyboard.press(page.getByRole('navigation').getByRole('link', { name: 'Reports' }));
  await keyboard.press(page.getByRole('button', { name: 'Make the report Customers by segment' }));
  const dialog = page.getByRole('dialog', { name: 'Customers by segment' });
  await keyboard.choose(dialog.getByRole('combobox', { name: 'Format' }), 'CSV');
  await keyboard.press(dialog.getByRole('button', { name: 'Make report' }));
  await keyboard.press(page.getByRole('button', { name: /^Download CSV/ }));
  await eventually(async () => expect(opened).toHaveLength(1), { limitMs: 60_000 });
  const report = await (await fetch(opened[0] as string)).text();
  expect(report).toContain('small business');
  expect(await keyboard.sawMouse()).toBe(false);
});

it('every screen can be read by everybody', async () => {
  for (const screen of tenantScreens({ customer: account.customerId, account: account.id }).filter(({ alike }) => alike !== true)) {
    await showScreen(desktop, name, screen);
    expect({ [screen.name]: await desktop.accessibilityProblems() }).toEqual({ [screen.name]: [] });
  }
}, 400_000);

it('what customers are called, and whatever else somebody typed, is never more than text', async () => {
  const { page } = desktop;
  const hostile = await hostileBase(
    new TenantApi(
      tenant.url,
      cachedToken(async () => (await person.signIn()).accessToken),
    ),
  );
  // The two fields that take no such text.
  for (const field of ['email', 'phone']) {
    const refused = await tenant.api.call('POST', '/v1/customers', { body: { name: 'Ada', [field]: HOSTILE_TEXTS[0] } });
    expect([field, refused.status]).toEqual([field, 400]);
  }
  const isText = async (where: string) => expect({ [where]: await grownFromText(page) }).toEqual({ [where]: [] });
  for (const screen of hostileScreens(hostile)) {
    await showScreen(desktop, name, screen);
    await isText(screen.name);
  }

  await page.getByRole('row').nth(1).click();
  await page.getByRole('dialog', { name: 'Event' }).waitFor();
  await isText('an event of the audit trail');
  await page.keyboard.press('Escape');

  await page.keyboard.press('Control+k');
  await page.getByRole('textbox', { name: 'Find a command' }).fill(HOSTILE_TEXTS[0]);
  await page.getByText('There is no such command').waitFor();
  await isText('commands');
  await page.keyboard.press('Escape');

  await page.getByRole('navigation').getByRole('link', { name: 'Customers' }).click();
  await page.getByRole('button', { name: 'Views' }).click();
  await page.getByRole('menuitem', { name: HOSTILE_TEXTS[0] }).first().waitFor();
  await isText('saved views');
  await page.keyboard.press('Escape');

  await page.getByRole('navigation').getByRole('link', { name: 'Duplicates' }).click();
  await page.getByRole('button', { name: 'Merge' }).first().click();
  await page.getByRole('dialog').getByRole('radio').first().waitFor();
  await isText('merging');
  await page.keyboard.press('Escape');

  await page.getByRole('navigation').getByRole('link', { name: 'Customers' }).click();
  await page.getByRole('main').getByRole('link', { name: 'Import' }).click();
  await page.locator('input[type=file]').setInputFiles(hostileFile());
  const next = page.getByRole('button', { name: 'Next', exact: true });
  await next.click();
  await page.getByRole('cell', { name: HOSTILE_TEXTS[3] }).first().waitFor();
  await isText('the first rows of a file');
  await next.click();
  await page.getByRole('combobox', { name: `Field for the column ${HOSTILE_TEXTS[0]}` }).waitFor();
  await isText('the columns of a file');
  await page.getByRole('button', { name: 'Rehearse' }).click();
  await page.getByText(`Would be refused: ${HOSTILE_TEXTS.length}`).waitFor();
  await isText('what is wrong with a file');

  // Three such texts beside each other: what there was, what somebody else made of it, and what is made of it here.
  const merged = hostile.customers[3] as Customer;
  await showScreen(desktop, name, {
    name: 'customer-edit',
    path: `/customers/${merged.id}?edit=true`,
    complete: (shown) => shown.getByRole('textbox', { name: 'Segment' }).waitFor(),
  });
  await page.getByRole('textbox', { name: 'Segment' }).fill(HOSTILE_TEXTS[0]);
  await tenant.api.update(merged, {
    segment: HOSTILE_TEXTS[5],
    tags: [...HOSTILE_TEXTS],
    attributes: { [HOSTILE_TEXTS[1]]: HOSTILE_TEXTS[6], nested: { [HOSTILE_TEXTS[9]]: [HOSTILE_TEXTS[8]] } },
  });
  await page.getByText('Somebody has changed this customer meanwhile').waitFor();
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  const merging = page.getByRole('dialog', { name: 'Somebody else saved first' });
  for (const at of [0, 3, 5, 6])
    await merging
      .getByText(HOSTILE_TEXTS[at] as string)
      .first()
      .waitFor();
  await isText('two changes of one customer');
  await merging.getByRole('button', { name: 'Back' }).click();

  // The name is asked for before it is deleted, and said afterwards: both by way of the dictionary.
  const named = hostile.customers[4] as Customer;
  await showScreen(desktop, name, {
    name: 'customer',
    path: `/customers/${named.id}`,
    complete: (shown) => shown.getByRole('heading', { level: 1, name: named.name, exact: true }).waitFor(),
  });
  await page.getByRole('button', { name: 'More' }).click();
  await page.getByRole('menuitem', { name: 'Delete' }).click();
  await page.getByRole('dialog').getByRole('textbox').fill(named.name);
  await isText('deleting');
  await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
  await page.getByRole('alert').getByText(named.name).waitFor();
  await isText('what was done');

  // A refused save, or a stream that begins anew, is one the browser notes; what its policy refused or what was thrown is no such thing.
  expect(desktop.complaints.filter((complaint) => !complaint.startsWith('Failed to load resource'))).toEqual([]);
}, 400_000);
