import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { eventually } from '../../testing/eventually.ts';
import { type RunningStack, runningStack } from '../../testing/running-stack.ts';
import type { KubeObject } from '../deploy/kube-object.ts';
import { readManifests } from '../deploy/read-manifests.ts';
import { ensureBaseImage } from '../images/base-image.ts';
import { ensureImage } from '../images/build-image.ts';
import { ensureCached } from '../install-cache.ts';
import { kubectl } from '../kubernetes/kubectl.ts';
import { stackContext } from '../local-stack.ts';
import { PORTS } from '../ports.ts';
import { webConsoleInstall } from './build-web-console.ts';

// What npm start does not deploy is held to the cluster's rules all the same.
const NAMESPACE = 'web-console-test';
const context = { ...stackContext(), progress: () => {} };
const { paths, nodeAddress } = context;
let stack: RunningStack;
let objects: KubeObject[];

beforeAll(async () => {
  stack = await runningStack('kube-apiserver', 'kubelet', 'kube-proxy');
  objects = await readManifests(join(paths.root, 'manifests', 'web-console.yaml'));
});
afterAll(async () => {
  await kubectl(paths, ['delete', 'namespace', NAMESPACE, '--ignore-not-found', '--timeout=60s']);
}, 90_000);

const dryRun = (object: object) => kubectl(paths, ['apply', '--dry-run=server', '-f', '-'], { input: JSON.stringify(object) });

it('is taken by the cluster as it is', async () => {
  for (const object of objects) expect(await dryRun(object)).toContain('(server dry run)');
});

it('makes a pod that is locked down as the namespace wants it', async () => {
  const { metadata, spec } = objects.find(({ kind }) => kind === 'Deployment') as unknown as {
    readonly metadata: { readonly name: string; readonly namespace: string };
    readonly spec: { readonly template: { readonly spec: object } };
  };
  const { name, namespace } = metadata;
  const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace }, spec: spec.template.spec };
  expect(await dryRun(pod)).toContain(`pod/${name} created (server dry run)`);
});

it('serves the page from its image in a pod, and leads calls to the api', async () => {
  const labels = { 'pod-security.kubernetes.io/enforce': 'restricted' };
  const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE, labels } };
  const text = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: [namespace, ...objects.map(here)] });
  const input = text
    .replace('"image":"tenantry-web-console"', `"image":"${await ensureConsoleImage()}"`)
    .replace('http://tenantry-api.tenantry-system:28080', `http://${nodeAddress}:${PORTS.apiNodePort}`)
    .replace('https://id.example.com/realms/tenantry', stack.keycloak.tenants.url);
  await kubectl(paths, ['apply', '--server-side', '-f', '-'], { input });
  await kubectl(paths, ['rollout', 'status', 'deployment/tenantry-web-console', '--namespace', NAMESPACE, '--timeout=100s']);
  const service = [
    'get',
    'service/tenantry-web-console',
    '--namespace',
    NAMESPACE,
    '--output',
    'jsonpath={.spec.clusterIP}:{.spec.ports[0].port}',
  ];
  const origin = `http://${await kubectl(paths, service)}`;
  // kube-proxy hears of a Service up to a second later.
  const page = await eventually(() => fetch(origin, { signal: AbortSignal.timeout(2000) }));
  expect(page.headers.get('content-security-policy')).toContain("default-src 'none'");
  expect(await page.text()).toContain('<script type="module"');
  // The console lets a token through that says it is one of this tenant; only the api finds out who signed it.
  const claims = Buffer.from(JSON.stringify({ sub: 'nobody', exp: 4_000_000_000, organization: { acme: {} } })).toString('base64url');
  const headers = { authorization: `Bearer e30.${claims}.e30` };
  const refused = await fetch(`${origin}/api/acme/v1/customers`, { headers, signal: AbortSignal.timeout(5000) });
  expect({ status: refused.status, challenge: refused.headers.get('www-authenticate') }).toEqual({
    status: 401,
    challenge: expect.stringContaining('invalid_token'),
  });
}, 240_000);

/** The same object in a namespace of this test's own. */
function here(object: KubeObject): object {
  return { ...object, metadata: { ...object.metadata, namespace: NAMESPACE } };
}

async function ensureConsoleImage(): Promise<string> {
  const install = await webConsoleInstall(paths);
  const built = await ensureCached(context, install);
  return ensureImage(context, {
    image: `localhost/tenantry-web-console:${install.key}`,
    base: await ensureBaseImage(context),
    dockerfile: join(paths.root, 'desktop', 'Dockerfile'),
    fill: (folder) => cp(built, folder, { recursive: true }),
  });
}
