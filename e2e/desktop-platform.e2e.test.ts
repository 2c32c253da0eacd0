import { type DesktopWindow, desktopWindow } from '@tenantry/desktop/testing/desktop-window.ts';
import { personSecret, SAMPLE_STAFF } from '@tenantry/stack/keycloak/realms.ts';
import { eventually } from '@tenantry/stack/testing/eventually.ts';
import { runningStack } from '@tenantry/stack/testing/running-stack.ts';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { desktopEnvironment } from './support/desktop-environment.ts';
import { type Keyboard, keyboardOf } from './support/keyboard.ts';
import { freshName, getTenant, readyPods, removeCompletely } from './support/test-tenant.ts';

const name = freshName('cockpit');
/** What people may call a tenant, and what no screen may take for more than that. */
const DISPLAY_NAME = '<img src=x onerror="globalThis.wasRun=1"> & Sons';
/** A tenant becomes Ready in seconds; the machine may have other things to do. */
const PATIENCE = { timeout: 120_000 };
let desktop: DesktopWindow;
let keyboard: Keyboard;

beforeAll(async () => {
  const [environment, stack] = await Promise.all([desktopEnvironment(), runningStack('keycloak', 'kube-apiserver')]);
  desktop = await desktopWindow({ environment });
  desktop.signInWith({ username: SAMPLE_STAFF.username, password: await stack.secret(personSecret(SAMPLE_STAFF.username)) });
  keyboard = await keyboardOf(desktop.page);
});
afterAll(async () => {
  await desktop?.[Symbol.asyncDispose]();
  await removeCompletely(name);
});

it('a member of staff signs in, makes a tenant that the cluster has checked, and sees it become ready, without a mouse', async () => {
  const { page } = desktop;
  const main = page.getByRole('main');
  await page.goto(`${new URL(page.url()).origin}/#/platform/tenants`);
  await page.getByRole('heading', { name: 'Sign in as platform staff' }).waitFor();
  await page.keyboard.press('Tab');
  expect(await keyboard.isIn(page.getByRole('button', { name: 'Skip to the content' }))).toBe(true);
  await page.keyboard.press('Enter');
  expect(await keyboard.isIn(main)).toBe(true);
  await keyboard.press(main.getByRole('button', { name: 'Sign in', exact: true }));
  await page.getByText('Live', { exact: true }).waitFor();
  // The button is gone: the content has the focus, and not the window.
  await eventually(async () => expect(await keyboard.isIn(main)).toBe(true));
  await isAccessible();

  await keyboard.press(main.getByRole('link', { name: 'New tenant' }));
  await keyboard.type(page.getByRole('textbox', { name: 'Name', exact: true }), name);
  await keyboard.type(page.getByRole('textbox', { name: 'Display name' }), DISPLAY_NAME);
  await keyboard.choose(page.getByRole('combobox', { name: 'Class' }), 'standard');
  // The cluster's own schema made this field, and the cluster refuses what it does not allow.
  const create = page.getByRole('button', { name: 'Create', exact: true });
  expect(await create.isDisabled()).toBe(true);
  const check = page.getByRole('button', { name: 'Check with the cluster' });
  await keyboard.press(check);
  await page.getByRole('cell', { name: 'spec.classRef' }).first().waitFor();
  // While it was asked it was disabled, which takes the focus from a button.
  await eventually(async () => expect(await keyboard.isIn(check)).toBe(true));
  await isAccessible();
  await keyboard.press(create);

  await page.waitForURL(`**/#/platform/tenants/${name}`);
  await eventually(async () => expect(await keyboard.isIn(main)).toBe(true));
  await main.getByText(DISPLAY_NAME, { exact: true }).waitFor();
  await page.getByText('As it should be').waitFor(PATIENCE);
  await page.getByText('Ready', { exact: true }).first().waitFor(PATIENCE);
  await isAccessible();
}, 400_000);

it('it is suspended with a reason after the change was reviewed, and resumed; its other fields stay', async () => {
  const { page } = desktop;
  const dialog = page.getByRole('dialog');
  const review = dialog.getByRole('button', { name: 'Review the change' });
  await keyboard.chooseFromMenu(actions(), 'Suspend');
  await dialog.waitFor();
  expect(await review.isDisabled()).toBe(true);
  await keyboard.type(dialog.getByRole('textbox', { name: 'Reason' }), 'Invoice 4711 is overdue');
  await keyboard.press(review);
  await dialog.getByRole('cell', { name: 'Suspended', exact: true }).waitFor();
  expect((await getTenant(name)).spec.lifecycle.state).toBe('Active');
  await isAccessible();
  await keyboard.press(dialog.getByRole('button', { name: `Change ${name}` }));
  await dialog.waitFor({ state: 'detached' });
  // The menu that it came from is long gone; its button is where one goes on.
  await eventually(async () => expect(await keyboard.isIn(actions())).toBe(true));
  await page.getByText('Suspended as spec.lifecycle.state asks', { exact: false }).waitFor(PATIENCE);
  expect(await getTenant(name)).toMatchObject({
    metadata: { annotations: { 'tenantry.dev/change-reason': 'Invoice 4711 is overdue' } },
    spec: { classRef: { name: 'standard' }, lifecycle: { state: 'Suspended', reason: 'Invoice 4711 is overdue' } },
  });

  // What helps against the reason is offered beside it.
  await keyboard.press(page.getByRole('button', { name: 'Resume', exact: true }));
  await carryOut();
  await page.getByText('Everything equals the spec.', { exact: false }).waitFor(PATIENCE);
  await eventually(async () => expect((await getTenant(name)).spec.lifecycle).toEqual({ state: 'Active' }), { limitMs: 30_000 });
});

