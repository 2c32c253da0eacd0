import { eventually } from '@tenantry/stack/testing/eventually.ts';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { killRelayBetweenProduceAndDelete, outboxIsEmpty } from './faults/relay-crash.ts';
import { type ReadRecord, readTopic } from './support/kafka.ts';
import { scalePlatform } from './support/pod-process.ts';
import { freshName, onboard, removeCompletely, type TestTenant } from './support/test-tenant.ts';
import { verify } from './support/verify.ts';

const name = freshName('lossless');
let tenant: TestTenant;

beforeAll(async () => {
  tenant = await onboard(name);
});
afterAll(async () => {
  await scalePlatform('tenantry-relay', 1);
  await removeCompletely(name);
});

/** The tenant's own life is told there, too. */
const isOfCustomer = ({ headers }: ReadRecord): boolean => headers.ce_type?.startsWith('dev.tenantry.customer.') ?? false;

it('loses no event when the relay is killed after it produced and before it deleted; doubles carry the same id', async () => {
  const before = await killRelayBetweenProduceAndDelete(tenant, async () => {
    for (let number = 0; number < 10; number += 1) {
      const customer = await tenant.api.create({ name: `Customer ${number}` });
      await tenant.api.update(customer, { segment: 'changed' });
    }
    return tenant.api.acknowledged.length;
  });
  await outboxIsEmpty(tenant);
  const after = await readTopic(tenant.kafka, {
    topic: tenant.names.eventsTopic,
    group: `${tenant.names.kafkaPrefix}after-${freshName('g')}`,
    enough: (records) => records.length > before.length,
  });
  expect(after.length).toBeGreaterThan(before.length);
  expect(await verify(tenant)).toHaveLength(20);
});

it('keeps the order of each customer’s changes, first deliveries taken', async () => {
  const records = await readTopic(tenant.kafka, {
    topic: tenant.names.eventsTopic,
    group: `${tenant.names.kafkaPrefix}order-${freshName('g')}`,
    enough: (found) => new Set(found.filter(isOfCustomer).map(({ headers }) => headers.ce_id)).size >= 20,
  });
  const versions = new Map<string | undefined, string[]>();
  for (const { key, headers } of records.filter(isOfCustomer)) {
    const seen = versions.get(key) ?? [];
    if (!seen.includes(headers.ce_aggregateversion ?? '')) versions.set(key, [...seen, headers.ce_aggregateversion ?? '']);
  }
  expect([...versions.values()]).toEqual(Array.from({ length: 10 }, () => ['1', '2']));
});

it('has each of them once in the event log, in the order of each customer’s changes, though they were delivered twice', async () => {
  type Page = { items: { id: string; subject: string; aggregateversion: string; sequence: string }[]; page: { after: string } };
  const page = async (): Promise<Page> => (await tenant.api.call<Page>('GET', '/v1/events?limit=200&type=dev.tenantry.customer.')).body;
  await eventually(async () => expect((await page()).items).toHaveLength(20), { limitMs: 30_000 });
  const { items } = await page();
  expect(new Set(items.map(({ id }) => id)).size).toBe(20);
  const bySubject = Map.groupBy(items, ({ subject }) => subject);
  const versions = [...bySubject.values()].map((own) => own.map(({ aggregateversion }) => aggregateversion));
  expect(versions).toEqual(Array.from({ length: 10 }, () => ['1', '2']));
});
