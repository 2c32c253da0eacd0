import { GROUP } from '@tenantry/contracts';
import { eventually } from '@tenantry/stack/testing/eventually.ts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { asLogin } from './support/cell-eye.ts';
import { footprintOf } from './support/footprint.ts';
import { kubectl, kubectlApply } from './support/kubectl.ts';
import { localPlatform } from './support/local-platform.ts';
import { makeClass, removeClass } from './support/test-class.ts';
import {
  freshName,
  getTenant,
  onboard,
  readyPods,
  removeCompletely,
  type TestTenant,
  tenantObject,
  testTenant,
  type WrittenSpec,
  waitForReady,
} from './support/test-tenant.ts';
import { verify } from './support/verify.ts';

const CLASS = freshName('e2e-class');
const name = freshName('mutable');
const BASE: WrittenSpec = {
  classRef: { name: CLASS },
  messaging: {
    topics: [
      { name: 'orders', partitions: 2 },
      { name: 'invoices', partitions: 1 },
    ],
  },
};
let tenant: TestTenant;

beforeAll(async () => {
  await makeClass(CLASS);
  tenant = await onboard(name, { ...BASE, messaging: { topics: [{ name: 'orders', partitions: 1 }] } });
  await tenant.api.create({ name: 'There from the start' });
});
afterAll(async () => {
  await removeCompletely(name);
  await removeClass(CLASS);
});

const change = async (spec: WrittenSpec): Promise<void> => {
  await kubectlApply(tenantObject(name, { ...BASE, ...spec }));
  await eventually(async () => {
    const { metadata, status } = await getTenant(name);
    expect(status?.observedGeneration).toBe(metadata.generation);
  });
};

describe('a Tenant whose spec changes', () => {
  it('gets more partitions and another topic, and may write to both', async () => {
    await change({});
    await waitForReady(name);
    const { kafka } = await footprintOf(name);
    expect(kafka.topics).toEqual(expect.arrayContaining([expect.stringMatching(/\.orders: 2 /), expect.stringMatching(/\.invoices: 1 /)]));
    expect(kafka.acls).toEqual(expect.arrayContaining([`ALLOW WRITE TOPIC LITERAL ${name}.invoices`]));
  });

  it('moves to replicas of its own: its address changes, the pooled api points there, and every row is still there', async () => {
    await change({ workload: { mode: 'Dedicated' } });
    await waitForReady(name);
    const moved = await testTenant(name);
    expect(moved.url).not.toBe(localPlatform().pooledUrl);
    expect(await readyPods(name)).toHaveLength(1);
    expect((await moved.api.list()).map((customer) => customer.name)).toEqual(['There from the start']);
    const pooled = await tenant.api.at(localPlatform().pooledUrl).call<{ url: string }>('GET', '/v1/customers');
    expect([pooled.status, pooled.body.url]).toEqual([421, moved.url]);
    await moved.api.create({ name: 'Written by replicas of its own' });
  });

  it('is scaled by kubectl scale', async () => {
    await kubectl(['scale', `tenants.${GROUP}/${name}`, '--replicas=2']);
    await eventually(async () => expect(await readyPods(name)).toHaveLength(2), { limitMs: 60_000 });
    await eventually(async () => expect((await getTenant(name)).status?.workload).toMatchObject({ replicas: 2, readyReplicas: 2 }));
  });

  it('moves back to the shared replicas, and nothing of its own runs any more', async () => {
    await kubectl([
      'patch',
      `tenants.${GROUP}`,
      name,
      '--type=json',
      '--patch',
      '[{"op":"replace","path":"/spec/workload","value":{"mode":"Pooled"}}]',
    ]);
    await eventually(
      async () => {
        expect((await getTenant(name)).status?.url).toBe(localPlatform().pooledUrl);
        expect((await footprintOf(name)).kubernetes).toEqual([`Secret ${name}-credentials`]);
      },
      { limitMs: 60_000, everyMs: 500 },
    );
    await waitForReady(name);
    await tenant.api.create({ name: 'Written by the shared replicas' });
    expect(await tenant.api.list()).toHaveLength(3);
  });
});

describe('a Tenant that is made read-only and suspended', () => {
  const write = () => tenant.api.call<{ code: string }>('POST', '/v1/customers', { body: { name: 'Refused' } });
  const insert = () =>
    asLogin(tenant.secret.postgresUsername, tenant.secret.postgresPassword, (client) =>
      client.query(`update "${tenant.names.schema}".customers set name = name`),
    );

  it('read-only: is read, and refused to write by the api and by the database itself', async () => {
    await change({ lifecycle: { state: 'ReadOnly', reason: 'Invoice 4711 is overdue' } });
    await eventually(async () => {
      const refused = await write();
      expect([refused.status, refused.body.code]).toEqual([403, 'tenant-read-only']);
    });
    expect((await tenant.api.call('GET', '/v1/customers')).status).toBe(200);
    await eventually(() => expect(insert()).rejects.toMatchObject({ code: '42501' }));
  });

  it('suspended: is answered 403 with the reason, and gets no new token', async () => {
    await change({ lifecycle: { state: 'Suspended', reason: 'Invoice 4711 is overdue' } });
    await eventually(async () => {
      const refused = await tenant.api.call<{ code: string }>('GET', '/v1/customers');
      expect([refused.status, refused.body.code]).toEqual([403, 'tenant-suspended']);
      expect(refused.text).toContain('Invoice 4711 is overdue');
    });
    // The API closes first; the pass that closed it goes on.
    await eventually(
      async () => {
        const { status } = await getTenant(name);
        expect(status?.conditions?.find(({ type }) => type === 'Ready')?.reason).toBe('Suspended');
      },
      { limitMs: 60_000 },
    );
    await eventually(async () => expect((await footprintOf(name)).keycloak.organizations).toEqual([expect.stringContaining('disabled')]));
  });

  it('active again: serves as before, and has lost nothing', async () => {
    await change({});
    await waitForReady(name);
    await eventually(async () => expect((await write()).status).toBe(201), { limitMs: 20_000 });
    const fresh = await testTenant(name);
    expect(await fresh.api.list()).toHaveLength(4);
    expect(await verify(fresh)).toHaveLength(4);
  });
});
