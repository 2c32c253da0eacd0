import { eventually } from '@tenantry/stack/testing/eventually.ts';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type ServiceWorld, serviceWorld, type TestTenant } from '../../testing/service-world.ts';
import { createLog } from '../telemetry/log.ts';
import { type Door, pooledDoor } from '../tenancy/doors.ts';
import { TenantLimits } from './tenant-limits.ts';
import { UsageRecorder } from './usage-recorder.ts';
import { measureUsage } from './usage-statements.ts';

let world: ServiceWorld;
let door: Door;
let recorder: UsageRecorder;
const limits = new TenantLimits();

beforeAll(async () => {
  world = await serviceWorld();
  door = pooledDoor({ connect: () => world.pooledConnection(), connections: 2, connectionsPerTenant: 2 });
  recorder = new UsageRecorder({ limits, door, log: createLog('silent', 'test') });
  recorder.start();
});
afterAll(async () => {
  await recorder?.stop();
  await door?.close();
  await world?.[Symbol.asyncDispose]();
});

/** With rows that PostgreSQL has looked at, and as many again that it has not. */
async function filled(slug: string, quotas: TestTenant['quotas'] = {}): Promise<TestTenant> {
  const tenant = await world.addTenant(slug, { quotas });
  const fill = `insert into ${tenant.schema}.customers (id, name, status, version, attributes, created_at, updated_at)
    select gen_random_uuid(), 'Grace', 'active', 1, jsonb_build_object('note', repeat('x', 500)), now(), now() from generate_series(1, 2000)`;
  await world.admin.query(fill);
  await world.admin.query(`analyze ${tenant.schema}.customers`);
  await world.admin.query(fill);
  return tenant;
}

const bytesOf = async ({ schema }: TestTenant): Promise<number> => {
  const { rows } = await world.admin.query<{ bytes: string }>(
    `select sum(pg_total_relation_size(oid))::text as bytes from pg_class where relnamespace = '${schema}'::regnamespace and relkind = 'r'`,
  );
  return Number(rows[0]?.bytes);
};

it('storage is what PostgreSQL saw when it last looked; all of it near the limit, or for who asks', async () => {
  const [far, near] = [await filled('far'), await filled('near', { storageBytes: 2_500_000 })];
  const [farUsage, nearUsage] = [limits.usageOf(far), limits.usageOf(near)];
  const [farBytes, nearBytes] = [await bytesOf(far), await bytesOf(near)];
  await eventually(() => {
    expect(nearUsage.storageBytes).toBe(nearBytes);
    expect(farUsage.storageBytes).toBeDefined();
  });
  expect(farUsage.storageBytes).toBeGreaterThan(farBytes * 0.4);
  expect(farUsage.storageBytes).toBeLessThan(farBytes * 0.7);
  expect((await recorder.refresh(far, 0)).storageBytes).toBe(farBytes);
});

it('measuring a tenant opens none of its tables but the customers, so that a backend need not remember them', async () => {
  const tenant = await filled('quiet');
  const backend = await world.cell.connectAsAdmin();
  const opened = async (): Promise<unknown[]> =>
    (
      await backend.query(`select distinct ident from pg_backend_memory_contexts where name = 'index info' and ident in
        (select relname from pg_class where relnamespace = '${tenant.schema}'::regnamespace)`)
    ).rows;
  await backend.query(measureUsage.of(tenant.schema).text);
  expect(await opened()).toEqual([]);
  await backend.query(`select pg_total_relation_size('${tenant.schema}.history')`);
  expect((await opened()).length).toBeGreaterThan(1);
});
