import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { GROUP } from '@tenantry/contracts';
import { type DesktopWindow, desktopWindow } from '@tenantry/desktop/testing/desktop-window.ts';
import { personSecret, SAMPLE_STAFF } from '@tenantry/stack/keycloak/realms.ts';
import { runningStack } from '@tenantry/stack/testing/running-stack.ts';
import { desktopEnvironment } from './support/desktop-environment.ts';
import { kubectl } from './support/kubectl.ts';
import { openAsStaff } from './support/open-as-staff.ts';
import { freshName, onboard, removeCompletely } from './support/test-tenant.ts';

type Page = DesktopWindow['page'];

/**
 * Pictures of every screen of the platform view for the documentation, taken of the running platform, in both schemes:
 * `npm run screenshots:platform [folder]`. Ends with 1 when axe finds something serious or critical on any of them, or a page complains.
 */
const [folder = resolve(import.meta.dirname, '../docs/screenshots/platform')] = process.argv.slice(2);
/** Of these the documentation shows the dark one, too. */
const BOTH = ['tenants', 'tenant'];
const name = freshName('pictures');
const found: string[] = [];

const SCREENS: readonly { readonly name: string; readonly path: string; readonly complete: (page: Page) => Promise<void> }[] = [
  { name: 'tenants', path: 'tenants', complete: (page) => page.getByRole('link', { name, exact: true }).waitFor() },
  {
    name: 'fleet',
    path: 'fleet',
    complete: (page) => page.getByRole('region', { name: 'Roll-out of classes' }).getByText('standard').waitFor(),
  },
  { name: 'tenant', path: `tenants/${name}`, complete: (page) => page.getByText('As it should be').waitFor() },
  {
    name: 'tenant-steps',
    path: `tenants/${name}?tab=steps`,
    complete: (page) => page.getByRole('cell', { name: 'SchemaMigrated' }).waitFor(),
  },
  { name: 'tenant-events', path: `tenants/${name}?tab=events`, complete: (page) => page.getByText('Provisioned').waitFor() },
  { name: 'tenant-backups', path: `tenants/${name}?tab=backups`, complete: backUp },
  { name: 'tenant-pods', path: `tenants/${name}?tab=pods`, complete: (page) => page.getByText('no pods of its own').waitFor() },
  { name: 'tenant-yaml', path: `tenants/${name}?tab=manifest`, complete: (page) => page.getByText('apiVersion').waitFor() },
  { name: 'change', path: `tenants/${name}`, complete: reviewSuspension },
  { name: 'new-tenant', path: 'new-tenant', complete: checkNewTenant },
];

await mkdir(folder, { recursive: true });
await onboard(name, { displayName: 'Acme Bank' });
try {
  const [environment, stack] = await Promise.all([desktopEnvironment(), runningStack('keycloak', 'kube-apiserver')]);
  await using window = await desktopWindow({ environment });
  const { page } = window;
  const { origin } = new URL(page.url());
  await page.emulateMedia({ reducedMotion: 'reduce' });
  window.signInWith({ username: SAMPLE_STAFF.username, password: await stack.secret(personSecret(SAMPLE_STAFF.username)) });
  await openAsStaff(page, 'tenants');
  // Where it has just clicked something else will be, which would show that it is pointed at.
  await page.mouse.move(0, 0);
  for (const screen of SCREENS) {
    await page.goto(`${origin}/#/platform/${screen.path}`);
    await page
      .getByText('Live', { exact: true })
      .or(page.getByRole('heading', { name: 'New tenant' }))
      .first()
      .waitFor();
    await screen.complete(page);
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      found.push(...(await window.accessibilityProblems()).map((problem) => `${screen.name}, ${colorScheme}: ${problem}`));
      const path = join(folder, `${screen.name}${colorScheme === 'light' ? '' : '-dark'}.png`);
      if (colorScheme === 'light' || BOTH.includes(screen.name)) await page.screenshot({ path, animations: 'disabled' });
    }
    await page.emulateMedia({ colorScheme: 'light' });
    await page.keyboard.press('Escape');
  }
  found.push(...window.complaints);
} finally {
  await kubectl(['delete', `tenantbackups.${GROUP}`, `--field-selector=spec.tenantRef.name=${name}`]);
  await removeCompletely(name);
}
for (const problem of found) console.error(problem);
process.exitCode = found.length > 0 ? 1 : 0;

async function reviewSuspension(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Actions' }).click();
  await page.getByRole('menuitem', { name: 'Suspend', exact: true }).click();
  await page.getByRole('dialog').getByRole('textbox', { name: 'Reason' }).fill('Invoice 4711 is overdue');
  await page.getByRole('dialog').getByRole('button', { name: 'Review the change' }).click();
  await page.getByRole('dialog').getByRole('cell', { name: 'Suspended', exact: true }).waitFor();
}

async function backUp(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Back up now', exact: true }).click();
  await page.getByText('There and proven').waitFor();
}

async function checkNewTenant(page: Page): Promise<void> {
  await page.getByRole('textbox', { name: 'Name', exact: true }).fill('new-bank');
  await page.getByRole('combobox', { name: 'Class' }).click();
  await page.getByRole('option', { name: 'standard', exact: true }).click();
  await page.getByRole('button', { name: 'Check with the cluster' }).click();
  await page.getByRole('cell', { name: 'spec.classRef' }).first().waitFor();
}
