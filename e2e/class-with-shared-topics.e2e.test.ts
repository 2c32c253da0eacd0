import { ANNOTATIONS, GROUP, sharedEventsTopic } from '@tenantry/contracts';
import { eventually } from '@tenantry/stack/testing/eventually.ts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { rowsOf } from './support/cell-eye.ts';
import { footprintOf } from './support/footprint.ts';
import { kubectl, kubectlApply } from './support/kubectl.ts';
import { localPlatform } from './support/local-platform.ts';
import { makeClass, removeClass } from './support/test-class.ts';
import {
  freshName,
  getTenant,
  onboard,
  removeCompletely,
  type TestTenant,
  tenantObject,
  testTenant,
  waitForReady,
} from './support/test-tenant.ts';

const OWN = freshName('e2e-own');
const SHARED = freshName('e2e-shared');
const name = freshName('mover');
let tenant: TestTenant;

beforeAll(async () => {
  await makeClass(OWN);
  await makeClass(SHARED, { messaging: { maxTopics: 0, maxPartitions: 1, maxQueues: 0, topicMode: 'Shared' } });
  tenant = await onboard(name, { classRef: { name: OWN } });
});
afterAll(async () => {
  await removeCompletely(name);
  await removeClass(OWN);
  await removeClass(SHARED);
});

/** One customer after another, each changed three times, until told to stop. */
function writeOn(): { readonly stop: () => Promise<void> } {
  let isStopping = false;
  const writing = (async () => {
    while (!isStopping) {
      let customer = await tenant.api.create({ name: 'Written on the way' });
      for (const segment of ['a', 'b', 'c']) customer = await tenant.api.update(customer, { segment });
    }
  })();
  // Told by `stop`, which waits for it.
  writing.catch(() => {});
  return {
    stop: async () => {
      isStopping = true;
      await writing;
    },
  };
}

const eventsTopic = async () => (await getTenant(name)).status?.messaging?.eventsTopic;

/** Acknowledged writes of customers = the event log's rows, each once, those of one customer in order. */
async function logIsWhole(): Promise<void> {
  const wanted = tenant.api.acknowledged.map(({ id, version }) => `customers/${id} ${version}`);
  const logged = await eventually(
    async () => {
      const rows = await rowsOf<{ subject: string; version: number }>(
        name,
        `select subject, version from {schema}.events where subject like 'customers/%' order by seq`,
      );
      expect(rows.length).toBeGreaterThanOrEqual(wanted.length);
      return rows;
    },
    { limitMs: 60_000 },
  );
  expect(logged.map(({ subject, version }) => `${subject} ${version}`).sort()).toEqual(wanted.sort());
  for (const [subject, rows] of Map.groupBy(logged, (row) => row.subject))
    expect([subject, ...rows.map(({ version }) => version)]).toEqual([subject, ...rows.map((_, at) => at + 1)]);
}

describe('a tenant whose class changes between topics of its own and the shared one', () => {
  it('writes on the whole time; every write is in the event log once and in order, and the shared topic gives it no way into Kafka', async () => {
    const shared = sharedEventsTopic(localPlatform().cell);
    const writer = writeOn();
    try {
      await kubectlApply(tenantObject(name, { classRef: { name: SHARED } }));
      await eventually(async () => expect(await eventsTopic()).toBe(shared), { limitMs: 90_000, everyMs: 250 });
      await waitForReady(name);
      expect((await footprintOf(name)).kafka.acls).toEqual([]);
      expect((await testTenant(name)).secret.kafkaPassword).toBe('');

      await kubectlApply(tenantObject(name, { classRef: { name: OWN } }));
      await eventually(async () => expect(await eventsTopic()).toBe(tenant.names.eventsTopic), { limitMs: 90_000, everyMs: 250 });
      await waitForReady(name);
    } finally {
      await writer.stop();
    }
    expect(tenant.api.acknowledged.length).toBeGreaterThan(20);
    await logIsWhole();
    const told = await rowsOf(
      name,
      `select type, version, data ->> 'before' as before from {schema}.events where subject like 'tenants/%' order by seq`,
    );
    expect(told).toEqual([
      { type: 'dev.tenantry.tenant.created.v1', version: 1, before: null },
      { type: 'dev.tenantry.tenant.class-changed.v1', version: 2, before: OWN },
      { type: 'dev.tenantry.tenant.class-changed.v1', version: 3, before: SHARED },
    ]);
  });

  it('was told to be deleted when it comes back, and that it is back', async () => {
    await kubectl(['delete', `tenants.${GROUP}`, name, '--timeout=90s']);
    const annotations = { [ANNOTATIONS.adopt]: tenant.tenantId };
    await kubectlApply(tenantObject(name, { classRef: { name: OWN } }, { annotations }));
    await waitForReady(name);
    await eventually(
      async () => {
        const told = await rowsOf<{ type: string }>(name, `select type from {schema}.events where subject like 'tenants/%' order by seq`);
        expect(told.slice(3).map(({ type }) => type)).toEqual(['dev.tenantry.tenant.deleted.v1', 'dev.tenantry.tenant.restored.v1']);
      },
      { limitMs: 60_000 },
    );
  });
});
