import { randomUUID } from 'node:crypto';
import type { Account, Customer } from '@tenantry/contracts';
import type { DesktopWindow } from '@tenantry/desktop/testing/desktop-window.ts';
import type { TenantApi } from './tenant-api.ts';
import type { TenantScreen } from './tenant-screens.ts';

type Page = DesktopWindow['page'];

/**
 * Texts that would run, load or break something wherever they were taken for anything but text. What ran sets `wasRun`; what became an element is
 * of the class `hostile`.
 */
export const HOSTILE_TEXTS = [
  '<img class=hostile src=x onerror="globalThis.wasRun=1">',
  '<svg class=hostile onload=globalThis.wasRun=1>',
  '"><script class=hostile>globalThis.wasRun=1</script>',
  'javascript:globalThis.wasRun=1//hostile',
  '{{constructor.constructor("globalThis.wasRun=1")()}} $t(customer.title)',
  '<iframe class=hostile srcdoc="<script>parent.wasRun=1</script>"></iframe>',
  '<style class=hostile>*{display:none}</style><base class=hostile href="//example.org">',
  '\u202egnp.<a class=hostile href=javascript:globalThis.wasRun=1>click</a>',
  '&lt;img class=hostile src=x onerror=globalThis.wasRun=1&gt;',
  '</textarea><details class=hostile open ontoggle=globalThis.wasRun=1>',
] as const;

const [MARKUP, , , , TEMPLATE] = HOSTILE_TEXTS;

/** What a tenant has whose people and programs mean it ill: such texts in everything that takes a text. */
export interface HostileBase {
  /** One for each text, which is its name, external id, segment, tag, and key and value of its attributes. */
  readonly customers: readonly Customer[];
  /** The first of them: its history has all texts, before and after. */
  readonly changed: Customer;
  readonly account: Account;
}

/** @param api of an admin of the tenant */
export async function hostileBase(api: TenantApi): Promise<HostileBase> {
  const post = async <Body>(path: string, body: object, method = 'POST'): Promise<Body> => {
    const answer = await api.call<Body>(method, path, { body, headers: { 'idempotency-key': randomUUID() } });
    if (answer.status >= 300) throw new Error(`${method} ${path} answered ${answer.status} ${answer.text}`);
    return answer.body;
  };
  const fields = HOSTILE_TEXTS.map((text) => ({
    ...{ name: text, externalId: text, segment: text, tags: [text] },
    attributes: { [text]: text, nested: { [text]: [text] } },
  }));
  // The same one again, so that it is found among the duplicates.
  const twin = { ...fields[0], externalId: `${MARKUP} again`, phone: '+49301234567' };
  const created = [{ ...fields[0], phone: twin.phone }, ...fields.slice(1), twin];
  const { results } = await post<{ results: readonly { customer: Customer }[] }>('/v1/customers:batch', {
    items: created.map((customer) => ({ action: 'create', customer })),
  });
  const customers = results.map(({ customer }) => customer);
  const first = customers[0] as Customer;
  const changed = await api.update(first, { segment: TEMPLATE, tags: [...HOSTILE_TEXTS] });
  const account = await post<Account>(`/v1/customers/${first.id}/accounts`, { name: MARKUP, type: 'current', currency: 'EUR' });
  await post(`/v1/accounts/${account.id}/transactions`, {
    ...{ kind: 'deposit', amountMinor: '100', currency: 'EUR' },
    ...{ reference: MARKUP, description: MARKUP },
  });
  await post(`/v1/customers/${first.id}/profile/crm`, { payload: { [MARKUP]: HOSTILE_TEXTS } }, 'PUT');
  await post('/v1/views', { name: MARKUP, resource: 'customers', visibility: 'shared', query: 'filter[status]=active' });
  await post('/v1/webhook-endpoints', { url: 'https://hooks.example.org/x', types: ['dev.tenantry.customer.*'], description: MARKUP });
  await post('/v1/report-schedules', {
    ...{ name: MARKUP, report: 'customer-segments', parameters: {}, cron: '0 6 1 * *', timeZone: 'UTC', format: 'csv' },
  });
  return { customers, changed, account };
}

/** Every screen that shows some of it, complete when it does. */
export function hostileScreens({ customers, changed, account }: HostileBase): readonly TenantScreen[] {
  const list = (query: Readonly<Record<string, string>>) => `/customers?q=${encodeURIComponent(`${new URLSearchParams(query)}`)}`;
  const customer = `/customers/${changed.id}`;
  return [
    { name: 'customers', path: list({ sort: '-createdAt', fields: 'name,externalId,segment,tags' }), complete: shows(...HOSTILE_TEXTS) },
    { name: 'customers filtered', path: list({ 'filter[segment]': HOSTILE_TEXTS[1] }), complete: shows(HOSTILE_TEXTS[1]) },
    ...customers.map(({ id, name }) => ({ name: 'customer', path: `/customers/${id}`, complete: heading(name) })),
    { name: 'customer-edit', path: `${customer}?edit=true`, complete: (page) => page.getByRole('textbox', { name: 'Segment' }).waitFor() },
    { name: 'customer-accounts', path: `${customer}?tab=accounts`, complete: shows(MARKUP) },
    { name: 'customer-history', path: `${customer}?tab=history`, complete: shows(TEMPLATE) },
    { name: 'customer-integrations', path: `${customer}?tab=integrations`, complete: shows('crm') },
    { name: 'customer as it was', path: `${customer}?asOf=${encodeURIComponent(changed.createdAt)}`, complete: heading(changed.name) },
    { name: 'account', path: `/accounts/${account.id}`, complete: shows(MARKUP) },
    { name: 'account-statement', path: `/accounts/${account.id}?tab=statement`, complete: shows('Closing balance', MARKUP) },
    { name: 'duplicates', path: '/duplicates', complete: shows(MARKUP) },
    { name: 'report-schedules', path: '/reports?tab=schedules', complete: shows(MARKUP) },
    { name: 'webhooks', path: '/webhooks', complete: shows(MARKUP) },
    { name: 'audit', path: '/audit', complete: (page) => page.getByRole('grid', { name: 'Audit' }).getByRole('row').nth(2).waitFor() },
  ];
}

/** A file for the import with such texts as its name, in its header, and in rows that are refused. */
export function hostileFile(): { readonly name: string; readonly mimeType: string; readonly buffer: Buffer } {
  const cells = (...texts: readonly string[]) => texts.map((text) => `"${text.replaceAll('"', '""')}"`).join(';');
  const lines = [
    cells('name', 'email', MARKUP),
    ...HOSTILE_TEXTS.map((text) => cells(text, text, text)),
    cells('Ada', 'ada@example.org', ''),
  ];
  return { name: `${HOSTILE_TEXTS[1]}.csv`, mimeType: 'text/csv', buffer: Buffer.from(`${lines.join('\r\n')}\r\n`) };
}

/** What has become of such texts beside text on this page; empty is what is wanted. */
export async function grownFromText(page: Page): Promise<readonly string[]> {
  return await page.evaluate(
    `[...(globalThis.wasRun === undefined ? [] : ['it was run']), ...Array.from(document.querySelectorAll('.hostile, [href^="javascript:"]'), ({ outerHTML }) => outerHTML)]`,
  );
}

function shows(...texts: readonly string[]): TenantScreen['complete'] {
  return async (page) => {
    for (const text of texts) await page.getByRole('main').getByText(text).first().waitFor();
  };
}

function heading(name: string): TenantScreen['complete'] {
  return (page) => page.getByRole('heading', { level: 1, name, exact: true }).waitFor();
}
