import { GROUP } from '@tenantry/contracts';
import { type DesktopWindow, desktopWindow } from '@tenantry/desktop/testing/desktop-window.ts';
import { personSecret, SAMPLE_STAFF } from '@tenantry/stack/keycloak/realms.ts';
import { eventually } from '@tenantry/stack/testing/eventually.ts';
import { runningStack } from '@tenantry/stack/testing/running-stack.ts';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { desktopEnvironment } from './support/desktop-environment.ts';
import { type Keyboard, keyboardOf } from './support/keyboard.ts';
import { kubectl } from './support/kubectl.ts';
import { openAsStaff } from './support/open-as-staff.ts';
import { freshName, getTenant, onboard, removeCompletely, type TestTenant } from './support/test-tenant.ts';

const name = freshName('backups');
const PATIENCE = { timeout: 60_000 };
let tenant: TestTenant;
let desktop: DesktopWindow;
let keyboard: Keyboard;

beforeAll(async () => {
  tenant = await onboard(name);
  const [environment, stack] = await Promise.all([desktopEnvironment(), runningStack('s3', 'keycloak', 'kube-apiserver')]);
  desktop = await desktopWindow({ environment });
  desktop.signInWith({ username: SAMPLE_STAFF.username, password: await stack.secret(personSecret(SAMPLE_STAFF.username)) });
  const { page } = desktop;
  keyboard = await keyboardOf(page);
  await page.emulateMedia({ reducedMotion: 'reduce' });
  await openAsStaff(page, `tenants/${name}?tab=backups`);
});
afterAll(async () => {
  await desktop?.[Symbol.asyncDispose]();
  for (const kind of ['tenantbackups', 'tenantrestores'])
    await kubectl(['delete', `${kind}.${GROUP}`, `--field-selector=spec.tenantRef.name=${name}`]);
  await removeCompletely(name);
});

it('a tenant is backed up from the cockpit while it is served', async () => {
  const { page } = desktop;
  await tenant.api.create({ name: 'Of the backup' });
  await page.getByText('No backup has been asked for yet').waitFor(PATIENCE);
  await isAccessible();
  await keyboard.press(page.getByRole('button', { name: 'Back up now', exact: true }));
  const backups = page.getByRole('table', { name: 'Backups, the newest first' });
  await backups.getByText('There and proven').waitFor(PATIENCE);
  await backups.getByText(`/backups/${tenant.tenantId}/`).waitFor();
});

it('nothing can be restored into it while it is served; suspended it has the backup’s data again when its name was typed', async () => {
  const { page } = desktop;
  const [restore, dialog] = [page.getByRole('button', { name: /^Restore the backup of/ }), page.getByRole('dialog')];
  const spoilt = await tenant.api.create({ name: 'Of the accident' });
  await page.getByText('Suspend the tenant first').waitFor();
  expect(await restore.isDisabled()).toBe(true);
  await isAccessible();

  await keyboard.press(page.getByRole('button', { name: 'Suspend', exact: true }));
  await keyboard.type(dialog.getByRole('textbox', { name: 'Reason' }), 'Data is being restored');
  await keyboard.press(dialog.getByRole('button', { name: 'Review the change' }));
  await keyboard.press(dialog.getByRole('button', { name: `Change ${name}` }));
  await dialog.waitFor({ state: 'detached' });
  await eventually(async () => expect(await restore.isEnabled()).toBe(true), { limitMs: 60_000 });

  await keyboard.press(restore);
  const confirm = dialog.getByRole('button', { name: `Restore ${name}` });
  expect(await confirm.isDisabled()).toBe(true);
  await keyboard.type(dialog.getByRole('textbox', { name: `Type ${name} to confirm` }), name);
  await isAccessible();
  await keyboard.press(confirm);
  const restores = page.getByRole('table', { name: 'Restores, the newest first' });
  await restores.getByText('Restored', { exact: true }).waitFor(PATIENCE);
  await restores.getByText(/^replaced_/).waitFor();
  await isAccessible();

  await keyboard.press(page.getByRole('button', { name: 'Resume', exact: true }));
  await keyboard.press(dialog.getByRole('button', { name: 'Review the change' }));
  await keyboard.press(dialog.getByRole('button', { name: `Change ${name}` }));
  await eventually(async () => expect((await getTenant(name)).spec.lifecycle.state).toBe('Active'), { limitMs: 30_000 });
  await eventually(
    async () => {
      const { status, body } = await tenant.api.call<{ items: { name: string }[] }>('GET', '/v1/customers');
      expect({ status, names: body?.items?.map((customer) => customer.name) }).toEqual({ status: 200, names: ['Of the backup'] });
    },
    { limitMs: 60_000 },
  );
  expect((await tenant.api.call('GET', `/v1/customers/${spoilt.id}`)).status).toBe(404);
  expect(desktop.complaints).toEqual([]);
});

async function isAccessible(): Promise<void> {
  for (const colorScheme of ['light', 'dark'] as const) {
    await desktop.page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    expect({ colorScheme, problems: await desktop.accessibilityProblems() }).toEqual({ colorScheme, problems: [] });
  }
}
