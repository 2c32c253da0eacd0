import { cellLogins, GROUP } from '@tenantry/contracts';
import { eventually } from '@tenantry/stack/testing/eventually.ts';
import { Connection } from '@tenantry/tenant-service/postgres/connection.ts';
import { TenantStatement } from '@tenantry/tenant-service/postgres/statement.ts';
import { type Door, pooledDoor } from '@tenantry/tenant-service/tenancy/doors.ts';
import type { Tenant } from '@tenantry/tenant-service/tenancy/tenant.ts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { asOperator, loginConfig } from './support/cell-eye.ts';
import { kubectl } from './support/kubectl.ts';
import { localPlatform } from './support/local-platform.ts';
import { makeClass, removeClass } from './support/test-class.ts';
import { freshName, onboard, removeCompletely, type TestTenant } from './support/test-tenant.ts';
import { verify } from './support/verify.ts';

const CLASS = freshName('e2e-class');
const LIMIT_MS = 1_000;
const names = new TenantStatement('e2eNames', 'select name from {schema}.customers');
const sleep = new TenantStatement('e2eSleep', 'select pg_catalog.pg_sleep(20) from {schema}.customers limit 1');
const settings = new TenantStatement(
  'e2eSettings',
  `select current_user as role, current_setting('statement_timeout') as "timeout" from {schema}.customers limit 1`,
);

let acme: TestTenant;
let globex: TestTenant;
let door: Door;

/** The very door of the shared replicas, with their own login to the cell. */
beforeAll(async () => {
  await makeClass(CLASS, { database: { statementTimeout: `${LIMIT_MS}ms` } });
  [acme, globex] = await Promise.all([
    onboard(freshName('acme'), { classRef: { name: CLASS } }),
    onboard(freshName('globex'), { classRef: { name: CLASS } }),
  ]);
  await acme.api.create({ name: 'Of Acme' });
  await globex.api.create({ name: 'Of Globex' });
  const { cell, secret } = localPlatform();
  const connect = (): Connection => new Connection(loginConfig(cellLogins(cell).api, secret('postgres-api-password')), true);
  door = pooledDoor({ connect, connections: 1, connectionsPerTenant: 1 });
});
afterAll(async () => {
  await door?.close();
  await Promise.all([acme, globex].filter(Boolean).map(({ name }) => removeCompletely(name)));
  await removeClass(CLASS);
});

describe('the door of the shared replicas', () => {
  it('lets a tenant at its own rows, under its own role and its class’s limit', async () => {
    expect(await door.read(await asTenant(acme), (tx) => tx.run(names, []))).toEqual([{ name: 'Of Acme' }]);
    expect(await door.read(await asTenant(globex), (tx) => tx.run(settings, []))).toEqual([{ role: globex.names.appRole, timeout: '1s' }]);
  });

  it('has a statement that sleeps cancelled at the class’s limit, and is as good as new afterwards', async () => {
    const started = performance.now();
    await expect(door.read(await asTenant(acme), (tx) => tx.run(sleep, []))).rejects.toMatchObject({ code: '57014' });
    const tookMs = performance.now() - started;
    expect(tookMs).toBeGreaterThan(LIMIT_MS * 0.9);
    expect(tookMs).toBeLessThan(LIMIT_MS * 4);
    expect(await door.read(await asTenant(acme), (tx) => tx.run(names, []))).toEqual([{ name: 'Of Acme' }]);
  });

  it('refuses rows of another schema: the role decides, not the text of the statement', async () => {
    const disguised = { ...(await asTenant(globex)), appRole: acme.names.appRole };
    await expect(door.read(disguised, (tx) => tx.run(names, []))).rejects.toMatchObject({ code: '42501' });
  });

  it('keeps a read from writing', async () => {
    const change = new TenantStatement('e2eChange', `update {schema}.customers set name = 'changed'`);
    await expect(door.read(await asTenant(acme), (tx) => tx.run(change, []))).rejects.toMatchObject({ code: '25006' });
  });

  it('fails closed when the membership behind it is revoked, for that tenant only, until the operator grants it again', async () => {
    await pause(true);
    try {
      const role = acme.names.appRole.replaceAll('"', '""');
      await asOperator((client) => client.query(`revoke "${role}" from "${cellLogins(localPlatform().cell).api}"`));
      await expect(door.read(await asTenant(acme), (tx) => tx.run(names, []))).rejects.toMatchObject({ name: 'DoorClosed' });
      const refused = await acme.api.call('GET', '/v1/customers');
      expect(refused.status).toBe(503);
      expect(refused.text).not.toContain('Of Acme');
      expect(await door.read(await asTenant(globex), (tx) => tx.run(names, []))).toEqual([{ name: 'Of Globex' }]);
    } finally {
      await pause(false);
    }
    await eventually(async () => expect((await acme.api.call('GET', '/v1/customers')).status).toBe(200), { limitMs: 30_000 });
  });
});

it('keeps its promises about what was written', async () => {
  await verify(acme, [globex]);
  await verify(globex, [acme]);
});

/** The registry's row, as the shared replicas see it. */
async function asTenant({ tenantId }: TestTenant): Promise<Tenant> {
  const { rows } = await asOperator((client) =>
    client.query<Tenant>(
      `select tenant_id as "tenantId", slug, state, mode, organization_id as "organizationId", schema_name as schema, app_role as "appRole",
              statement_timeout_ms as "statementTimeoutMs", class, quotas, url, closed_reason as "closedReason"
         from tenantry.tenants where tenant_id = $1`,
      [tenantId],
    ),
  );
  if (rows[0] === undefined) throw new Error(`the registry has no tenant ${tenantId}`);
  return rows[0];
}

async function pause(paused: boolean): Promise<void> {
  await kubectl(['patch', `tenants.${GROUP}`, acme.name, '--type=merge', '--patch', JSON.stringify({ spec: { paused } })]);
}
