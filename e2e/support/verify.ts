import { eventually } from '@tenantry/stack/testing/eventually.ts';
import { rowsOf, waitingEvents } from './cell-eye.ts';
import { holds } from './holds.ts';
import { type ReadRecord, readTopic } from './kafka.ts';
import { freshName, type TestTenant } from './test-tenant.ts';
import { type Archived, everyArchiveIsWhole } from './verify-archives.ts';
import { everyEventIsCopied } from './verify-copies.ts';
import { everyEventIsLogged, everyWebhookEnds } from './verify-events.ts';
import { everyEventIsCounted } from './verify-figures.ts';
import { everyBalanceIsItsTransactions } from './verify-ledger.ts';
import { everyOperationEnds } from './verify-operations.ts';
import type { WebhookReceiver } from './webhook-receiver.ts';

interface HistoryRow {
  readonly id: string;
  readonly versions: readonly number[];
  readonly changes: readonly string[];
  readonly current: number | null;
}

/**
 * What must always hold (design §7), checked after every journey and every fault, on the stored rows, on the topic itself, in the bucket and at the
 * receiver: I1 every acknowledged write is there with its history · I2 versions have no gaps, in the tables and the archive's files together; changes =
 * history = events per aggregate; balances are what was posted ·
 * I3 every event is in the event log once, in order, its chain is whole, figures of days have counted it once, and the audit trail has its
 * copy · I4 one idempotency key, one effect · I5 every (event, endpoint) ends, at the tenant's own endpoint · I6 every operation ends; done means one complete object · I8 nothing of one
 * tenant is seen by another. Returns the events of the tenant, one per id.
 */
export async function verify(
  tenant: TestTenant,
  others: readonly TestTenant[] = [],
  receiver?: WebhookReceiver,
): Promise<readonly ReadRecord[]> {
  const archived = await everyArchiveIsWhole(tenant);
  const history = withArchived(await historyOfCustomers(tenant), archived);
  const byId = new Map(history.map((row) => [row.id, row]));
  everyAcknowledgedWriteIsThere(tenant, byId);
  versionsHaveNoGaps(tenant, history);
  await rowsHaveHistory(tenant, history.length);
  await everyBalanceIsItsTransactions(tenant, archived);
  await oneKeyOneEffect(tenant, archived);
  const events = await everyChangeHasItsEvent(tenant, history);
  const log = await everyEventIsLogged(tenant, events);
  await everyEventIsCopied(tenant, log);
  await everyWebhookEnds(tenant, log, receiver);
  await everyEventIsCounted(tenant);
  await everyOperationEnds(tenant);
  for (const other of others) await nothingOfThisIsSeenBy(other, byId, tenant);
  return events;
}

function historyOfCustomers({ name }: TestTenant): Promise<readonly HistoryRow[]> {
  return rowsOf<HistoryRow>(
    name,
    `select h.aggregate_id as id, array_agg(h.version order by h.version) as versions, array_agg(h.change order by h.version) as changes,
            (select c.version from {schema}.customers c where c.id = h.aggregate_id) as current
       from {schema}.history h where h.aggregate = 'customer' group by h.aggregate_id`,
  );
}

/** With what left for files: of each thing something stays, so nothing is in files alone. What is in both comes twice, and is found by its version. */
function withArchived(history: readonly HistoryRow[], archived: Archived): readonly HistoryRow[] {
  return history.map(({ id, versions, changes, current }) => {
    const all = [
      ...versions.map((version, at) => ({ version, change: changes[at] ?? '' })),
      ...archived.history.filter(({ aggregateId }) => aggregateId === id),
    ].toSorted((a, b) => a.version - b.version);
    return { id, current, versions: all.map(({ version }) => version), changes: all.map(({ change }) => change) };
  });
}

