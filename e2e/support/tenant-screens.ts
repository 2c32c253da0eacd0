import type { DesktopWindow } from '@tenantry/desktop/testing/desktop-window.ts';
import { eventually } from '@tenantry/stack/testing/eventually.ts';
import type { TestPerson } from '@tenantry/stack/testing/token-for.ts';
import { expect } from 'vitest';

type Page = DesktopWindow['page'];

/** A screen of the tenant view, and what stands on it when it is complete. */
export interface TenantScreen {
  /** Of its picture. */
  readonly name: string;
  /** Below `/tenants/<slug>`. */
  readonly path: string;
  readonly complete: (page: Page) => Promise<void>;
  /** Built of the same parts as the one before it: a quick look leaves it out. */
  readonly alike?: true;
}

/** Every screen. @param ids a customer with an account, and that account */
export function tenantScreens(ids: { readonly customer: string; readonly account: string }): readonly TenantScreen[] {
  const customer = `/customers/${ids.customer}`;
  return [
    { name: 'dashboard', path: '', complete: text('Balances') },
    { name: 'customers', path: '/customers', complete: rows('Customers') },
    { name: 'customer', path: customer, complete: text('Version'), alike: true },
    {
      name: 'customer-edit',
      path: `${customer}?edit=true`,
      complete: (page) => page.getByRole('textbox', { name: 'Name', exact: true }).waitFor(),
    },
    { name: 'customer-activity', path: `${customer}?tab=activity`, complete: text('Customer created') },
    { name: 'customer-accounts', path: `${customer}?tab=accounts`, complete: text('Everyday'), alike: true },
    { name: 'customer-history', path: `${customer}?tab=history`, complete: text('Version 1') },
    { name: 'account', path: `/accounts/${ids.account}`, complete: text('Rent') },
    { name: 'account-statement', path: `/accounts/${ids.account}?tab=statement`, complete: text('Closing balance'), alike: true },
    { name: 'duplicates', path: '/duplicates', complete: heading('Duplicates') },
    { name: 'import', path: '/import', complete: (page) => page.getByRole('radio', { name: 'Customers' }).waitFor() },
    { name: 'reports', path: '/reports', complete: heading('Reports') },
    { name: 'reports-made', path: '/reports?tab=made', complete: tab('Made'), alike: true },
    { name: 'report-schedules', path: '/reports?tab=schedules', complete: tab('Schedules'), alike: true },
    { name: 'activity', path: '/activity', complete: heading('Activity'), alike: true },
    { name: 'webhooks', path: '/webhooks', complete: heading('Webhooks') },
    { name: 'webhook-deliveries', path: '/webhooks?tab=deliveries', complete: tab('Deliveries'), alike: true },
    { name: 'audit', path: '/audit', complete: rows('Audit') },
    { name: 'members', path: '/members', complete: heading('Members') },
    { name: 'machine-clients', path: '/members?tab=machines', complete: tab('Machine clients') },
    { name: 'usage', path: '/usage', complete: heading('Usage') },
  ];
}

/** Shows the screen and waits until nothing of it is missing. @throws naming the screen, and what it shows instead */
export async function showScreen({ page }: DesktopWindow, slug: string, screen: TenantScreen): Promise<void> {
  await page.goto(`${new URL(page.url()).origin}/#/tenants/${slug}${screen.path}`);
  await screen.complete(page).catch(async (cause: unknown) => {
    throw new Error(`${screen.name} is not complete: ${await page.getByRole('main').textContent()}`, { cause });
  });
  await eventually(async () => expect(await page.getByRole('main').getByLabel('Loading').count()).toBe(0));
}

/** Signs the person in by the form, and lands on the dashboard of their only tenant. */
export async function enterTenant({ page, signInWith }: DesktopWindow, person: TestPerson, slug: string): Promise<void> {
  signInWith(person);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await page.waitForURL(`**/#/tenants/${slug}`);
}

function text(words: string): TenantScreen['complete'] {
  return (page) => page.getByRole('main').getByText(words).first().waitFor();
}

function heading(name: string): TenantScreen['complete'] {
  return (page) => page.getByRole('heading', { level: 1, name }).waitFor();
}

function tab(name: string): TenantScreen['complete'] {
  return (page) => page.getByRole('tab', { name, selected: true }).waitFor();
}

function rows(name: string): TenantScreen['complete'] {
  return (page) => page.getByRole('grid', { name }).getByRole('row').nth(2).waitFor();
}
