import { GROUP, LABELS, SYSTEM_NAMESPACE, VERSION } from '@tenantry/contracts';
import { eventually } from '@tenantry/stack/testing/eventually.ts';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Right, rightsOf, rightsUsedBy } from '../../testing/granted-rights.ts';
import { type KeptOperator, keepOperator } from '../../testing/kept-operator.ts';
import { lifePhases } from '../../testing/life-phases.ts';
import { type PrivateCluster, privateCluster } from '../../testing/private-cluster.ts';
import { conditionOf, type TestCluster, testCluster } from '../../testing/test-cluster.ts';
import { type TestPlatform, testPlatform } from '../../testing/test-platform.ts';
import { TENANT_ACCESSES, TENANT_BACKUPS, TENANT_CLASSES, TENANT_RESTORES, type TenantAccessObject } from './resources.ts';

const PATIENCE = { limitMs: 60_000, everyMs: 100 };
const ACCOUNT = { name: 'tenantry-operator', namespace: SYSTEM_NAMESPACE };

/** Asked for by an admission plugin when a child with `blockOwnerDeletion` is made, so no call of its own. The cluster of this test has the plugin. */
const ASKED_BY_ADMISSION: Right = 'update tenantry.dev/tenants/finalizers in everywhere';

let platform: TestPlatform;
let home: PrivateCluster;
let cluster: TestCluster;
let operator: KeptOperator;

beforeAll(async () => {
  [platform, home] = await Promise.all([
    testPlatform({ claim: false }),
    privateCluster({ manifests: ['operator/testing/service-monitor-kind.yaml'] }),
  ]);
  cluster = await testCluster(home.adminKubeconfig, 'access');
  operator = await keepOperator(
    platform.environment({
      OPERATOR_NAME: cluster.name,
      SERVICE_IMAGE: 'localhost/none',
      METRICS_PORT: '0',
      INGRESS_DOMAIN: 'tenants.example.test',
      KUBECONFIG_FILE: home.operatorKubeconfig,
    }),
  );
});
afterAll(async () => {
  await operator?.stop();
  await cluster?.[Symbol.asyncDispose]();
  await home?.[Symbol.asyncDispose]();
  await platform?.[Symbol.asyncDispose]();
});

it('has no right that it does not use, needs none that it does not have, and none with a wildcard', async () => {
  const slug = platform.slug();
  for (const { name, edit, arrived } of lifePhases({ platform, cluster })) {
    await edit(slug);
    await eventually(() => arrived(slug), PATIENCE).catch((error: Error) => {
      throw new Error(`${name}: ${error.message}\n${operator.output().slice(-3000)}`, { cause: error });
    });
  }
  // What a life does not have: a class of this operator's own, which tells how far an edit of it has come; and replicas that a HorizontalPodAutoscaler decides on, and their end.
  await home.kubectl('label', `tenantclasses.${GROUP}`, cluster.name, `${LABELS.operator}=${cluster.name}`);
  await eventually(
    async () => expect(await cluster.api.get(TENANT_CLASSES, { name: cluster.name })).toHaveProperty('status.progress'),
    PATIENCE,
  );
  const scaled = platform.slug();
  await cluster.apply(scaled, { workload: { mode: 'Dedicated', autoscaling: { minReplicas: 1, maxReplicas: 3, targetCpuPercent: 70 } } });
  await eventually(async () => expect(conditionOf(await cluster.tenant(scaled), 'Ready')).toBe('True/Ready'), PATIENCE);
  // Nor has it somebody of the staff who wants to enter the tenant.
  const spec = { tenantRef: { name: scaled }, email: `${scaled}@example.test`, reason: 'Ticket 4711', requestedBy: 'admin' };
  const entry = { apiVersion: `${GROUP}/${VERSION}`, kind: 'TenantAccess', metadata: { name: scaled }, spec };
  await cluster.api.create(TENANT_ACCESSES, entry as unknown as TenantAccessObject);
  await eventually(
    async () => expect(await cluster.api.get(TENANT_ACCESSES, { name: scaled })).toHaveProperty('status.conditions.0.reason', 'NoAccount'),
    PATIENCE,
  );
  // Nor somebody who asks for a backup and a restore, which this cell has no bucket for.
  const tenantRef = { name: scaled };
  const request = { apiVersion: `${GROUP}/${VERSION}`, metadata: { name: scaled } };
  await cluster.api.create(TENANT_BACKUPS, { ...request, kind: 'TenantBackup', spec: { tenantRef } });
  await cluster.api.create(TENANT_RESTORES, { ...request, kind: 'TenantRestore', spec: { tenantRef, location: 's3://none/' } });
  await eventually(async () => {
    const backup = await cluster.api.get(TENANT_BACKUPS, { name: scaled });
    expect(backup).toHaveProperty('status.conditions.0.reason', 'BackupStoreMissing');
    const restore = await cluster.api.get(TENANT_RESTORES, { name: scaled });
    expect(restore).toHaveProperty('status.conditions.0.reason', 'RestoreRefused');
  }, PATIENCE);
  await cluster.remove(scaled);
  await eventually(async () => expect(await cluster.tenant(scaled)).toBeUndefined(), PATIENCE);
  await operator.stop();

  const calls = await home.calls();
  expect(
    calls.filter(({ code }) => code === 403),
    'nothing was refused',
  ).toEqual([]);
  const granted = await rightsOf(home, ACCOUNT);
  const used = rightsUsedBy(calls);
  expect(
    [...used].filter((right) => !granted.has(right)),
    'used, but given by something else than the manifests',
  ).toEqual([]);
  expect(
    [...granted].filter((right) => !used.has(right)),
    'given, but not used',
  ).toEqual([ASKED_BY_ADMISSION]);
  expect([...granted].filter((right) => right.includes('*'))).toEqual([]);
  expect([...granted].filter((right) => right.endsWith('everywhere') && !right.includes(' tenantry.dev/'))).toEqual([]);
}, 200_000);
