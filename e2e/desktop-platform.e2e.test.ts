import { type DesktopWindow, desktopWindow } from '@tenantry/desktop/testing/desktop-window.ts';
import { personSecret, SAMPLE_STAFF } from '@tenantry/stack/keycloak/realms.ts';
import { eventually } from '@tenantry/stack/testing/eventually.ts';
import { runningStack } from '@tenantry/stack/testing/running-stack.ts';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { desktopEnvironment } from './support/desktop-environment.ts';
import { tabTo } from './support/tab-to.ts';
import { freshName, getTenant, removeCompletely } from './support/test-tenant.ts';

const name = freshName('cockpit');
/** A tenant becomes Ready in seconds; the machine may have other things to do. */
const PATIENCE = { timeout: 120_000 };
let desktop: DesktopWindow;

beforeAll(async () => {
  const [environment, stack] = await Promise.all([desktopEnvironment(), runningStack('keycloak', 'kube-apiserver')]);
  desktop = await desktopWindow({ environment });
  desktop.signInWith({ username: SAMPLE_STAFF.username, password: await stack.secret(personSecret(SAMPLE_STAFF.username)) });
});
afterAll(async () => {
  await desktop?.[Symbol.asyncDispose]();
  await removeCompletely(name);
});

it('a member of staff signs in, makes a tenant that the cluster has checked, and sees it become ready', async () => {
  const { page } = desktop;
  await page.goto(`${new URL(page.url()).origin}/#/platform/tenants`);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await page.getByText('Live', { exact: true }).waitFor();
  await isAccessible();

  await page.getByRole('main').getByRole('link', { name: 'New tenant' }).click();
  await page.getByRole('textbox', { name: 'Name', exact: true }).fill(name);
  await page.getByRole('combobox', { name: 'Class' }).click();
  await page.getByRole('option', { name: 'standard', exact: true }).click();
  // The cluster's own schema made this field, and the cluster refuses what it does not allow.
  const create = page.getByRole('button', { name: 'Create', exact: true });
  expect(await create.isDisabled()).toBe(true);
  await page.getByRole('button', { name: 'Check with the cluster' }).click();
  await page.getByRole('cell', { name: 'spec.classRef' }).first().waitFor();
  await isAccessible();
  await create.click();

  await page.waitForURL(`**/#/platform/tenants/${name}`);
  await page.getByText('As it should be').waitFor(PATIENCE);
  await page.getByText('Ready', { exact: true }).first().waitFor(PATIENCE);
  await isAccessible();
});

it('it is suspended with a reason after the change was reviewed, and resumed; its other fields stay', async () => {
  const { page } = desktop;
  await page.getByRole('button', { name: 'Actions' }).click();
  await page.getByRole('menuitem', { name: 'Suspend', exact: true }).click();
  const dialog = page.getByRole('dialog');
  const review = dialog.getByRole('button', { name: 'Review the change' });
  expect(await review.isDisabled()).toBe(true);
  await dialog.getByRole('textbox', { name: 'Reason' }).fill('Invoice 4711 is overdue');
  await review.click();
  await dialog.getByRole('cell', { name: 'Suspended', exact: true }).waitFor();
  expect((await getTenant(name)).spec.lifecycle.state).toBe('Active');
  await isAccessible();
  await dialog.getByRole('button', { name: `Change ${name}` }).click();
  await page.getByText('Suspended as spec.lifecycle.state asks', { exact: false }).waitFor(PATIENCE);
  expect(await getTenant(name)).toMatchObject({
    metadata: { annotations: { 'tenantry.dev/change-reason': 'Invoice 4711 is overdue' } },
    spec: { classRef: { name: 'standard' }, lifecycle: { state: 'Suspended', reason: 'Invoice 4711 is overdue' } },
  });

  // What helps against the reason is offered beside it; this time without a mouse.
  await tabTo(page.getByRole('button', { name: 'Resume', exact: true }));
  await page.keyboard.press('Enter');
  await tabTo(review);
  await page.keyboard.press('Enter');
  await tabTo(dialog.getByRole('button', { name: `Change ${name}` }));
  await page.keyboard.press('Enter');
  await page.getByText('Everything equals the spec.', { exact: false }).waitFor(PATIENCE);
  await eventually(async () => expect((await getTenant(name)).spec.lifecycle).toEqual({ state: 'Active' }), { limitMs: 30_000 });
});

it('the list shows it among all others, the filter is in the address, and the fleet counts it', async () => {
  const { page } = desktop;
  await page.getByRole('navigation').getByRole('link', { name: 'Tenants', exact: true }).click();
  await page.getByRole('textbox', { name: 'Search' }).fill(name);
  await page.waitForURL(`**/#/platform/tenants?q=${name}`);
  await page.getByRole('grid').getByRole('link', { name }).click();
  await page.waitForURL(`**/#/platform/tenants/${name}`);
  await page.getByRole('tab', { name: 'Steps and conditions' }).click();
  await page.getByRole('cell', { name: 'SchemaMigrated' }).waitFor();
  await page.getByRole('tab', { name: 'Events' }).click();
  await page.getByText('Provisioned', { exact: true }).waitFor();
  await page.getByRole('navigation').getByRole('link', { name: 'Fleet' }).click();
  await page.getByRole('region', { name: 'Roll-out of classes' }).getByText('standard', { exact: true }).waitFor();
  await page.getByRole('region', { name: 'Schema versions' }).getByText('the newest', { exact: false }).waitFor();
  await isAccessible();
  await page.getByRole('region', { name: 'How they are' }).getByRole('link').first().click();
  await page.waitForURL('**/#/platform/tenants?phase=**');
  expect(desktop.complaints).toEqual([]);
});

/** Nothing serious or critical in either theme. */
async function isAccessible(): Promise<void> {
  for (const colorScheme of ['light', 'dark'] as const) {
    await desktop.page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    expect({ colorScheme, problems: await desktop.accessibilityProblems() }).toEqual({ colorScheme, problems: [] });
  }
}
