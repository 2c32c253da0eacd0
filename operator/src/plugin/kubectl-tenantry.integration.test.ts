import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ANNOTATIONS, type Condition, GROUP, type TenantStatus, VERSION } from '@tenantry/contracts';
import { hyperkubeBinary } from '@tenantry/stack/kubernetes/hyperkube-install.ts';
import { stackPaths } from '@tenantry/stack/paths.ts';
import { bundlePlugin } from '@tenantry/stack/plugin/bundle-plugin.ts';
import { eventually } from '@tenantry/stack/testing/eventually.ts';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type PrivateCluster, privateCluster } from '../../testing/private-cluster.ts';
import { type TestCluster, testCluster } from '../../testing/test-cluster.ts';
import type { KubeObject, Resource } from '../control/kube-object.ts';
import { CHILDREN, TENANT_BACKUPS, TENANT_RESTORES, TENANTS, type TenantObject } from '../kubernetes/resources.ts';

let home: PrivateCluster;
let cluster: TestCluster;
let folder: string;
let kubectl: string;

// No operator: this test writes what one would say. What the operator does about it is its own tests' matter.
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tenantry-plugin-'));
  const root = fileURLToPath(new URL('../../..', import.meta.url));
  [home, kubectl] = await Promise.all([privateCluster(), hyperkubeBinary(stackPaths()), bundlePlugin(root, folder)]);
  cluster = await testCluster(home.adminKubeconfig, 'plugin-test');
});
afterAll(async () => {
  await cluster?.[Symbol.asyncDispose]();
  await home?.[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** As a person runs it: kubectl finds the program on the PATH by its name. */
async function tenantry(...words: string[]): Promise<Ran> {
  const env = { PATH: `${folder}:${dirname(process.execPath)}`, HOME: folder, KUBECONFIG: home.adminKubeconfig };
  const child = spawn(kubectl, ['kubectl', 'tenantry', ...words], { env, cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
  const text = { out: '', err: '' };
  child.stdout.on('data', (chunk: Buffer) => {
    text.out += chunk.toString();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    text.err += chunk.toString();
  });
  const [code] = (await once(child, 'close')) as [number | null];
  return { code: code ?? -1, ...text };
}

async function says(name: string, reason: string, status: Condition['status'], more: TenantStatus = {}): Promise<void> {
  const tenant = await cluster.tenant(name);
  const generation = tenant?.metadata.generation ?? 0;
  const condition = (type: string, is: Condition['status'], message: string) => ({
    type,
    status: is,
    reason,
    message,
    observedGeneration: generation,
    lastTransitionTime: '2026-01-01T00:00:00Z',
  });
  const conditions = [condition('Ready', status, `It is ${reason}.`), condition('Stalled', 'False', 'Nothing holds this tenant up.')];
  const object = {
    apiVersion: tenant?.apiVersion,
    kind: tenant?.kind,
    metadata: { name },
    status: { observedGeneration: generation, conditions, ...more },
  };
  await cluster.api.apply(TENANTS, object as unknown as TenantObject, { fieldManager: 'test-status', force: true, subresource: 'status' });
}

it('explains what holds a tenant up, and says it by its exit code too', async () => {
  await cluster.apply('stuck');
  const lastError = 'connection refused ← ECONNREFUSED';
  const step = { name: 'topics', state: 'Failed', reason: 'ObservationFailed', message: 'Away.', since: '2026-01-01T00:00:00Z' } as const;
  const retryAt = new Date(Date.now() + 60_000).toISOString().replace(/\.\d+/, '');
  await says('stuck', 'ObservationFailed', 'Unknown', { steps: [{ ...step, observedGeneration: 1, attempts: 3, retryAt, lastError }] });
  const text = await tenantry('explain', 'stuck');
  expect(text).toMatchObject({ code: 1, err: '' });
  expect(text.out).toMatch(/Held up by {2}step topics/);
  expect(text.out).toContain(lastError);
  expect(text.out).toMatch(/Tried {7}3 times, again in \d+s/);
  expect(text.out).toContain('Command     kubectl logs -n tenantry-system deploy/tenantry-operator');
  const json = JSON.parse((await tenantry('explain', 'stuck', '--output', 'json')).out);
  expect(json).toMatchObject({ isReady: false, blocking: { name: 'topics', attempts: 3, lastError } });
  await says('stuck', 'Ready', 'True');
  expect((await tenantry('explain', 'stuck')).code).toBe(0);
});

it.each([
  [['explain', 'nobody'], 3, 'error: there is no Tenant nobody'],
  [['explain'], 2, 'error: explain needs the name of a tenant'],
  [['explain', 'stuck', '--context', 'other'], 3, 'error: the kubeconfig has no context other'],
  [['explain', 'stuck', '--kubeconfig', '/nowhere'], 3, 'error: the kubeconfig cannot be read'],
])('ends %j with exit code %d and one line', async (words, code, line) => {
  const ran = await tenantry(...words);
  expect(ran).toMatchObject({ code, out: '' });
  expect(ran.err.trim().split('\n')).toEqual([expect.stringContaining(line)]);
});

it('shows what differs, and what applying a file would change, without changing it', async () => {
  await cluster.apply('differs', { displayName: 'Before' });
  const items = [{ resource: 'kafka/topic/differs.events', field: 'retention.ms', want: '604800000', have: '1000' }];
  await says('differs', 'DriftReported', 'False', { drift: { count: 1, items } });
  const drift = await tenantry('diff', 'differs');
  expect(drift.code).toBe(1);
  expect(drift.out).toContain('kafka/topic/differs.events  retention.ms  is 1000, should be 604800000');

  await says('differs', 'Ready', 'True');
  expect(await tenantry('diff', 'differs')).toMatchObject({ code: 0, out: 'Nothing outside differs from the spec.\n' });
  const file = join(folder, 'differs.yaml');
  const manifest = (spec: string) =>
    writeFile(
      file,
      `apiVersion: tenantry.dev/v1alpha1\nkind: Tenant\nmetadata: {name: differs}\nspec:\n  classRef: {name: plugin-test}\n${spec}`,
    );
  await manifest('  messaging: {topics: [{name: orders}]}\n');
  const changes = await tenantry('diff', 'differs', '-f', file);
  expect(changes.code).toBe(1);
  // With the defaults that the server fills in.
  expect(changes.out).toMatch(/Tenant differs {2}spec\.messaging\.topics.*orders.*"partitions":3/);
  expect((await cluster.tenant('differs'))?.spec.messaging.topics).toEqual([]);
  await manifest('  lifecycle: {state: Archived}\n');
  const refused = await tenantry('diff', 'differs', '-f', file);
  expect(refused.code).toBe(3);
  expect(refused.err).toMatch(/^error: Tenant differs in .* would be refused: .*Unsupported value: "Archived"/);
});

it('suspends and resumes under its own name, waits until it is so, and takes nothing from another manager unless told', async () => {
  await cluster.apply('closing');
  await says('closing', 'Ready', 'True');
  const suspending = tenantry('suspend', 'closing', '--reason', 'Invoice 4711');
  await eventually(async () =>
    expect((await cluster.tenant('closing'))?.spec.lifecycle).toEqual({ state: 'Suspended', reason: 'Invoice 4711' }),
  );
  await says('closing', 'Suspended', 'True');
  expect(await suspending).toMatchObject({ code: 0, out: 'closing is suspended: nobody is served, the data is kept\n' });
  const managers = (await cluster.tenant('closing'))?.metadata.managedFields?.map(({ manager }) => manager);
  expect(managers).toContain('kubectl-tenantry');
  expect(await tenantry('resume', 'closing', '--no-wait')).toMatchObject({ code: 0, out: 'closing: asked for\n' });
  expect((await cluster.tenant('closing'))?.spec.lifecycle).toEqual({ state: 'Active' });

  await cluster.apply('kept', { lifecycle: { state: 'ReadOnly', reason: 'audit' } });
  const refused = await tenantry('suspend', 'kept', '--reason', 'overdue', '--no-wait');
  expect(refused.code).toBe(3);
  expect(refused.err).toMatch(/^error: spec\.lifecycle\.\w+ is not yours: conflict with "test".*--force/);
  expect((await tenantry('suspend', 'kept', '--reason', 'overdue', '--no-wait', '--force')).code).toBe(0);
  expect((await cluster.tenant('kept'))?.spec.lifecycle.state).toBe('Suspended');
});

it('gives up waiting when the time is up, and says that it goes on', async () => {
  await cluster.apply('slow');
  const ran = await tenantry('reconcile', 'slow', '--timeout', '1s');
  expect(ran.code).toBe(3);
  expect(ran.err).toContain('No operator has looked at this tenant yet.');
  expect(ran.err).toMatch(/error: not done after 1 s; it goes on without you/);
  expect((await cluster.tenant('slow'))?.metadata.annotations?.[ANNOTATIONS.reconcileRequestedAt]).toMatch(/^\d{4}-/);
});

it('asks for new credentials and waits for them', async () => {
  await cluster.apply('turning');
  await says('turning', 'Ready', 'True', { credentials: { generation: 1 } });
  const rotating = tenantry('rotate', 'turning');
  await eventually(async () =>
    expect((await cluster.tenant('turning'))?.metadata.annotations?.[ANNOTATIONS.rotateRequestedAt]).toMatch(/^\d{4}-/),
  );
  const current = {
    type: 'CredentialsCurrent',
    status: 'True',
    reason: 'Done',
    message: 'Current.',
    lastTransitionTime: '2026-01-01T00:00:00Z',
  } as const;
  await says('turning', 'Ready', 'True', { credentials: { generation: 2, overlapUntil: '2026-01-01T01:00:00Z' }, conditions: [current] });
  expect(await rotating).toMatchObject({ code: 0, out: 'turning has new credentials; the old ones work until 2026-01-01T01:00:00Z\n' });
});

it('asks for a backup, waits until it is proven, and says where it is', async () => {
  await cluster.apply('valuable');
  const backingUp = tenantry('backup', 'valuable');
  const { metadata, spec } = await requested(TENANT_BACKUPS);
  expect({ name: metadata.name, spec }).toEqual({
    name: expect.stringMatching(/^valuable-\d{8}t\d{6}$/),
    spec: { tenantRef: { name: 'valuable' } },
  });
  await saysOf(TENANT_BACKUPS, metadata.name, 'True', 'BackedUp', 'It is there.', { location: 's3://bucket/backups/a/b/' });
  expect(await backingUp).toMatchObject({ code: 0, out: 'valuable is backed up, proven by restoring it: s3://bucket/backups/a/b/\n' });
});

it('asks for a restore, and says why it was refused by its exit code too', async () => {
  await cluster.apply('served');
  const restoring = tenantry('restore', 'served', '--from', 's3://bucket/backups/a/b/');
  const { metadata, spec } = await requested(TENANT_RESTORES);
  expect(spec).toEqual({ tenantRef: { name: 'served' }, location: 's3://bucket/backups/a/b/' });
  const finishedAt = '2026-01-01T00:00:00Z';
  await saysOf(TENANT_RESTORES, metadata.name, 'False', 'RestoreRefused', 'Nothing was changed: served is Active.', { finishedAt });
  const { code, err } = await restoring;
  expect(code).toBe(1);
  expect(err).toContain('Nothing was changed: served is Active.');
});

/** The request that a command under way has made. */
async function requested<T extends KubeObject>(kind: Resource<T>): Promise<T> {
  return eventually(async () => {
    const [request] = (await cluster.api.list(kind, {})).items;
    expect(request).toBeDefined();
    return request as T;
  });
}

async function saysOf<T extends KubeObject>(
  kind: Resource<T>,
  name: string,
  status: Condition['status'],
  reason: string,
  message: string,
  more: object,
): Promise<void> {
  const ready = { type: 'Ready', status, reason, message, lastTransitionTime: '2026-01-01T00:00:00Z' };
  const object = { apiVersion: `${GROUP}/${VERSION}`, kind: kind.kind, metadata: { name }, status: { ...more, conditions: [ready] } };
  await cluster.api.apply(kind, object as unknown as T, { fieldManager: 'test-status', force: true, subresource: 'status' });
}

it('writes a report that has everything but secrets', async () => {
  await cluster.apply('reported', {
    displayName: 'Peter Gibbons Ltd.',
    lifecycle: { state: 'Suspended', reason: 'ask peter@initech.example' },
  });
  await says('reported', 'Suspended', 'True');
  const labels = { 'tenantry.dev/tenant': 'reported', 'tenantry.dev/tenant-id': '01900000-0000-7000-8000-000000000001' };
  const secret = {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'reported-credentials', namespace: 'tenantry-tenants', labels },
    data: { password: btoa('hunter2') },
  };
  await cluster.api.apply(CHILDREN.Secret, secret as never, { fieldManager: 'test', force: true });
  const ran = await tenantry('report', 'reported', '--file', 'report.json');
  expect(ran).toMatchObject({ code: 0, out: 'report.json\n' });
  const text = await readFile(join(folder, 'report.json'), 'utf8');
  const report = JSON.parse(text);
  expect(report).toMatchObject({
    versions: { kubernetes: { gitVersion: expect.stringMatching(/^v1\./) } },
    tenant: { metadata: { name: 'reported' } },
    tenantClass: { metadata: { name: 'plugin-test' } },
    explanation: { isReady: true },
    children: { Secret: [{ metadata: { name: 'reported-credentials' }, data: { password: '(redacted)' } }] },
  });
  for (const secretText of ['hunter2', btoa('hunter2'), 'Peter Gibbons', 'peter@initech']) expect(text).not.toContain(secretText);
  await home.kubectl('delete', 'secret', '-n', 'tenantry-tenants', 'reported-credentials');
});

it('counts the fleet', async () => {
  const ran = await tenantry('status', '-o', 'json');
  const { tenants, ready, byClass, byReason } = JSON.parse(ran.out);
  expect(tenants).toBe((await cluster.api.list(TENANTS)).items.length);
  expect(ready).toBeGreaterThan(1);
  expect(byClass).toEqual({ 'plugin-test': tenants });
  expect(Object.values(byReason as Record<string, number>).reduce((sum, count) => sum + count, 0)).toBe(tenants);
  expect(ran.code).toBe(1);
  expect((await tenantry('status')).out).toMatch(new RegExp(`^${ready} of ${tenants} tenants are ready`));
});
