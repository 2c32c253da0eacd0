import { randomBytes } from 'node:crypto';
import { FIELD_MANAGER, GROUP, LABELS, VERSION } from '@tenantry/contracts';
import { runningStack } from '@tenantry/stack/testing/running-stack.ts';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type TestCluster, testCluster } from '../../testing/test-cluster.ts';
import { Effects } from '../effects.ts';
import { KubeTenantObjects } from './kube-tenant-objects.ts';
import type { ChildObject } from './port.ts';
import { CHILDREN } from './resources.ts';

const namespace = 'default';
const run = randomBytes(4).toString('hex');
const names = { ours: `ours-${run}`, foreign: `foreign-${run}` };
const effects = new Effects({ assertLeading: () => {} });
let cluster: TestCluster;
let api: TestCluster['api'];
let owner: object;

beforeAll(async () => {
  cluster = await testCluster((await runningStack('kube-apiserver')).kubeconfigFile, `objects-${run}`);
  api = cluster.api;
  // One that is really there: the cluster's garbage collector takes what belongs to nobody.
  await cluster.apply(names.ours);
  const uid = (await cluster.tenant(names.ours))?.metadata.uid;
  owner = { apiVersion: `${GROUP}/${VERSION}`, kind: 'Tenant', name: names.ours, uid, controller: true };
});
afterAll(async () => {
  for (const name of Object.values(names)) await api?.delete(CHILDREN.Secret, { namespace, name });
  await cluster?.[Symbol.asyncDispose]();
});

const labels = { [LABELS.tenantId]: 'none' };
const secret = (name: string, owned: boolean) =>
  ({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name, namespace, labels, ...(owned && { ownerReferences: [owner] }) },
  }) as ChildObject;
const stored = async (name: string): Promise<boolean> => (await api.get(CHILDREN.Secret, { namespace, name })) !== undefined;

it('removes for good what its view does not show, and leaves what is not Tenantry’s', async () => {
  await api.apply(CHILDREN.Secret, secret(names.ours, true), { fieldManager: FIELD_MANAGER });
  await api.apply(CHILDREN.Secret, secret(names.foreign, false), { fieldManager: 'somebody' });
  // Never started: a view that has missed everything.
  const objects = new KubeTenantObjects({ api, effects, namespace });
  await objects.remove('Secret', names.ours);
  expect(await stored(names.ours)).toBe(true);
  for (const name of Object.values(names)) await objects.removeForGood('Secret', name);
  expect([await stored(names.ours), await stored(names.foreign)]).toEqual([false, true]);
  const before = effects.count;
  await objects.removeForGood('Secret', names.ours);
  await objects.removeForGood('ServiceMonitor', names.ours);
  expect(effects.count).toBe(before);
});
