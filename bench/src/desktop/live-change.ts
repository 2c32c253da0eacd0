import { randomBytes } from 'node:crypto';
import { TENANTS } from '@tenantry/operator/kubernetes/resources.ts';
import { quartilesOf } from '../measure/statistics.ts';
import { boundRow } from '../operator/bound-row.ts';
import type { Row } from '../report/row.ts';
import type { DesktopRules } from './desktop-rules.ts';
import type { DesktopWorld } from './desktop-world.ts';
import { seenAt } from './page-probe.ts';

const LIMIT_S = 1;
const CHANGES = { full: 60, short: 10 };

/** Somebody else changes a row that is in sight: from just before its commit until it is painted. */
export async function liveChangeRows(world: DesktopWorld, rules: DesktopRules): Promise<Row[]> {
  return [await customerChanges(world, rules), await tenantChanges(world, rules)];
}

/** Through the api, the outbox, Kafka, the projector and the stream. The time the service writes into the row is before its commit. */
async function customerChanges({ window: { page }, origin, slug, api }: DesktopWorld, rules: DesktopRules): Promise<Row> {
  await page.goto('about:blank');
  await page.goto(`${origin}/#/tenants/${slug}/customers`);
  await page.locator('[data-connection="live"]').waitFor();
  const { items } = (await api.listCustomers({ query: { limit: 10, fields: 'name,version' } })).data;
  const versions = new Map(items.map(({ id, version = 0 }) => [id, version]));
  return await changes(
    'customer',
    rules,
    async (index, mark) => {
      const { id } = items[index % items.length] as { id: string };
      const { data } = await api.updateCustomer({ params: { id }, body: { segment: mark }, ifMatch: `"${versions.get(id)}"` });
      versions.set(id, data.version);
      return Date.parse(data.updatedAt);
    },
    (mark) => seenAt(page, mark),
  );
}

/** Through the kube-apiserver's watch; from before the request, as it says no moment of its own. */
async function tenantChanges({ window: { page }, origin, kube, tenants }: DesktopWorld, rules: DesktopRules): Promise<Row> {
  await page.goto('about:blank');
  await page.goto(`${origin}/#/platform/tenants`);
  await page.getByText('Live', { exact: true }).waitFor();
  return await changes(
    'tenant',
    rules,
    async (index, mark) => {
      const asked = Date.now();
      await kube.patch(TENANTS, { name: tenants[index % 10] as string }, { spec: { displayName: mark } });
      return asked;
    },
    (mark) => seenAt(page, mark),
  );
}

async function changes(
  what: string,
  rules: DesktopRules,
  change: (index: number, mark: string) => Promise<number>,
  seen: (mark: string) => Promise<number>,
): Promise<Row> {
  const times: number[] = [];
  for (let index = 0; index < CHANGES[rules.short ? 'short' : 'full']; index += 1) {
    rules.signal.throwIfAborted();
    const mark = `mark-${randomBytes(4).toString('hex')}`;
    const painted = seen(mark);
    const committed = await change(index, mark);
    times.push(((await painted) - committed) / 1000);
  }
  times.sort((a, b) => a - b);
  const p95 = times[Math.ceil(times.length * 0.95) - 1] as number;
  const p50 = quartilesOf(times).median;
  rules.say(`${times.length} changes of a ${what} on screen: p50 ${p50.toFixed(3)} s, p95 ${p95.toFixed(3)} s`);
  return boundRow(`a ${what} changed by somebody else, on screen, p95 ÷ ${LIMIT_S} s`, 's', [p95], LIMIT_S, rules, {
    notes: { 'p50 s': p50, 'slowest s': times.at(-1) as number, changes: times.length },
  });
}
