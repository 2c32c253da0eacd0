import { ANNOTATIONS, GROUP, retiredSchema, SYSTEM_NAMESPACE } from '@tenantry/contracts';
import { eventually } from '@tenantry/stack/testing/eventually.ts';
import { tokenForMachine } from '@tenantry/stack/testing/token-for.ts';
import { afterAll, describe, expect, it } from 'vitest';
import { asLogin, asOperator } from './support/cell-eye.ts';
import { footprintOf } from './support/footprint.ts';
import { kubectl, kubectlApply, kubectlRefusal } from './support/kubectl.ts';
import { makeClass, removeClass } from './support/test-class.ts';
import {
  allowDestruction,
  eventsOf,
  freshName,
  getTenant,
  nothingIsLeftOf,
  onboard,
  removeCompletely,
  type TestTenant,
  tenantObject,
  testTenant,
  waitForReady,
} from './support/test-tenant.ts';
import { verify } from './support/verify.ts';

const TOPICS = { messaging: { topics: [{ name: 'orders', partitions: 1 }] } };

describe('a Tenant deleted with the default policy', () => {
  const name = freshName('kept');
  let tenant: TestTenant;
  afterAll(() => removeCompletely(name));

  it('keeps its schema and topics, closes everything that lets somebody in, and says so', async () => {
    tenant = await onboard(name, TOPICS);
    await tenant.api.create({ name: 'Must not be lost', email: 'keep@example.org' });
    await verify(tenant);
    await kubectl(['delete', `tenants.${GROUP}`, name, '--timeout=60s']);
    const left = await footprintOf(name, tenant.tenantId);
    expect(left.postgres.schemas).toEqual([expect.stringMatching(`^${retiredSchema(tenant.tenantId)} `)]);
    expect(left.postgres.roles.filter((role) => role.endsWith('login'))).toEqual([]);
    expect(left.postgres.registry.filter(({ state }) => state !== 'Closed')).toEqual([]);
    expect(left.postgres.tombstones).toEqual([
      {
        tenant_id: tenant.tenantId,
        slug: name,
        schema_name: retiredSchema(tenant.tenantId),
        policy: 'Retain',
        backup: 'none',
        purged: false,
      },
    ]);
    expect(left.kafka.topics.map((topic) => topic.split(':')[0])).toEqual([`${name}.events`, `${name}.orders`]);
    expect(left.kafka.acls).toEqual([]);
    expect(left.keycloak.clients.filter((client) => client.endsWith('enabled'))).toEqual([]);
    expect(left.kubernetes).toEqual([]);
    await expect(tokenForMachine(name, tenant.secret.clientSecret)).rejects.toThrow(/invalid_client|unauthorized_client/);
    await expect(tenant.kafka.admin().connect()).rejects.toMatchObject({ name: expect.stringMatching(/SASL/) });
    const said = (await eventsOf(name)).filter(({ reason }) => reason === 'Retained').map(({ note }) => note);
    expect(said).toEqual([expect.stringContaining(retiredSchema(tenant.tenantId))]);
    expect(said[0]).toMatch(/topic/);
  });

  it('made again under the same name meets its data as NameRetained, and touches nothing', async () => {
    const before = await footprintOf(name, tenant.tenantId);
    await kubectlApply(tenantObject(name, TOPICS));
    await stalledWith(name, 'NameRetained', tenant.tenantId);
    expect(await footprintOf(name, tenant.tenantId)).toEqual(before);
  });

  it('stays untouched when somebody adopts it under a wrong id', async () => {
    const before = await footprintOf(name, tenant.tenantId);
    await annotate(name, '0199aaaa-bbbb-7ccc-8ddd-eeeeffff0000');
    await stalledWith(name, 'AdoptionMismatch', tenant.tenantId);
    expect(await footprintOf(name, tenant.tenantId)).toEqual(before);
  });

  it('comes back with its id, rows, history and events when it is adopted', async () => {
    await annotate(name, tenant.tenantId);
    await waitForReady(name);
    const back = await testTenant(name);
    expect(back.tenantId).toBe(tenant.tenantId);
    expect((await back.api.list()).map((customer) => customer.name)).toEqual(['Must not be lost']);
    await back.api.create({ name: 'Written after the adoption' });
    expect(await verify(back)).toHaveLength(2);
    expect((await footprintOf(name, tenant.tenantId)).postgres.tombstones).toEqual([]);
  });
});

