import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { sharedEventsTopic } from '@tenantry/contracts';
import { eventually } from '@tenantry/stack/testing/eventually.ts';
import { seeded } from '@tenantry/stack/testing/seeded.ts';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { projectorProcesses } from '../../testing/projector-process.ts';
import { type ProjectorWorld, projectorWorld } from '../../testing/projector-world.ts';
import { anEvent, publishEvents } from '../../testing/publish-events.ts';
import type { TestTenant } from '../../testing/service-world.ts';

let projection: ProjectorWorld;
let acme: TestTenant;
let globex: TestTenant;

beforeAll(async () => {
  projection = await projectorWorld();
  [acme, globex] = [await projection.addTenant('acme'), await projection.addTenant('globex')];
});
afterAll(() => projection?.[Symbol.asyncDispose]());

const publish = (tenant: TestTenant, records: Parameters<typeof publishEvents>[2], topic = tenant.eventsTopic) =>
  publishEvents(projection.world.stack, topic, records);

it('appends every event once however often it comes, in the order of each aggregate, and to its own tenant’s log', async () => {
  const projector = await projection.start();
  const keys = Array.from({ length: 20 }, () => randomUUID());
  const events = [1, 2, 3].flatMap((version) =>
    keys.map((partitionkey) => anEvent(acme, { partitionkey, aggregateversion: String(version) }, `{"n": ${version}}`)),
  );
  await publish(acme, [...events, ...events]);
  await publish(globex, [anEvent(globex)]);
  await publish(acme, events);

  const rows = await projection.logged(acme, 60);
  expect(rows.map(({ seq }) => seq)).toEqual(Array.from({ length: 60 }, (_, at) => at + 1));
  expect(new Set(rows.map(({ id }) => id)).size).toBe(60);
  for (const key of keys) {
    expect(rows.filter(({ subject }) => subject === `customers/${key}`).map(({ version }) => version)).toEqual([1, 2, 3]);
  }
  expect(await projection.logged(globex, 1)).toHaveLength(1);
  await eventually(async () => {
    const text = await projector.metrics.registry.metrics();
    expect(text).toContain('tenantry_projector_events_appended_total 61');
    expect(text).toContain('tenantry_projector_duplicate_events_total 120');
    expect(text).toContain('tenantry_projector_version_gaps_total 0');
  });
  expect(await projection.log(acme)).toHaveLength(60);
  await projector.stop();
});

it('puts aside what is no event or not this topic’s to tell, and appends what comes behind it', async () => {
  const initech = await projection.addTenant('initech');
  const projector = await projection.start();
  const good = [anEvent(initech), anEvent(initech), anEvent(initech)];
  const forged = anEvent(globex);
  const stranger = anEvent(initech, { tenantid: randomUUID() });
  await publish(initech, [
    good[0] as (typeof good)[0],
    { key: 'k', value: 'no json', headers: good[0]?.headers ?? {} },
    { key: 'k', value: '{}', headers: {} },
    forged,
    stranger,
    anEvent(initech, { subject: 'customers/\u0000' }),
    good[1] as (typeof good)[0],
    good[2] as (typeof good)[0],
  ]);
  const rows = await projection.logged(initech, 3);
  expect(new Set(rows.map(({ id }) => id))).toEqual(new Set(good.map(({ headers }) => headers.ce_id)));
  const dead = async () => {
    const { rows: kept } = await projection.world.admin.query<{ reason: string; tenant_id: string }>(
      'select reason, tenant_id from tenantry.dead_events where topic = $1',
      [initech.eventsTopic],
    );
    return kept.map(({ reason }) => reason).sort();
  };
  await eventually(async () => expect(await dead()).toEqual(['refused', 'tenant-unknown', 'unreadable', 'unreadable', 'wrong-topic']));
  expect((await projection.log(globex)).map(({ id }) => id)).not.toContain(forged.headers.ce_id);
  await projector.stop();

  // The tenant that nobody knew turns up, on the same topic: its event is appended when it is tried again, the rest stays.
  const late = await projection.addTenant('late');
  await projection.world.operator.query('update tenantry.tenants set tenant_id = $2, events_topic = $3 where tenant_id = $1', [
    late.tenantId,
    stranger.headers.ce_tenantid,
    initech.eventsTopic,
  ]);
  await using processes = await projectorProcesses(projection);
  expect(await processes.run('dead-events', 'redrive')).toEqual({ code: 1, output: '1 records are in their logs now, 4 stay put aside\n' });
  expect((await projection.log(late)).map(({ id }) => id)).toEqual([stranger.headers.ce_id]);
  expect((await processes.run('dead-events', 'list')).output.trim().split('\n')).toHaveLength(4);
}, 60_000);

