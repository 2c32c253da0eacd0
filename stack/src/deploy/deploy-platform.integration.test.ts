import { SYSTEM_NAMESPACE, TENANTS_NAMESPACE } from '@tenantry/contracts';
import { beforeAll, expect, it } from 'vitest';
import { runningStack } from '../../testing/running-stack.ts';
import { ensureProductImages } from '../images/product-images.ts';
import { kubectl } from '../kubernetes/kubectl.ts';
import { stackContext } from '../local-stack.ts';
import { awaitRollout, deployPlatform } from './deploy-platform.ts';

const context = { ...stackContext(), progress: () => {} };
const OPERATOR = `system:serviceaccount:${SYSTEM_NAMESPACE}:tenantry-operator`;
const SERVICE = `system:serviceaccount:${SYSTEM_NAMESPACE}:tenantry-service`;

beforeAll(async () => {
  await runningStack('postgres', 'kafka', 'redis', 's3', 'keycloak', 'kubelet', 'kube-proxy');
  await deployPlatform(context, await ensureProductImages(context));
  await awaitRollout(context);
}, 300_000);

it('restarts nothing when nothing changed', async () => {
  const generations = () =>
    get(`deployments --namespace=${SYSTEM_NAMESPACE}`, '{range .items[*]}{.metadata.name}={.metadata.generation} {end}');
  const before = await generations();
  await deployPlatform(context, await ensureProductImages(context));
  expect(await generations()).toBe(before);
}, 120_000);

it.each([
  ['its own kinds', 'patch', 'tenants.tenantry.dev', ''],
  ['their status', 'patch', 'tenants.tenantry.dev/status', ''],
  ['children of tenants', 'create', 'deployments.apps', TENANTS_NAMESPACE],
  ['their secrets', 'get', 'secrets', TENANTS_NAMESPACE],
  ['its lease', 'update', 'leases.coordination.k8s.io', SYSTEM_NAMESPACE],
  ['events of tenants', 'create', 'events.events.k8s.io', 'default'],
])('lets the operator reach %s', async (_what, verb, resource, namespace) => {
  expect(await may(OPERATOR, verb, resource, namespace)).toBe('yes');
});

it.each([
  ['make a tenant', 'create', 'tenants.tenantry.dev', ''],
  ['delete a tenant', 'delete', 'tenants.tenantry.dev', ''],
  ['change a plan', 'patch', 'tenantclasses.tenantry.dev', ''],
  ['read the platform’s own secrets', 'get', 'secrets', SYSTEM_NAMESPACE],
  ['read secrets elsewhere', 'get', 'secrets', 'kube-system'],
  ['start workloads elsewhere', 'create', 'deployments.apps', 'default'],
  ['enter a pod', 'create', 'pods/exec', TENANTS_NAMESPACE],
  ['give rights', 'create', 'rolebindings.rbac.authorization.k8s.io', TENANTS_NAMESPACE],
  ['see namespaces', 'list', 'namespaces', ''],
])('does not let the operator %s', async (_what, verb, resource, namespace) => {
  expect(await may(OPERATOR, verb, resource, namespace)).toBe('no');
});

it('gives the service no rights and no token', async () => {
  expect(await may(SERVICE, 'list', 'tenants.tenantry.dev', '')).toBe('no');
  const path = '{range .items[*]}{.metadata.name}={.spec.template.spec.automountServiceAccountToken} {end}';
  const tokens = await get(`deployments --namespace=${SYSTEM_NAMESPACE}`, path);
  const workers = [
    'tenantry-api=false',
    'tenantry-job-worker=false',
    'tenantry-projector=false',
    'tenantry-relay=false',
    'tenantry-webhook-sender=false',
  ];
  expect(tokens.trim().split(' ').sort()).toEqual([...workers, 'tenantry-operator=true'].sort());
});

it('refuses a pod that is not locked down in both namespaces', async () => {
  for (const namespace of [SYSTEM_NAMESPACE, TENANTS_NAMESPACE]) {
    const run = kubectl(context.paths, ['run', 'loose', `--namespace=${namespace}`, '--image=localhost/none', '--dry-run=server']);
    await expect(run).rejects.toThrow(/violates PodSecurity "restricted/);
  }
});

async function get(what: string, path: string): Promise<string> {
  return await kubectl(context.paths, ['get', ...what.split(' '), `--output=jsonpath=${path}`]);
}

/** `yes` or `no`; kubectl exits with 1 for a no. */
async function may(who: string, verb: string, resource: string, namespace: string): Promise<string> {
  const where = namespace === '' ? ['--all-namespaces'] : [`--namespace=${namespace}`];
  const answer = await kubectl(context.paths, ['auth', 'can-i', verb, resource, `--as=${who}`, ...where]).catch(
    (error: Error) => error.message,
  );
  return /(^|\s)yes\s*$/.test(answer) ? 'yes' : /(^|\s)no\s*$/.test(answer) ? 'no' : answer;
}
