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
});
