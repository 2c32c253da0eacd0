import { randomUUID } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Report } from '@tenantry/contracts';
import { desktopWindow } from '@tenantry/desktop/testing/desktop-window.ts';
import { eventually } from '@tenantry/stack/testing/eventually.ts';
import { testPerson } from '@tenantry/stack/testing/token-for.ts';
import { customerBase } from './support/customer-base.ts';
import { desktopEnvironment } from './support/desktop-environment.ts';
import { TenantApi } from './support/tenant-api.ts';
import { enterTenant, showScreen, type TenantScreen, tenantScreens } from './support/tenant-screens.ts';
import { cachedToken, freshName, onboard, removeCompletely } from './support/test-tenant.ts';

/**
 * Pictures of every screen of a tenant for the documentation, taken of the running platform, in both schemes: `npm run screenshots [folder]`.
 * Ends with 1 when axe finds something serious or critical on any of them, or a page complains.
 */
const [folder = resolve(import.meta.dirname, '../docs/screenshots/tenant')] = process.argv.slice(2);
/** Of these the documentation shows the dark one, too. */
const BOTH = ['dashboard', 'customers', 'customer-edit'];
const name = freshName('pictures');
const found: string[] = [];

await mkdir(folder, { recursive: true });
const tenant = await onboard(name, { displayName: 'Acme Bank' });
try {
  await using person = await testPerson(name, 'admin');
  const { customers, account } = await customerBase(tenant, 120);
  const api = new TenantApi(
    tenant.url,
    cachedToken(async () => (await person.signIn()).accessToken),
  );
  await work(api, customers[0]?.id ?? '');
  await using window = await desktopWindow({ environment: await desktopEnvironment() });
  await window.page.emulateMedia({ reducedMotion: 'reduce' });
  await enterTenant(window, person, name);
  // Where it has just clicked something else will be, which would show that it is pointed at.
  await window.page.mouse.move(0, 0);
  for (const screen of tenantScreens({ customer: customers[0]?.id ?? '', account: account.id })) {
    await showScreen(window, name, screen);
    // Both while it is there: to come to a screen takes longer than to paint it anew.
    for (const colorScheme of ['light', 'dark'] as const) {
      await window.page.emulateMedia({ colorScheme });
      const path = join(folder, `${screen.name}${colorScheme === 'light' ? '' : '-dark'}.png`);
      if (colorScheme === 'light' || BOTH.includes(screen.name)) await window.page.screenshot({ path, animations: 'disabled' });
      found.push(...(await problemsOf(screen, colorScheme)));
    }
    await window.page.emulateMedia({ colorScheme: 'light' });
  }
  found.push(...window.complaints);

  async function problemsOf(screen: TenantScreen, colorScheme: string): Promise<string[]> {
    return (await window.accessibilityProblems()).map((problem) => `${screen.name}, ${colorScheme}: ${problem}`);
  }
} finally {
  await removeCompletely(name);
}
for (const problem of found) console.error(problem);
process.exitCode = found.length > 0 ? 1 : 0;

/** What there is to see beside customers and their money. */
async function work(api: TenantApi, customerId: string): Promise<void> {
  const post = async (path: string, body: object): Promise<void> => {
    const { status, text } = await api.call('POST', path, { body, headers: { 'idempotency-key': randomUUID() } });
    if (status >= 300) throw new Error(`POST ${path} answered ${status} ${text}`);
  };
  // Before what is sent to it.
  await post('/v1/webhook-endpoints', {
    url: 'https://hooks.example.org/tenantry',
    types: ['dev.tenantry.customer.*'],
    description: 'CRM',
  });
  await api.update({ id: customerId, version: 1 }, { segment: 'private', tags: ['vip', 'referral'] });
  await api.update({ id: customerId, version: 2 }, { phone: '+4930765432', attributes: { seats: 12 } });
  await api.call('PUT', `/v1/customers/${customerId}/profile/crm`, { body: { payload: { plan: 'gold', tickets: { open: 1 } } } });
  await post('/v1/machine-clients', { name: 'nightly sync', role: 'machine' });
  // The same person, written differently.
  await api.create({ name: 'Ada Hoper', phone: '+49301000000' });
  await post('/v1/report-schedules', {
    name: 'Board, every month',
    report: 'customer-growth',
    parameters: { period: 'last-month', by: 'day' },
    cron: '0 6 1 * *',
    timeZone: 'Europe/Berlin',
    format: 'pdf',
  });
  for (const report of ['customer-segments', 'account-balances']) await post('/v1/reports', { report, format: 'xlsx' });
  await eventually(
    async () => {
      const { items } = (await api.call<{ items: Report[] }>('GET', '/v1/reports')).body;
      if (items.length < 2 || items.some(({ status }) => status !== 'succeeded')) throw new Error('the reports are not made yet');
    },
    { limitMs: 60_000 },
  );
}
