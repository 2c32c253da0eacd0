import { cellLogins } from '@tenantry/contracts';
import { FencedError } from '@tenantry/tenant-schema';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type TestPlatform, testPlatform } from '../../testing/test-platform.ts';
import { FencedPool } from './fenced-pool.ts';

let platform: TestPlatform;

beforeAll(async () => {
  platform = await testPlatform();
});
afterAll(async () => {
  await platform?.[Symbol.asyncDispose]();
});

function poolOf(operatorName: string, holder: string, ca = platform.stack.ca): FencedPool {
  return new FencedPool({
    ...platform.cell.postgres,
    user: cellLogins(platform.cell.name).operator,
    password: platform.operatorPassword,
    ca,
    connections: 2,
    operatorName,
    holder,
    effects: platform.effects,
  });
}

it('refuses the writes of an operator whose cell another process has claimed, and changes nothing', async () => {
  const older = poolOf('one', 'older');
  const newer = poolOf('one', 'newer');
  await older.lead(platform.cell.name);
  await older.write('before', (client) =>
    client.query(
      `insert into tenantry.tombstones (tenant_id, slug, schema_name, policy) values (gen_random_uuid(), 'before', 's', 'Retain')`,
    ),
  );
  await newer.lead(platform.cell.name);
  const late = older.write('after', (client) =>
    client.query(
      `insert into tenantry.tombstones (tenant_id, slug, schema_name, policy) values (gen_random_uuid(), 'after', 's', 'Retain')`,
    ),
  );
  await expect(late).rejects.toThrow(FencedError);
  expect((await platform.admin.query('select slug from tenantry.tombstones')).rows).toEqual([{ slug: 'before' }]);
  await Promise.all([older.close(), newer.close()]);
});

it('makes a new leader wait for a write under way, so that the two never overlap', async () => {
  const older = poolOf('two', 'older');
  const newer = poolOf('two', 'newer');
  await older.lead(platform.cell.name);
  const order: string[] = [];
  let claiming: Promise<unknown> = Promise.resolve();
  await older.write('slow', async (client) => {
    claiming = newer.lead(platform.cell.name).then(() => order.push('claimed'));
    await client.query('select pg_sleep(0.5)');
    order.push('written');
  });
  await claiming;
  expect(order).toEqual(['written', 'claimed']);
  await Promise.all([older.close(), newer.close()]);
});

it('lets operators of different names work on one cell: they handle different tenants', async () => {
  const deployed = poolOf('', 'deployed');
  const other = poolOf('other', 'other');
  await deployed.lead(platform.cell.name);
  await other.lead(platform.cell.name);
  await expect(deployed.write('still allowed', (client) => client.query('select 1'))).resolves.toBeDefined();
  await Promise.all([deployed.close(), other.close()]);
});

it('takes a failed transaction back as a whole', async () => {
  const count = async () => (await platform.admin.query('select count(*)::int as n from tenantry.tombstones')).rows[0].n;
  const before = await count();
  const failing = platform.pool.write('half', async (client) => {
    await client.query(
      `insert into tenantry.tombstones (tenant_id, slug, schema_name, policy) values (gen_random_uuid(), 'half', 's', 'Retain')`,
    );
    await client.query('select 1 / 0');
  });
  await expect(failing).rejects.toThrow('division by zero');
  expect(await count()).toBe(before);
});

it('works without being superuser and refuses a server whose certificate another CA signed', async () => {
  const [me] = await platform.pool.rows<{ super: boolean; tls: boolean }>(
    'select rolsuper as super, ssl as tls from pg_roles, pg_stat_ssl where rolname = current_user and pid = pg_backend_pid()',
  );
  expect(me).toEqual({ super: false, tls: true });
  const trustingNobody = poolOf('three', 'x', '-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n');
  await expect(trustingNobody.rows('select 1')).rejects.toThrow();
  await trustingNobody.close();
});
