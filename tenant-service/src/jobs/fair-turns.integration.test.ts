import { eventually } from '@tenantry/stack/testing/eventually.ts';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type PrivateRedis, privateRedis } from '../../testing/private-redis.ts';
import { type ServiceWorld, serviceWorld } from '../../testing/service-world.ts';
import { type TransferWorld, transferWorld } from '../../testing/transfer-world.ts';

let world: ServiceWorld;
let transfers: TransferWorld;
let redis: PrivateRedis;

beforeAll(async () => {
  world = await serviceWorld();
  transfers = await transferWorld(world);
  redis = await privateRedis();
});
afterAll(async () => {
  await transfers?.[Symbol.asyncDispose]();
  await world?.[Symbol.asyncDispose]();
  await redis?.[Symbol.asyncDispose]();
});

it('ten thousand operations of one tenant let another’s first one start within a turn, also from an empty queue', async () => {
  const [flood, other] = [await world.addTenant('flood'), await world.addTenant('other')];
  const api = await world.startApi({ redis: redis.login, s3: transfers.s3 });
  await world.admin.query(
    `insert into ${flood.schema}.operations (id, kind, status, request, actor, trace_id, traceparent, created_at)
     select gen_random_uuid(), 'export', 'queued', '{"resource":"customers","format":"csv","bom":false,"filter":{}}', 'test', 't', 't', now()
     from generate_series(1, 10000)`,
  );
  // Two more by the front door: they find the tenant's tickets in the queue and add none.
  const flooding = api.client(await world.token(flood));
  for (let more = 0; more < 2; more += 1) await flooding.createExport({ body: { resource: 'customers' } });
  const waiting = async () => Number(await redis.command('LLEN', `tenantry:${world.cell.cell}:jobs:wait`));
  expect(await waiting()).toBe(1);
  const { data } = await api.client(await world.token(other)).createReport({ body: { report: 'customer-segments' } });
  expect(await waiting()).toBe(2);

  await transfers.startWorker({ redis: redis.login });
  const startedOf = async (schema: string, id: string) =>
    (await world.admin.query<{ at: Date | null }>(`select started_at as at from ${schema}.operations where id = $1`, [id])).rows[0]?.at ??
    null;
  await eventually(async () => expect(await startedOf(other.schema, data.id)).not.toBeNull(), { limitMs: 30_000 });
  const { rows } = await world.admin.query<{ before: number }>(
    `select count(*)::int as before from ${flood.schema}.operations where started_at < $1`,
    [await startedOf(other.schema, data.id)],
  );
  // The one that waited in front of it, and no more than the worker had in hand beside it while it was taken.
  expect(rows[0]?.before).toBeLessThanOrEqual(8);

  await redis.command('FLUSHALL');
  const ended = async () =>
    (await world.admin.query<{ ended: number }>(`select count(*)::int as ended from ${flood.schema}.operations where status = 'succeeded'`))
      .rows[0]?.ended ?? 0;
  const before = await ended();
  await eventually(async () => expect(await ended()).toBeGreaterThan(before + 4), { limitMs: 30_000 });
});
