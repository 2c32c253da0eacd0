import { LABELS, TENANTS_NAMESPACE } from '@tenantry/contracts';
import { eventually } from '@tenantry/stack/testing/eventually.ts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { asOperator, asOwner } from './support/cell-eye.ts';
import { type Footprint, footprintOf, TENANT_CHILDREN } from './support/footprint.ts';
import { asKafkaOperator } from './support/kafka-eye.ts';
import { kubectl, kubectlGet } from './support/kubectl.ts';
import { localPlatform } from './support/local-platform.ts';
import { makeClass, removeClass } from './support/test-class.ts';
import {
  eventsOf,
  freshName,
  getTenant,
  onboard,
  readyPods,
  removeCompletely,
  type TestTenant,
  waitForReady,
} from './support/test-tenant.ts';

const CLASS = freshName('e2e-class');
const name = freshName('drift');
let tenant: TestTenant;
let whole: Footprint;

beforeAll(async () => {
  await makeClass(CLASS);
  tenant = await onboard(name, {
    classRef: { name: CLASS },
    workload: { mode: 'Dedicated' },
    messaging: { topics: [{ name: 'orders', partitions: 2 }] },
  });
  whole = await footprintOf(name);
});
afterAll(async () => {
  await removeCompletely(name);
  await removeClass(CLASS);
});

interface Damage {
  /** Ends the sentence "puts back …". */
  readonly what: string;
  /** A word of the event that tells of the repair. */
  readonly said: RegExp;
  readonly doIt: () => Promise<unknown>;
}

const damages: readonly Damage[] = [
  {
    what: 'a topic that was dropped by hand',
    said: /orders/,
    doIt: () => asKafkaOperator((admin) => admin.deleteTopics({ topics: [tenant.names.topic('orders')] })),
  },
  {
    what: 'a grant that was revoked by hand',
    said: /customers|grant/i,
    doIt: () =>
      asOwner(name, (client, schema) =>
        client.query(`revoke update on ${schema}.customers from ${client.escapeIdentifier(tenant.names.appRole)}`),
      ),
  },
  {
    what: 'a machine client that was disabled by hand',
    said: /client/i,
    doIt: async () => {
      const keycloak = localPlatform().keycloak.operator;
      const [client] = (await keycloak.get<readonly { id: string }[]>(`/tenantry/clients?clientId=${tenant.names.machineClientId}`)) ?? [];
      await keycloak.put(`/tenantry/clients/${client?.id}`, { clientId: tenant.names.machineClientId, enabled: false });
    },
  },
  {
    what: 'a registry row that was changed by hand',
    said: /registry|registered/i,
    doIt: () =>
      asOperator((client) => client.query(`update tenantry.tenants set state = 'Suspended' where tenant_id = $1`, [tenant.tenantId])),
  },
  {
    what: 'a Secret that was deleted by hand',
    said: /Secret/,
    doIt: () => kubectl(['delete', 'secret', tenant.names.credentialsSecret, '--namespace', TENANTS_NAMESPACE]),
  },
];

describe('the deployed operator, without being told,', () => {
  it.each(damages)('puts back $what, with an event that says so', async ({ said, doIt }) => {
    await doIt();
    await eventually(async () => {
      expect(await footprintOf(name)).toEqual(whole);
      const repairs = (await eventsOf(name)).filter(({ reason }) => reason === 'DriftRepaired').map(({ note }) => note);
      expect(repairs).toEqual(expect.arrayContaining([expect.stringMatching(said)]));
    });
  });

  it('puts back a Deployment that was deleted by hand, with an event that says so', async () => {
    await kubectl(['delete', 'deployment', tenant.names.workload, '--namespace', TENANTS_NAMESPACE, '--wait=true']);
    await eventually(
      async () => {
        expect(await readyPods(name)).toHaveLength(1);
        expect(await repairsOf()).toEqual(expect.arrayContaining([expect.stringMatching(/Deployment/)]));
      },
      { limitMs: 60_000 },
    );
  });

  it('puts back an image that was changed by hand, with an event that says so', async () => {
    await waitForReady(name);
    const before = await imageOf();
    await kubectl(['set', 'image', `deployment/${tenant.names.workload}`, `*=localhost/not-ours:1`, '--namespace', TENANTS_NAMESPACE]);
    await eventually(async () => {
      expect(await imageOf()).toEqual(before);
      expect(await repairsOf()).toEqual(expect.arrayContaining([expect.stringMatching(/image/i)]));
    });
  });

  it('ends with a Ready tenant that serves and equals its spec', async () => {
    await waitForReady(name);
    await eventually(async () => expect((await tenant.api.call('GET', '/v1/customers')).status).toBe(200));
    expect(await footprintOf(name)).toEqual(whole);
    await tenant.api.create({ name: 'After all repairs' });
  });

  it('writes nothing at rest: neither the object nor its children change', async () => {
    const versions = async (): Promise<readonly string[]> => {
      const children = await kubectlGet<{ items: readonly { metadata: { resourceVersion: string } }[] }>(
        TENANT_CHILDREN,
        '--namespace',
        TENANTS_NAMESPACE,
        '--selector',
        `${LABELS.tenant}=${name}`,
      );
      return [(await getTenant(name)).metadata.resourceVersion ?? '', ...children.items.map(({ metadata }) => metadata.resourceVersion)];
    };
    // Two drift checks of the local platform (5 s each) pass while nothing may happen: the one place that has to let time go by.
    await eventually(
      async () => {
        const before = await versions();
        await new Promise((resolve) => setTimeout(resolve, 11_000));
        expect(await versions()).toEqual(before);
      },
      { limitMs: 40_000 },
    );
  });
});

async function repairsOf(): Promise<readonly string[]> {
  return (await eventsOf(name)).filter(({ reason }) => reason === 'DriftRepaired').map(({ note }) => note);
}

async function imageOf(): Promise<readonly string[]> {
  const { spec } = await kubectlGet<{ spec: { template: { spec: { containers: readonly { image: string }[] } } } }>(
    'deployment',
    tenant.names.workload,
    '--namespace',
    TENANTS_NAMESPACE,
  );
  return spec.template.spec.containers.map(({ image }) => image);
}
