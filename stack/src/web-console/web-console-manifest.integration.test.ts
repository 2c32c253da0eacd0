import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { runningStack } from '../../testing/running-stack.ts';
import type { KubeObject } from '../deploy/kube-object.ts';
import { readManifests } from '../deploy/read-manifests.ts';
import { kubectl } from '../kubernetes/kubectl.ts';
import { stackContext } from '../local-stack.ts';

// What npm start does not deploy is held to the cluster's rules all the same; nothing is made.
const { paths } = stackContext();
let objects: KubeObject[];

beforeAll(async () => {
  await runningStack('kube-apiserver');
  objects = await readManifests(join(paths.root, 'manifests', 'web-console.yaml'));
});

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
