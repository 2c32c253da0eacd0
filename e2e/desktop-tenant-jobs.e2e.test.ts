import { randomUUID } from 'node:crypto';
import type { Account, Customer, ReportSchedule } from '@tenantry/contracts';
import { type DesktopWindow, desktopWindow } from '@tenantry/desktop/testing/desktop-window.ts';
import { eventually } from '@tenantry/stack/testing/eventually.ts';
import { type TestPerson, testPerson } from '@tenantry/stack/testing/token-for.ts';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { customerBase } from './support/customer-base.ts';
import { desktopEnvironment } from './support/desktop-environment.ts';
import { TenantApi } from './support/tenant-api.ts';
import { enterTenant, showScreen } from './support/tenant-screens.ts';
import { freshName, onboard, removeCompletely, type TestTenant } from './support/test-tenant.ts';
import { webhookReceiver } from './support/webhook-receiver.ts';

const name = freshName('jobs');
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

it('what others do to a customer joins its activity by itself', async () => {
  const { page } = desktop;
  await showScreen(desktop, name, {
    name: 'activity',
    path: `/customers/${account.customerId}?tab=activity`,
    complete: (shown) => shown.getByText('Salary November').waitFor(),
  });
  const deposit = { kind: 'deposit', amountMinor: '4711', reference: 'While somebody looks' };
  await tenant.api.call('POST', `/v1/accounts/${account.id}/transactions`, { body: deposit, headers: { 'idempotency-key': randomUUID() } });
  await page.getByText('While somebody looks').waitFor();
  await tenant.api.call('PUT', `/v1/customers/${account.customerId}/profile/crm`, { body: { payload: { plan: 'gold' } } });
  await page.getByText('crm sent version 1 of what it knows').waitFor();
  await page.getByRole('main').getByText('Bookings', { exact: true }).click();
  await page.getByText('While somebody looks').waitFor();
  expect(await page.getByText('crm sent version 1').count()).toBe(0);
});

it('what others change while the window opens is not missed', async () => {
  const { page } = desktop;
  const [changed] = customers as readonly [Customer, ...Customer[]];
  const latest = await tenant.api.call<{ page: { after: string } }>('GET', '/v1/events?after=latest');
  const listed = page.waitForResponse((answer) => answer.url().includes('/v1/customers?fields='));
  // The stream begins behind the change, the list was read before it.
  await page.route(
    '**/v1/events/stream**',
    async (route) => {
      await listed;
      await tenant.api.update(changed, { segment: 'Changed meanwhile' });
      await eventually(async () => {
        const told = await tenant.api.call('GET', `/v1/events?after=${latest.body.page.after}`);
        expect(JSON.stringify(told.body)).toContain('Changed meanwhile');
      });
      await route.continue();
    },
    { times: 1 },
  );
  await page.goto(`${new URL(page.url()).origin}/#/tenants/${name}/customers`);
  await page.reload();
  await page.getByRole('gridcell', { name: 'Changed meanwhile' }).waitFor();
});

it('customers are narrowed down by an attribute of the tenant’s own', async () => {
  const { page } = desktop;
  const schema = { type: 'object', properties: { seats: { type: 'integer', title: 'Seats', 'x-indexable': true } } };
  const admin = new TenantApi(tenant.url, async () => (await person.signIn()).accessToken);
  await admin.call('PUT', '/v1/customer-attributes-schema', { body: { schema }, headers: { 'if-match': '"1"' } });
  const expected = customers.filter(({ attributes }) => (attributes.seats as number) >= 20).length;
  // Customers from before are made findable first.
  await eventually(
    async () => {
      const { body } = await tenant.api.call<{ items: unknown[] }>('GET', '/v1/customers?filter[attributes.seats][gte]=20&limit=200');
      expect(body.items).toHaveLength(expected);
    },
    { limitMs: 60_000 },
  );
  await showScreen(desktop, name, {
    name: 'customers',
    path: `/customers?q=${encodeURIComponent('fields=name,attributes.seats')}`,
    complete: (shown) => shown.getByRole('columnheader', { name: 'Seats' }).waitFor(),
  });
  await page.getByRole('button', { name: 'Add a filter' }).click();
  await page.getByRole('combobox', { name: 'Field' }).click();
  await page.getByRole('option', { name: 'Seats' }).click();
  await page.getByRole('combobox', { name: 'Comparison' }).click();
  await page.getByRole('option', { name: 'at least' }).click();
  await page.getByRole('textbox', { name: 'Value' }).fill('20');
  await page.getByRole('button', { name: 'Apply' }).click();
  await page.getByText(`Customers found: ${expected}`, { exact: true }).waitFor();
});

it('a schedule is moved to other times, which are shown before they are saved', async () => {
  const { page } = desktop;
  const { body } = await tenant.api.call<{ id: string }>('POST', '/v1/report-schedules', {
    body: { name: 'Segments', report: 'customer-segments', parameters: {}, cron: '0 6 1 * *', timeZone: 'Europe/Berlin', format: 'csv' },
    headers: { 'idempotency-key': randomUUID() },
  });
  await showScreen(desktop, name, {
    name: 'schedules',
    path: '/reports?tab=schedules',
    complete: (shown) => shown.getByRole('button', { name: 'Change the schedule Segments' }).waitFor(),
  });
  await page.getByRole('button', { name: 'Change the schedule Segments' }).click();
  const dialog = page.getByRole('dialog', { name: 'Change the schedule Segments' });
  await dialog.getByRole('combobox', { name: 'How often' }).click();
  await page.getByRole('option', { name: 'Monday to Friday' }).click();
  await dialog.locator('input[type=time]').fill('07:30');
  await dialog
    .getByRole('list', { name: 'Next runs' })
    .getByText(/day.*7:30/)
    .first()
    .waitFor();
  await dialog.getByRole('button', { name: 'Save', exact: true }).click();
  await dialog.waitFor({ state: 'detached' });
  const stored = await tenant.api.call<ReportSchedule>('GET', `/v1/report-schedules/${body.id}`);
  expect(stored.body).toMatchObject({ version: 2, cron: '30 7 * * 1-5', timeZone: 'Europe/Berlin', enabled: true });
});

