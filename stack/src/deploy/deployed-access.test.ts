import { join } from 'node:path';
import { expect, it } from 'vitest';
import { z } from 'zod';
import type { KubeObject } from './kube-object.ts';
import { readManifests } from './read-manifests.ts';

const Rule = z.object({
  apiGroups: z.array(z.string()).default([]),
  resources: z.array(z.string()).default([]),
  nonResourceURLs: z.array(z.string()).default([]),
  verbs: z.array(z.string()),
});
const Subject = z.object({ kind: z.string(), name: z.string(), namespace: z.string().optional() });
const Reference = z.object({ kind: z.string(), name: z.string() });

const manifests = join(import.meta.dirname, '../../../manifests');
const everything = [...(await readManifests(manifests)), ...(await readManifests(join(manifests, '../crds/policies')))];
const ofKind = (kind: RegExp): KubeObject[] => everything.filter((object) => kind.test(object.kind));
const rules = (role: KubeObject) => z.array(Rule).parse(role.rules);
const subjects = (binding: KubeObject) => z.array(Subject).parse(binding.subjects);

// What the operator uses of these rights: operator/src/kubernetes/operator-access.integration.test.ts, from the API server's audit log.
it('gives nobody a wildcard, a way to more rights, or anything of the whole cluster but its own kinds', () => {
  const [roles, clusterRoles] = [ofKind(/^(Cluster)?Role$/), ofKind(/^ClusterRole$/)];
  expect(clusterRoles.length).toBeGreaterThan(0);
  const all = roles.flatMap(rules);
  expect(all.flatMap((rule) => Object.values(rule).flat()).filter((word) => word.includes('*'))).toEqual([]);
  expect(all.flatMap(({ verbs }) => verbs).filter((verb) => ['escalate', 'bind', 'impersonate'].includes(verb))).toEqual([]);
  expect(all.flatMap(({ nonResourceURLs }) => nonResourceURLs)).toEqual([]);
  // No secrets, above all.
  expect([...new Set(clusterRoles.flatMap(rules).flatMap(({ apiGroups }) => apiGroups))]).toEqual(['tenantry.dev']);
});

it('gives rights to one service account, the operator’s, in the file that the audit proof applies, and to no group of service accounts', async () => {
  const accounts = (binding: KubeObject) => subjects(binding).filter(({ kind, name }) => kind !== 'Group' || name.startsWith('system:'));
  const bindings = ofKind(/^(Cluster)?RoleBinding$/).filter((binding) => accounts(binding).length > 0);
  const proven = await readManifests(join(manifests, 'operator-access.yaml'));
  expect(bindings).toEqual(proven.filter(({ kind }) => kind.endsWith('RoleBinding')));
  for (const binding of bindings)
    expect(subjects(binding)).toEqual([{ kind: 'ServiceAccount', name: 'tenantry-operator', namespace: 'tenantry-system' }]);
  const given = bindings.map((binding) => Reference.parse(binding.roleRef));
  expect(given).toEqual(proven.filter(({ kind }) => kind.endsWith('Role')).map(({ kind, metadata: { name } }) => ({ kind, name })));
});

it('lets only the operator’s pods have a token, and starts them as the operator', () => {
  const Pods = z.object({
    template: z.object({
      spec: z.object({ serviceAccountName: z.string().default('default'), automountServiceAccountToken: z.boolean() }),
    }),
  });
  const pods = ofKind(/^Deployment$/).map(({ metadata, spec }) => ({ name: metadata.name, ...Pods.parse(spec).template.spec }));
  expect(pods.length).toBeGreaterThan(1);
  for (const { name, serviceAccountName, automountServiceAccountToken } of pods)
    expect([name, serviceAccountName === 'tenantry-operator', automountServiceAccountToken]).toEqual([
      name,
      name === 'tenantry-operator',
      name === 'tenantry-operator',
    ]);
  for (const account of ofKind(/^ServiceAccount$/)) expect(account.automountServiceAccountToken, account.metadata.name).toBe(false);
});
