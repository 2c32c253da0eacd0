import { type DesktopWindow, desktopWindow } from '@tenantry/desktop/testing/desktop-window.ts';
import { personSecret, SAMPLE_STAFF } from '@tenantry/stack/keycloak/realms.ts';
import { eventually } from '@tenantry/stack/testing/eventually.ts';
import { runningStack } from '@tenantry/stack/testing/running-stack.ts';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { desktopEnvironment } from './support/desktop-environment.ts';
import { openAsStaff } from './support/open-as-staff.ts';
import { freshName, getTenant, onboard, removeCompletely } from './support/test-tenant.ts';

/** Both are found by it, and nothing else is. */
const prefix = freshName('many');
const names = [`${prefix}-a`, `${prefix}-b`] as const;
let desktop: DesktopWindow;

beforeAll(async () => {
  const [environment, stack] = await Promise.all([desktopEnvironment(), runningStack('keycloak', 'kube-apiserver')]);
  await Promise.all(names.map((name) => onboard(name, {})));
  // As a production environment, so that what is dangerous is typed. It takes no address that is not https; nobody calls a tenant's API here.
  const tenants = { ...environment.tenants, apiUrl: 'https://tenants.invalid' };
  desktop = await desktopWindow({ environment: { ...environment, kind: 'production', tenants } });
  desktop.signInWith({ username: SAMPLE_STAFF.username, password: await stack.secret(personSecret(SAMPLE_STAFF.username)) });
  const { page } = desktop;
  await openAsStaff(page, 'tenants');
  await page.getByText('Live', { exact: true }).waitFor();
}, 180_000);
afterAll(async () => {
  await desktop?.[Symbol.asyncDispose]();
  await Promise.all(names.map((name) => removeCompletely(name)));
});

it('edits a tenant as YAML: the cluster says what would change, and nothing else becomes the desktop’s', async () => {
  const { page } = desktop;
  const [name] = names;
  await page.goto(`${new URL(page.url()).origin}/#/platform/tenants/${name}?tab=manifest`);
  await page.getByRole('button', { name: 'Edit', exact: true }).click();
  const editor = page.getByRole('textbox', { name: 'YAML' });
  const text = await editor.inputValue();
  await editor.fill('spec: [');
  expect(await page.getByRole('button', { name: 'Review the change' }).isDisabled()).toBe(true);
  await editor.fill(text.replace(/^spec:$/m, 'spec:\n  displayName: Müller & Söhne'));
  await page.getByRole('button', { name: 'Review the change' }).click();
  await page.getByRole('cell', { name: 'spec.displayName' }).waitFor();
  expect(await desktop.accessibilityProblems()).toEqual([]);
  expect((await getTenant(name)).spec.displayName).toBeUndefined();
  const change = page.getByRole('button', { name: `Change ${name}` });
  expect(await change.isDisabled()).toBe(true);
  await page.getByRole('textbox', { name: `Type ${name} to confirm` }).fill(name);
  await change.click();
  await eventually(async () => expect((await getTenant(name)).spec.displayName).toBe('Müller & Söhne'), { limitMs: 30_000 });
  await page.getByText('displayName: Müller & Söhne', { exact: false }).waitFor();
});

it('changes all that are chosen, each as the cluster answers for it, once their number is typed', async () => {
  const { page } = desktop;
  await page.goto(`${new URL(page.url()).origin}/#/platform/tenants?q=${prefix}`);
  await page.getByRole('checkbox', { name: `Choose ${names[0]}` }).click();
  await page.getByRole('checkbox', { name: 'Choose all that are shown' }).click();
  await page.getByText('2 tenants chosen').waitFor();
  await page.getByRole('button', { name: 'Change them' }).click();
  await page.getByRole('menuitem', { name: 'Set a label' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('textbox', { name: 'Label' }).fill('example.org/tier');
  await dialog.getByRole('textbox', { name: 'Value' }).fill('gold');
  await dialog.getByRole('button', { name: 'Review the change' }).click();
  await dialog.getByText('1 field would change').nth(1).waitFor();
  expect(await desktop.accessibilityProblems()).toEqual([]);
  const change = dialog.getByRole('button', { name: 'Change 2 tenants' });
  expect(await change.isDisabled()).toBe(true);
  await dialog.getByRole('textbox', { name: 'Type 2 to confirm' }).fill('2');
  await change.click();
  await dialog.getByText('2 tenants are being changed').waitFor();
  for (const name of names) expect((await getTenant(name)).metadata.labels).toMatchObject({ 'example.org/tier': 'gold' });
  await dialog.getByRole('button', { name: 'Close', exact: true }).last().click();
  await dialog.waitFor({ state: 'detached' });
  expect(desktop.complaints).toEqual([]);
});