it('a program gets an id and a secret, shown once, with which it signs in until it is deleted', async () => {
  const { page } = desktop;
  await showScreen(desktop, name, {
    name: 'machine-clients',
    path: '/members?tab=machines',
    complete: (shown) => shown.getByRole('button', { name: 'New machine client' }).waitFor(),
  });
  await page.getByRole('button', { name: 'New machine client' }).click();
  await page.getByRole('textbox', { name: 'Name' }).fill('nightly sync');
  await page.getByRole('radio', { name: 'Viewer' }).check();
  await page.getByRole('button', { name: 'Create machine client' }).click();
  const shown = page.getByRole('dialog', { name: 'nightly sync' });
  const [clientId, clientSecret] = await Promise.all(
    ['Client id', 'Secret'].map((label) => shown.getByRole('textbox', { name: label, exact: true }).inputValue()),
  );
  expect([clientId, clientSecret]).toEqual([expect.stringMatching(/^machine-/), expect.stringMatching(/.{16,}/)]);
  await shown.getByRole('button', { name: 'I have kept it' }).click();
  await page.getByRole('row', { name: /nightly sync Viewer/ }).waitFor();
  expect(await page.getByText(clientSecret as string).count()).toBe(0);

  await page.getByRole('button', { name: 'Change nightly sync' }).click();
  await page.getByRole('menuitem', { name: 'Delete machine client' }).click();
  const confirm = page.getByRole('dialog', { name: 'Delete machine client' });
  await confirm.getByRole('textbox', { name: 'Type nightly sync to delete' }).fill('nightly sync');
  await confirm.getByRole('button', { name: 'Delete machine client' }).click();
  await page.getByText('No machine clients').waitFor();
});

it('money goes to an account by its number, and to no other', async () => {
  const { page } = desktop;
  const { body } = await tenant.api.call<{ items: readonly Account[] }>('GET', '/v1/accounts?limit=200');
  const receiver = body.items.find(({ customerId }) => customerId !== account.customerId) as Account;
  const balances = async (): Promise<readonly bigint[]> =>
    await Promise.all(
      [account, receiver].map(async ({ id }) => BigInt((await tenant.api.call<Account>('GET', `/v1/accounts/${id}`)).body.balanceMinor)),
    );
  const [from, to] = (await balances()) as [bigint, bigint];
  await showScreen(desktop, name, {
    name: 'account',
    path: `/accounts/${account.id}`,
    complete: (shown) => shown.getByRole('button', { name: 'Transfer', exact: true }).waitFor(),
  });
  await page.getByRole('button', { name: 'Transfer', exact: true }).click();
  const dialog = page.getByRole('dialog', { name: 'Transfer' });
  const number = dialog.getByRole('textbox', { name: 'Number of the account that receives' });
  const send = dialog.getByRole('button', { name: 'Transfer', exact: true });
  await dialog.getByRole('textbox', { name: 'Amount in EUR' }).fill('12.34');
  await number.fill('no such number');
  await dialog.getByText('There is no account of this number.').waitFor();
  expect(await send.isDisabled()).toBe(true);
  await number.fill(receiver.number);
  await dialog.getByText(`${receiver.name} · EUR`).waitFor();
  await dialog.getByRole('textbox', { name: 'Reference' }).fill('By its number');
  await send.click();
  await dialog.waitFor({ state: 'detached' });
  await page.getByRole('row').filter({ hasText: 'By its number' }).waitFor();
  expect(await balances()).toEqual([from - 1234n, to + 1234n]);
});

it('a webhook that was delivered is sent again, as the same one', async () => {
  const { page } = desktop;
  await using receiver = await webhookReceiver();
  await receiver.subscribe(tenant);
  const { id } = await tenant.api.create({ name: 'Told twice' });
  // Of what was done before, too, something may still be on the way.
  const idsSeen = () =>
    receiver
      .of(tenant)
      .filter(({ body }) => body.includes(id))
      .map(({ headers }) => headers['webhook-id']);
  await eventually(() => expect(idsSeen()).toHaveLength(1), { limitMs: 60_000 });
  const delivered = page.getByRole('row').filter({ hasText: 'customer.created' }).filter({ hasText: 'Delivered' });
  await showScreen(desktop, name, { name: 'deliveries', path: '/webhooks?tab=deliveries', complete: () => delivered.first().waitFor() });
  await delivered.first().click();
  const drawer = page.getByRole('dialog', { name: 'Delivery' });
  await drawer.getByRole('button', { name: 'Send again' }).click();
  await page.getByText('It is being sent again').waitFor();
  await eventually(() => expect(idsSeen()).toHaveLength(2), { limitMs: 60_000 });
  expect(new Set(idsSeen()).size).toBe(1);
  await drawer.getByText(/^Attempt 2/).waitFor();
});

it('what runs in the background is called as it is called elsewhere', async () => {
  const { page } = desktop;
  const asked = { report: 'customer-segments', parameters: {}, format: 'csv' };
  await tenant.api.call('POST', '/v1/reports', { body: asked, headers: { 'idempotency-key': randomUUID() } });
  await showScreen(desktop, name, {
    name: 'activity',
    path: '/activity',
    complete: (shown) => shown.getByRole('article', { name: 'Report' }).getByText('Customers by segment').first().waitFor(),
  });
  expect(await page.getByText('customer-segments').count()).toBe(0);
});