it('appends what is on a shared topic to the log of each tenant, also of one whose move there it has not heard of, and believes none on another’s topic', async () => {
  const { kafka, world, addTenant } = projection;
  const [sharing, moving] = [await addTenant('sharing'), await addTenant('moving')];
  const shared = sharedEventsTopic(world.cell.cell);
  await kafka.create(shared);
  await world.operator.query('update tenantry.tenants set events_topic = $2 where tenant_id = $1', [sharing.tenantId, shared]);
  const projector = await projection.start();
  const [own, early, late] = [anEvent(sharing), anEvent(moving), anEvent(moving)];
  await publish(sharing, [own, early], shared);
  expect((await projection.logged(sharing, 1)).map(({ id }) => id)).toEqual([own.headers.ce_id]);
  expect((await projection.logged(moving, 1)).map(({ id }) => id)).toEqual([early.headers.ce_id]);

  // What the relay repeats on the old topic after the move is still the tenant's; what claims to be another's is not.
  await world.operator.query('update tenantry.tenants set events_topic = $2 where tenant_id = $1', [moving.tenantId, shared]);
  const reader = await addTenant('reader');
  await world.operator.query('update tenantry.tenants set events_topic = $2 where tenant_id = $1', [reader.tenantId, moving.eventsTopic]);
  const forged = anEvent(sharing);
  await publish(moving, [forged, late]);
  expect((await projection.logged(moving, 2)).map(({ id }) => id)).toEqual([early, late].map(({ headers }) => headers.ce_id));
  expect(await projection.log(sharing)).toHaveLength(1);
  await projector.stop();
});

it('finds a new tenant’s topic within seconds, goes on when another’s is removed, and finishes for one that is suspended', async () => {
  const { operator } = projection.world;
  const leaving = await projection.addTenant('leaving');
  const projector = await projection.start();
  await publish(leaving, [anEvent(leaving)]);
  await projection.logged(leaving, 1);

  await projection.kafka.remove(leaving.eventsTopic);
  await operator.query('delete from tenantry.tenants where tenant_id = $1', [leaving.tenantId]);
  await operator.query(`update tenantry.tenants set state = 'Suspended' where tenant_id = $1`, [globex.tenantId]);
  const before = (await projection.log(globex)).length;
  const coming = await projection.addTenant('coming');
  await publish(coming, [anEvent(coming), anEvent(coming)]);
  await publish(globex, [anEvent(globex)]);
  await projection.logged(coming, 2);
  await projection.logged(globex, before + 1);

  // The last thing there is to tell of a tenant is that it was deleted.
  await operator.query(`update tenantry.tenants set state = 'Closed' where tenant_id = $1`, [coming.tenantId]);
  const last = anEvent(coming, { type: 'dev.tenantry.tenant.deleted.v1' });
  await publish(coming, [last]);
  expect((await projection.logged(coming, 3)).at(-1)?.id).toBe(last.headers.ce_id);
  await projector.stop();
});

it('waits while the database takes no connection, and has lost nothing when it does again', async () => {
  const { admin, cell } = projection.world;
  const projector = await projection.start();
  const before = (await projection.log(acme)).length + 1;
  await publish(acme, [anEvent(acme)]);
  await projection.logged(acme, before);
  await admin.query(`alter role "${cell.logins.projector}" nologin`);
  await admin.query('select pg_terminate_backend(pid) from pg_stat_activity where usename = $1', [cell.logins.projector]);
  const key = randomUUID();
  const events = [2, 3, 4].map((version) => anEvent(acme, { partitionkey: key, aggregateversion: String(version) }));
  await publish(acme, events);
  // Nothing could be appended: what is asserted is that it comes afterwards, in order.
  await admin.query(`alter role "${cell.logins.projector}" login`);
  const rows = await projection.logged(acme, before + 3);
  expect(rows.slice(-3).map(({ id }) => id)).toEqual(events.map(({ headers }) => headers.ce_id));
  await projector.stop();
});

it('killed at any moment, again and again, leaves a log that is complete, without doubles, and whose chain holds', async () => {
  const hooli = await projection.addTenant('hooli');
  await using processes = await projectorProcesses(projection);
  const random = seeded(7);
  const keys = Array.from({ length: 25 }, () => randomUUID());
  const events = [1, 2, 3].flatMap((version) =>
    keys.map((partitionkey) => anEvent(hooli, { partitionkey, aggregateversion: String(version) })),
  );
  for (let at = 0; at < events.length; at += 25) {
    // Dies after the commit and before the offset's, or whenever it happens to be hit.
    const failpoint = at % 50 === 0 ? { CRASH_AFTER: 'projector.appended:1' } : {};
    const child = await processes.start(failpoint);
    const gone = once(child, 'exit');
    await publish(hooli, events.slice(at, at + 25));
    if (at % 50 !== 0) {
      await projection.logged(hooli, at);
      setTimeout(() => child.kill('SIGKILL'), random() * 150);
    }
    await gone;
  }
  await processes.start();
  const rows = await projection.logged(hooli, events.length);
  expect(rows.map(({ seq }) => seq)).toEqual(events.map((_, at) => at + 1));
  expect(new Set(rows.map(({ id }) => id)).size).toBe(events.length);
  for (const key of keys) {
    expect(rows.filter(({ subject }) => subject === `customers/${key}`).map(({ version }) => version)).toEqual([1, 2, 3]);
  }

  expect(await processes.run('verify', hooli.slug)).toMatchObject({ code: 0, output: expect.stringContaining(`${events.length} events`) });
  const { admin } = projection.world;
  await admin.query(`update ${hooli.schema}.events set data = '{"forged": true}' where seq = 42`);
  expect(await processes.run('verify', hooli.slug)).toMatchObject({ code: 1, output: expect.stringContaining('BROKEN at event 42') });
  await admin.query(`delete from ${hooli.schema}.events where seq >= 42`);
  expect(await processes.run('verify', hooli.slug)).toMatchObject({ code: 1, output: expect.stringContaining('BROKEN at event 42') });
}, 120_000);