it('the list shows it among all others, the filter is in the address, and the fleet counts it', async () => {
  const { page } = desktop;
  const navigation = page.getByRole('navigation');
  await keyboard.press(navigation.getByRole('link', { name: 'Tenants', exact: true }));
  await keyboard.type(page.getByRole('textbox', { name: 'Search' }), name);
  await page.waitForURL(`**/#/platform/tenants?q=${name}`);
  await page.getByRole('grid').getByRole('link', { name }).waitFor();
  await keyboard.press(page.getByRole('grid', { name: 'Tenants' }));
  await page.waitForURL(`**/#/platform/tenants/${name}`);
  await keyboard.showTab('Steps and conditions');
  await page.getByRole('cell', { name: 'SchemaMigrated' }).waitFor();
  await keyboard.showTab('Events');
  await page.getByText('Provisioned', { exact: true }).waitFor();
  await keyboard.press(navigation.getByRole('link', { name: 'Fleet' }));
  await page.getByRole('region', { name: 'Roll-out of classes' }).getByText('standard', { exact: true }).waitFor();
  await page.getByRole('region', { name: 'Schema versions' }).getByText('the newest', { exact: false }).waitFor();
  await isAccessible();
  await keyboard.press(page.getByRole('region', { name: 'How they are' }).getByRole('link').first());
  await page.waitForURL('**/#/platform/tenants?phase=**');
});

it('its credentials are rotated, and its class gives it replicas of its own, whose logs are followed and searched', async () => {
  const { page } = desktop;
  await page.goto(`${new URL(page.url()).origin}/#/platform/tenants/${name}`);
  await keyboard.chooseFromMenu(actions(), 'Rotate credentials');
  await carryOut();
  await eventually(async () => expect((await getTenant(name)).status?.credentials?.generation).toBe(2), { limitMs: 60_000 });

  await keyboard.chooseFromMenu(actions(), 'Change the class');
  await keyboard.choose(page.getByRole('dialog').getByRole('combobox', { name: 'New class instead of standard' }), 'dedicated');
  await carryOut();
  await keyboard.showTab('Pods and logs');
  await page.getByRole('cell', { name: 'Running' }).waitFor(PATIENCE);
  const logs = page.getByRole('log', { name: 'Logs of all pods' });
  await logs.getByText('api is serving').waitFor(PATIENCE);
  await isAccessible();
  const search = page.getByRole('textbox', { name: 'Search in the logs' });
  await keyboard.type(search, 'nothing says this');
  await logs.getByText('api is serving').waitFor({ state: 'detached' });
  await keyboard.type(search, 'API IS SERVING');
  await logs.getByText('api is serving').waitFor();
});

it('it is scaled, both replicas are shown and their logs are one', async () => {
  const { page } = desktop;
  await eventually(async () => expect(await readyPods(name)).toHaveLength(1), { limitMs: 120_000, everyMs: 250 });
  await keyboard.chooseFromMenu(actions(), 'Scale');
  await keyboard.type(page.getByRole('dialog').getByRole('textbox', { name: 'Replicas' }), '2');
  await carryOut();
  expect((await getTenant(name)).spec.workload?.replicas).toBe(2);
  const pods = await eventually(
    async () => {
      const ready = await readyPods(name);
      expect(ready).toHaveLength(2);
      return ready;
    },
    { limitMs: 120_000, everyMs: 250 },
  );
  for (const pod of pods) await page.getByRole('cell', { name: pod }).waitFor(PATIENCE);
  await keyboard.type(page.getByRole('textbox', { name: 'Search in the logs' }), 'api is serving');
  const logs = page.getByRole('log', { name: 'Logs of all pods' });
  for (const pod of pods) await logs.getByText(pod.slice(-5)).first().waitFor(PATIENCE);
});

it('it is deleted with a reason and its name typed, and its data is kept', async () => {
  const { page } = desktop;
  const dialog = page.getByRole('dialog');
  await keyboard.chooseFromMenu(actions(), 'Delete');
  await dialog.getByText('All data is kept', { exact: false }).waitFor();
  await keyboard.type(dialog.getByRole('textbox', { name: 'Reason' }), 'The contract has ended');
  await keyboard.press(dialog.getByRole('button', { name: 'Review the change' }));
  const confirm = dialog.getByRole('button', { name: `Change ${name}` });
  await confirm.waitFor();
  expect(await confirm.isDisabled()).toBe(true);
  expect((await getTenant(name)).metadata).not.toHaveProperty('deletionTimestamp');
  await keyboard.type(dialog.getByRole('textbox', { name: `Type ${name} to confirm` }), name);
  await keyboard.press(confirm);
  await page.getByText(`${name} is not there any more`).waitFor(PATIENCE);
  await isAccessible();
  // Everything above was done without a mouse, and nothing that a person or a server wrote has run.
  expect([await keyboard.sawMouse(), await page.evaluate('globalThis.wasRun')]).toEqual([false, undefined]);
  expect(desktop.complaints).toEqual([]);
});

const actions = () => desktop.page.getByRole('button', { name: 'Actions' });

/** What is asked for in the dialog is reviewed and done. */
async function carryOut(): Promise<void> {
  const dialog = desktop.page.getByRole('dialog');
  await keyboard.press(dialog.getByRole('button', { name: 'Review the change' }));
  await keyboard.press(dialog.getByRole('button', { name: `Change ${name}` }));
  await dialog.waitFor({ state: 'detached' });
}

/** Nothing serious or critical in either theme. */
async function isAccessible(): Promise<void> {
  for (const colorScheme of ['light', 'dark'] as const) {
    await desktop.page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    expect({ colorScheme, problems: await desktop.accessibilityProblems() }).toEqual({ colorScheme, problems: [] });
  }
}
