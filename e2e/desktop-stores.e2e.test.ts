import { type DesktopWindow, desktopWindow } from '@tenantry/desktop/testing/desktop-window.ts';
import { personSecret, SAMPLE_STAFF } from '@tenantry/stack/keycloak/realms.ts';
import { runningStack } from '@tenantry/stack/testing/running-stack.ts';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { desktopEnvironment } from './support/desktop-environment.ts';
import { openAsStaff } from './support/open-as-staff.ts';
import { freshName, onboard, removeCompletely } from './support/test-tenant.ts';

const name = freshName('stores');
const PATIENCE = { timeout: 60_000 };
let desktop: DesktopWindow | undefined;

beforeAll(async () => {
  await onboard(name, { classRef: { name: 'standard' }, messaging: { topics: [{ name: 'orders', partitions: 2 }] } });
});
afterEach(async () => {
  await desktop?.[Symbol.asyncDispose]();
  desktop = undefined;
});
afterAll(async () => {
  await removeCompletely(name);
});

it('the cockpit has size, version and connections of a tenant’s database, its topics with their lag, and says that it has no queues', async () => {
  const { page } = await storesOf(name);
  const database = page.getByRole('region', { name: 'Database', exact: true });
  await database.getByRole('row', { name: /^Size [\d.,]+ (kB|MB)$/ }).waitFor(PATIENCE);
  await database.getByRole('row', { name: /^Schema version \d+, the newest$/ }).waitFor();
  await database.getByRole('row', { name: /^Connections of the server \d+ of \d+$/ }).waitFor();
  await database.getByRole('row', { name: /^tenantry_api@\S+ All tenants it may become \d+/ }).waitFor();
  const topics = page.getByRole('region', { name: 'Topics', exact: true });
  await topics.getByRole('row', { name: new RegExp(`^${name}.orders 2 0 `) }).waitFor();
  await topics.getByRole('row', { name: new RegExp(`^${name}.events 3 `) }).waitFor();
  await page.getByRole('region', { name: 'Queues', exact: true }).getByText('The tenant has no queues.').waitFor();
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    expect({ colorScheme, problems: await desktop?.accessibilityProblems() }).toEqual({ colorScheme, problems: [] });
  }
  expect(desktop?.complaints).toEqual([]);
}, 300_000);

it('where the operator may not be asked, the panel says so', async () => {
  const { page } = await storesOf(name, { namespace: 'tenantry-system', service: 'nowhere' });
  await page.getByText('You may not ask the operator here').waitFor(PATIENCE);
}, 120_000);

async function storesOf(tenant: string, operator?: { readonly namespace: string; readonly service: string }): Promise<DesktopWindow> {
  const [environment, stack] = await Promise.all([desktopEnvironment(), runningStack('keycloak', 'kube-apiserver')]);
  const { staff } = environment;
  if (staff === undefined) throw new Error('the local platform has a platform view');
  desktop = await desktopWindow({ environment: operator === undefined ? environment : { ...environment, staff: { ...staff, operator } } });
  desktop.signInWith({ username: SAMPLE_STAFF.username, password: await stack.secret(personSecret(SAMPLE_STAFF.username)) });
  const { page } = desktop;
  await openAsStaff(page, `tenants/${tenant}?tab=stores`);
  return desktop;
}
