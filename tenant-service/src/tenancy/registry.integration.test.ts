import { randomUUID } from 'node:crypto';
import { eventually } from '@tenantry/stack/testing/eventually.ts';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type ServiceWorld, serviceWorld, type TestTenant } from '../../testing/service-world.ts';
import { clientConfig } from '../postgres/connection.ts';
import { DatabaseAway } from '../postgres/sql-errors.ts';
import { createLog } from '../telemetry/log.ts';
import { TenantRegistry } from './registry.ts';

let world: ServiceWorld;
let acme: TestTenant;
let registry: TenantRegistry;
const states: boolean[] = [];

beforeAll(async () => {
  world = await serviceWorld();
  acme = await world.addTenant('acme');
  registry = new TenantRegistry({
    connection: clientConfig(world.login(world.cell.logins.registry, world.cell.passwords.registry), 'registry-test'),
    log: createLog('silent', 'test'),
    onChange: ({ connected }) => states.push(connected),
  });
  await registry.start();
});
afterAll(async () => {
  await registry?.stop();
  await world?.[Symbol.asyncDispose]();
});

it('knows every tenant at start, by organization id', () => {
  expect(registry.loaded).toBe(true);
  const { login: _login, ...row } = acme;
  expect(registry.known(acme.organizationId)).toEqual(row);
});

it('follows a change within moments, without being asked', async () => {
  await world.operator.query(`update tenantry.tenants set state = 'Suspended', closed_reason = 'test' where tenant_id = $1`, [
    acme.tenantId,
  ]);
  await eventually(() => expect(registry.known(acme.organizationId)).toMatchObject({ state: 'Suspended', closedReason: 'test' }));
  await world.operator.query(`update tenantry.tenants set state = 'Active', closed_reason = null where tenant_id = $1`, [acme.tenantId]);
  await eventually(() => expect(registry.known(acme.organizationId)?.state).toBe('Active'));
});

it('follows quotas, also of many tenants changed by one statement', async () => {
  const others = await Promise.all(['one', 'two', 'three'].map((slug) => world.addTenant(slug)));
  await world.operator.query(`update tenantry.tenants set quotas = '{"customers": 7}' where slug = any($1)`, [['one', 'two', 'three']]);
  await eventually(() => {
    for (const { organizationId } of others) expect(registry.known(organizationId)?.quotas).toEqual({ customers: 7 });
  });
});

it('maps another organization id to the tenant when it changes, and the old one to nobody', async () => {
  const organizationId = randomUUID();
  await world.operator.query('update tenantry.tenants set organization_id = $2 where tenant_id = $1', [acme.tenantId, organizationId]);
  await eventually(() => expect(registry.known(organizationId)?.slug).toBe('acme'));
  expect(registry.known(acme.organizationId)).toBeUndefined();
  await world.operator.query('update tenantry.tenants set organization_id = $2 where tenant_id = $1', [acme.tenantId, acme.organizationId]);
  await eventually(() => expect(registry.known(acme.organizationId)?.slug).toBe('acme'));
});

it('looks up an organization it does not know, once for many askers, and remembers that there is none', async () => {
  const nobody = randomUUID();
  expect(await Promise.all(Array.from({ length: 20 }, () => registry.find(nobody)))).toEqual(Array(20).fill(undefined));
  const fresh = await world.addTenant('fresh');
  expect((await registry.find(fresh.organizationId))?.slug).toBe('fresh');
});

it('keeps what it knows while the connection is gone, and reads everything again when it is back', async () => {
  await world.admin.query(`select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'registry-test'`);
  expect(registry.known(acme.organizationId)?.slug).toBe('acme');
  // Not announced to anybody who listens: the reload has to find it.
  await world.operator.query(
    `begin; alter table tenantry.tenants disable trigger user; update tenantry.tenants set state = 'ReadOnly' where slug = 'fresh'; alter table tenantry.tenants enable trigger user; commit`,
  );
  await eventually(() => {
    expect(states).toContain(false);
    expect(states.at(-1)).toBe(true);
  });
  const { rows } = await world.admin.query<{ id: string }>(`select organization_id as id from tenantry.tenants where slug = 'fresh'`);
  await eventually(() => expect(registry.known(rows[0]?.id ?? '')?.state).toBe('ReadOnly'));
});

it('says that the database is away, and nothing about a tenant, when it cannot ask for one', async () => {
  await registry.stop();
  expect((await registry.find(acme.organizationId))?.slug).toBe('acme');
  await expect(registry.find(randomUUID())).rejects.toBeInstanceOf(DatabaseAway);
});
