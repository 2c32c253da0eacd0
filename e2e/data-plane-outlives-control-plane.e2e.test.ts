import { SYSTEM_NAMESPACE } from '@tenantry/contracts';
import { eventually } from '@tenantry/stack/testing/eventually.ts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { kubectl } from './support/kubectl.ts';
import { localPlatform } from './support/local-platform.ts';
import { scalePlatform } from './support/pod-process.ts';
import { freshName, onboard, removeCompletely, type TestTenant } from './support/test-tenant.ts';
import { verify } from './support/verify.ts';

const name = freshName('steady');
let tenant: TestTenant;

beforeAll(async () => {
  tenant = await onboard(name);
});
afterAll(() => removeCompletely(name));

describe('the api of a tenant', () => {
  it('serves reads and writes, and its events flow, while operator and kube-apiserver are away', async () => {
    await scalePlatform('tenantry-operator', 0);
    const apiserver = await localPlatform().pidOf('kube-apiserver');
    process.kill(apiserver, 'SIGSTOP');
    try {
      const customer = await tenant.api.create({ name: 'Written without a control plane' });
      await tenant.api.update(customer, { segment: 'steady' });
      expect(await tenant.api.search('control plane')).toHaveLength(1);
      expect(await verify(tenant)).toHaveLength(2);
    } finally {
      process.kill(apiserver, 'SIGCONT');
      await eventually(() => kubectl(['get', '--raw', '/readyz']));
      await scalePlatform('tenantry-operator', 1);
    }
  });

  it('loses no request while its replicas are replaced one by one', async () => {
    let rolling = true;
    const rollout = roll().finally(() => {
      rolling = false;
    });
    const statuses: number[] = [];
    const caller = async (): Promise<void> => {
      while (rolling) {
        const customer = await tenant.api.create({ name: `During the rollout ${statuses.length}` });
        statuses.push((await tenant.api.call('GET', `/v1/customers/${customer.id}`)).status);
      }
    };
    await Promise.all([rollout, ...Array.from({ length: 4 }, caller)]);
    expect(statuses.length).toBeGreaterThan(20);
    expect(new Set(statuses)).toEqual(new Set([200]));
    await verify(tenant);
  });
});

async function roll(): Promise<void> {
  await kubectl(['rollout', 'restart', 'deployment/tenantry-api', '--namespace', SYSTEM_NAMESPACE]);
  await kubectl(['rollout', 'status', 'deployment/tenantry-api', '--namespace', SYSTEM_NAMESPACE, '--timeout=90s']);
  // `rollout status` ends when the new pod is ready; the old one drains after that.
  await eventually(
    async () => {
      const pods = (
        await kubectl(['get', 'pods', '--namespace', SYSTEM_NAMESPACE, '--selector', 'app.kubernetes.io/name=tenantry-api', '-o', 'name'])
      ).trim();
      if (pods.split('\n').length > 1) throw new Error(`still draining: ${pods}`);
    },
    { limitMs: 60_000 },
  );
}
