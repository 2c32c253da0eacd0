import { isDeepStrictEqual } from 'node:util';
import { eventually } from '@tenantry/stack/testing/eventually.ts';
import { rowsOf, waitingEvents } from './cell-eye.ts';
import { type ReadRecord, readTopic } from './kafka.ts';
import { freshName, type TestTenant } from './test-tenant.ts';

interface HistoryRow {
  readonly id: string;
  readonly versions: readonly number[];
  readonly changes: readonly string[];
  readonly current: number | null;
}

/**
 * What must always hold (design §7), checked after every journey and every fault, on the stored rows and on the topic itself:
 * I1 every acknowledged write is there with its history · I2 versions have no gaps; changes = history = events per aggregate ·
 * I4 one idempotency key, one effect · I8 nothing of one tenant is seen by another.
 * Returns the events of the tenant, one per id.
 */
export async function verify(tenant: TestTenant, others: readonly TestTenant[] = []): Promise<readonly ReadRecord[]> {
  const history = await rowsOf<HistoryRow>(
    tenant.name,
    `select h.aggregate_id as id, array_agg(h.version order by h.version) as versions, array_agg(h.change order by h.version) as changes,
            (select c.version from {schema}.customers c where c.id = h.aggregate_id) as current
       from {schema}.history h group by h.aggregate_id`,
  );
  const byId = new Map(history.map((row) => [row.id, row]));
  everyAcknowledgedWriteIsThere(tenant, byId);
  versionsHaveNoGaps(tenant, history);
  await rowsHaveHistory(tenant, history.length);
  await oneKeyOneEffect(tenant);
  const events = await everyChangeHasItsEvent(tenant, history);
  for (const other of others) await nothingOfThisIsSeenBy(other, byId, tenant);
  return events;
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

async function oneKeyOneEffect(tenant: TestTenant): Promise<void> {
  const doubled = await rowsOf(
    tenant.name,
    `select body::jsonb ->> 'id' as id from {schema}.idempotency_keys where status = 201 group by 1 having count(*) > 1`,
  );
  holds(`I4: customers of ${tenant.name} made by more than one key`, doubled, []);
  const orphans = await rowsOf(
    tenant.name,
    `select key from {schema}.idempotency_keys k where status = 201
        and not exists (select from {schema}.history h where h.aggregate_id = (k.body::jsonb ->> 'id')::uuid and h.version = 1)`,
  );
  holds(`I4: keys of ${tenant.name} that answer a customer that was never made`, orphans, []);
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
    enough: (found) => new Set(found.map(changeOf)).size >= wanted.length,
  });
  const once = [...new Map(records.map((record) => [record.headers.ce_id, record])).values()];
  holds(`I2: events of ${tenant.name} = its history`, once.map(changeOf).sort(), wanted);
  return once;
}

function changeOf({ headers }: ReadRecord): string {
  const change = /^dev\.tenantry\.customer\.(created|updated|deleted)\.v1$/.exec(headers.ce_type ?? '')?.[1];
  return `${headers.ce_subject?.replace('customers/', '')} ${headers.ce_aggregateversion} ${change}`;
}

async function nothingOfThisIsSeenBy(other: TestTenant, ids: ReadonlyMap<string, unknown>, owner: TestTenant): Promise<void> {
  const seen = (await other.api.list()).filter(({ id }) => ids.has(id));
  holds(`I8: customers of ${owner.name} seen by ${other.name}`, seen, []);
}

/** Not vitest's expect: the long forms of the faults run without a test runner. */
function holds(what: string, found: unknown, wanted: unknown): void {
  if (!isDeepStrictEqual(found, wanted)) throw new Error(`${what}: found ${JSON.stringify(found)}, wanted ${JSON.stringify(wanted)}`);
}