function everyAcknowledgedWriteIsThere(tenant: TestTenant, byId: ReadonlyMap<string, HistoryRow>): void {
  for (const { id, version, change } of tenant.api.acknowledged) {
    holds(`I1: ${tenant.name} acknowledged version ${version} of ${id}`, byId.get(id)?.changes[version - 1], change);
  }
}

function versionsHaveNoGaps(tenant: TestTenant, history: readonly HistoryRow[]): void {
  for (const { id, versions, current } of history) {
    holds(
      `I2: versions of ${id} in ${tenant.name}`,
      versions,
      versions.map((_, index) => index + 1),
    );
    holds(`I2: ${id} in ${tenant.name} has the version of its newest history row`, current, versions.length);
  }
}

async function rowsHaveHistory(tenant: TestTenant, aggregates: number): Promise<void> {
  const [count] = await rowsOf<{ customers: string }>(tenant.name, 'select count(*) as customers from {schema}.customers');
  holds(`I2: every customer of ${tenant.name} has a history and the other way round`, Number(count?.customers), aggregates);
}

async function oneKeyOneEffect(tenant: TestTenant, archived: Archived): Promise<void> {
  const doubled = await rowsOf(
    tenant.name,
    `select body::jsonb ->> 'id' as id from {schema}.idempotency_keys where status = 201 group by 1 having count(*) > 1`,
  );
  holds(`I4: things of ${tenant.name} made by more than one key`, doubled, []);
  const orphans = await rowsOf<{ key: string; id: string }>(
    tenant.name,
    `select key, id from {schema}.idempotency_keys k, lateral (select k.body::jsonb ->> 'id' as id) made where status = 201
        and not exists (select from {schema}.history h where h.aggregate_id = made.id::uuid and h.version = 1)
        and not exists (select from {schema}.transactions t where t.id = made.id::uuid)`,
  );
  const gone = new Set(archived.transactions.map(({ id }) => id));
  holds(
    `I4: keys of ${tenant.name} that answer what was never made`,
    orphans.filter(({ id }) => !gone.has(id)),
    [],
  );
}

/** Read by the tenant's own Kafka user. Doubles are allowed (at least once); a missing or foreign one is not. */
async function everyChangeHasItsEvent(tenant: TestTenant, history: readonly HistoryRow[]): Promise<readonly ReadRecord[]> {
  const wanted = history.flatMap(({ id, changes }) => changes.map((change, index) => `${id} ${index + 1} ${change}`)).sort();
  await eventually(async () => holds(`events of ${tenant.name} that wait for the relay`, await waitingEvents(tenant.name), 0), {
    limitMs: 30_000,
  });
  if (wanted.length === 0) return [];
  const records = await readTopic(tenant.kafka, {
    topic: tenant.names.eventsTopic,
    group: `${tenant.names.kafkaPrefix}verify-${freshName('g')}`,
    enough: (found) => found.length >= wanted.length && new Set(found.filter(isOfCustomer).map(changeOf)).size >= wanted.length,
  });
  const once = [...new Map(records.filter(isOfCustomer).map((record) => [record.headers.ce_id, record])).values()];
  holds(`I2: events of ${tenant.name} = its history`, once.map(changeOf).sort(), wanted);
  return once;
}

/** Imports, members and others tell of themselves beside it, and have no history. */
function isOfCustomer({ headers }: ReadRecord): boolean {
  return headers.ce_subject?.startsWith('customers/') ?? false;
}

function changeOf({ headers }: ReadRecord): string {
  const change = /^dev\.tenantry\.customer\.(created|updated|deleted)\.v1$/.exec(headers.ce_type ?? '')?.[1];
  return `${headers.ce_subject?.replace('customers/', '')} ${headers.ce_aggregateversion} ${change}`;
}

async function nothingOfThisIsSeenBy(other: TestTenant, ids: ReadonlyMap<string, unknown>, owner: TestTenant): Promise<void> {
  const seen = (await other.api.list()).filter(({ id }) => ids.has(id));
  holds(`I8: customers of ${owner.name} seen by ${other.name}`, seen, []);
}
