import { type DesktopWindow, desktopWindow } from '@tenantry/desktop/testing/desktop-window.ts';
import { eventually } from '@tenantry/stack/testing/eventually.ts';
import { type TestPerson, testPerson } from '@tenantry/stack/testing/token-for.ts';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { desktopEnvironment } from './support/desktop-environment.ts';
import { kubectl } from './support/kubectl.ts';
import { makeClass, removeClass } from './support/test-class.ts';
import { freshName, onboard, removeCompletely, type TestTenant, testTenant, waitForReady } from './support/test-tenant.ts';

const CLASS = freshName('e2e-class');
const name = freshName('moving');
let tenant: TestTenant;
let person: TestPerson;
let desktop: DesktopWindow;

beforeAll(async () => {
  await makeClass(CLASS);
  tenant = await onboard(name, { classRef: { name: CLASS } });
  [person, desktop] = await Promise.all([
    testPerson(name, 'editor'),
    desktopEnvironment().then((environment) => desktopWindow({ environment })),
    tenant.api.create({ name: 'Made by the shared replicas' }),
  ]);
  desktop.signInWith(person);
  await desktop.page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await desktop.page.waitForURL(`**/#/tenants/${name}`);
});
afterAll(async () => {
  await desktop?.[Symbol.asyncDispose]();
  await person?.remove();
  await removeCompletely(name);
  await removeClass(CLASS);
});

it('whoever works in a tenant goes on when it is given replicas of its own, and when it goes back', async () => {
  const { page } = desktop;
  const customers = page.getByRole('grid', { name: 'Customers' });
  await page.getByRole('navigation').getByRole('link', { name: 'Customers' }).click();
  await customers.getByText('Made by the shared replicas').waitFor();
  const shared = tenant.url;
  for (const mode of ['Dedicated', 'Pooled']) {
    await kubectl(['patch', `tenants.tenantry.dev/${name}`, '--type=merge', '--patch', JSON.stringify({ spec: { workload: { mode } } })]);
    await waitForReady(name);
    const moved = await testTenant(name);
    expect(moved.url === shared).toBe(mode === 'Pooled');
    // Made where the tenant is served now; the window hears of it, and asks for it, by itself.
    const said = `Made while it was ${mode}`;
    await eventually(async () => expect(await moved.api.create({ name: said })).toMatchObject({ name: said }), { limitMs: 30_000 });
    await customers.getByText(said).waitFor();
  }
  expect(await page.getByRole('alert').count()).toBe(0);
});