describe('a Tenant with policy Delete', () => {
  const CLASS = freshName('e2e-class');
  const name = freshName('gone');
  let tenant: TestTenant;
  afterAll(async () => {
    await removeCompletely(name);
    await removeClass(CLASS);
  });

  it('is refused by the API server until protection is off and its deletion is confirmed by name', async () => {
    await makeClass(CLASS);
    tenant = await onboard(name, { classRef: { name: CLASS }, workload: { mode: 'Dedicated' }, ...TOPICS });
    await tenant.api.create({ name: 'To be forgotten' });
    const refusedAs = (): Promise<string> => kubectlRefusal(['delete', `tenants.${GROUP}`, name, '--wait=false']);
    await change(name, { deletionPolicy: 'Delete', deletionGracePeriod: '0s' });
    expect(await refusedAs()).toMatch(/deletionProtection/);
    await change(name, { deletionProtection: false });
    expect(await refusedAs()).toContain(ANNOTATIONS.confirmDelete);
    expect((await getTenant(name)).metadata.deletionTimestamp).toBeUndefined();
  });

  it('leaves nothing anywhere once it is confirmed, with a receipt', async () => {
    await allowDestruction(name);
    await kubectl(['delete', `tenants.${GROUP}`, name, '--timeout=60s']);
    await nothingIsLeftOf(name, tenant.tenantId);
    const { rows } = await asOperator((client) =>
      client.query('select policy, confirmed_by, purged_at, receipt from tenantry.tombstones where tenant_id = $1', [tenant.tenantId]),
    );
    expect(rows).toEqual([
      { policy: 'Delete', confirmed_by: expect.any(String), purged_at: expect.any(Date), receipt: expect.any(Object) },
    ]);
  });

  it('lets nobody in any more: not into the database, not into Kafka, not into Keycloak', async () => {
    const { postgresUsername, postgresPassword, clientSecret } = tenant.secret;
    await expect(asLogin(postgresUsername, postgresPassword, (client) => client.query('select 1'))).rejects.toMatchObject({
      code: '28P01',
    });
    await expect(tenant.kafka.admin().connect()).rejects.toMatchObject({ name: expect.stringMatching(/SASL/) });
    await expect(tokenForMachine(name, clientSecret)).rejects.toThrow(/invalid_client/);
  });

  it('leaves its name free: a new Tenant gets a new id and none of the old rows', async () => {
    const fresh = await onboard(name, { classRef: { name: CLASS } });
    expect(fresh.tenantId).not.toBe(tenant.tenantId);
    expect(await fresh.api.list()).toEqual([]);
    expect(await verify(fresh)).toEqual([]);
  });
});

describe('a Tenant with policy Snapshot', () => {
  const name = freshName('copied');
  afterAll(() => removeCompletely(name));

  it('leaves a verified backup, which the deployed operator restores into the tenant that comes after it', async () => {
    const tenant = await onboard(name);
    await tenant.api.create({ name: 'Outlives its tenant' });
    await change(name, { deletionPolicy: 'Snapshot', deletionProtection: false, deletionGracePeriod: '0s' });
    await kubectl(['delete', `tenants.${GROUP}`, name, '--timeout=90s']);
    await nothingIsLeftOf(name, tenant.tenantId);
    const { rows } = await asOperator((client) =>
      client.query('select location from tenantry.backups where tenant_id = $1 and state = $2', [tenant.tenantId, 'Verified']),
    );
    expect(rows).toEqual([{ location: expect.stringMatching(`^s3://.*/backups/${tenant.tenantId}/`) }]);

    const next = await onboard(name);
    expect(next.tenantId).not.toBe(tenant.tenantId);
    await change(name, { lifecycle: { state: 'Suspended' } });
    await readyBecause(name, 'Suspended');
    const restore = ['node', 'main.mjs', 'restore', rows[0].location, '--into', name];
    await kubectl(['exec', '-n', SYSTEM_NAMESPACE, 'deploy/tenantry-operator', '--', ...restore]);
    await change(name, { lifecycle: { state: 'Active' } });
    await readyBecause(name, 'Ready');
    const back = await testTenant(name);
    expect((await back.api.list()).map((customer) => customer.name)).toEqual(['Outlives its tenant']);
    await back.api.create({ name: 'Written after the restore' });
  });
});

async function change(name: string, spec: object): Promise<void> {
  await kubectl(['patch', `tenants.${GROUP}`, name, '--type=merge', '--patch', JSON.stringify({ spec })]);
}

async function readyBecause(name: string, reason: 'Ready' | 'Suspended'): Promise<void> {
  await eventually(
    async () =>
      expect((await getTenant(name)).status?.conditions?.find(({ type }) => type === 'Ready')).toMatchObject({ status: 'True', reason }),
    { limitMs: 60_000, everyMs: 250 },
  );
}

async function annotate(name: string, tenantId: string): Promise<void> {
  await kubectl(['annotate', '--overwrite', `tenants.${GROUP}`, name, `${ANNOTATIONS.adopt}=${tenantId}`]);
}

async function stalledWith(name: string, reason: string, mention: string): Promise<void> {
  await eventually(async () => {
    const conditions = (await getTenant(name)).status?.conditions ?? [];
    expect(conditions.find(({ type }) => type === 'Stalled')).toMatchObject({ status: 'True', reason });
    expect(conditions.find(({ type }) => type === 'Ready')).toMatchObject({
      status: 'False',
      reason,
      message: expect.stringContaining(mention),
    });
  });
}
