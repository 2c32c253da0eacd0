import { expect, it } from 'vitest';
import { aDedicatedInput } from '../../../testing/tenant-fixtures.ts';
import { deploymentFor } from './deployment.ts';
import { secretFor } from './secret.ts';
import { serviceFor } from './service.ts';
import { serviceAccountFor } from './service-account.ts';

interface Workload {
  readonly spec: {
    readonly replicas: number;
    readonly selector: { readonly matchLabels: Record<string, string> };
    readonly template: {
      readonly metadata: { readonly labels: Record<string, string> };
      readonly spec: Record<string, unknown> & { readonly containers: Record<string, unknown>[] };
    };
  };
}
const deployment = (workload?: object): Workload => deploymentFor(aDedicatedInput(workload)) as unknown as Workload;

it('labels and owns every child, so that it is found and goes with its Tenant', () => {
  for (const child of [secretFor, serviceAccountFor, serviceFor, deploymentFor].map((make) => make(aDedicatedInput()))) {
    expect(child.metadata).toMatchObject({
      namespace: 'tenantry-tenants',
      labels: { 'tenantry.dev/tenant': 'acme', 'tenantry.dev/tenant-id': '01900000-0000-7000-8000-000000000001' },
      ownerReferences: [{ kind: 'Tenant', name: 'acme', uid: 'uid-1', controller: true }],
    });
  }
});

it('passes pod security "restricted"', () => {
  const pod = deployment().spec.template.spec;
  expect(pod).toMatchObject({
    automountServiceAccountToken: false,
    securityContext: { runAsNonRoot: true, runAsUser: 65532, seccompProfile: { type: 'RuntimeDefault' } },
  });
  for (const container of pod.containers)
    expect(container.securityContext).toEqual({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    });
});

it('bounds memory, asks for a share of a CPU and is watched by all three probes', () => {
  const [container] = deployment().spec.template.spec.containers;
  expect(container).toMatchObject({ resources: { requests: { cpu: '50m', memory: '96Mi' }, limits: { memory: '384Mi' } } });
  expect(Object.keys(container ?? {})).toEqual(expect.arrayContaining(['startupProbe', 'readinessProbe', 'livenessProbe']));
});

it('selects its own pods and no other tenant’s', () => {
  const { selector, template } = deployment().spec;
  expect(template.metadata.labels).toMatchObject(selector.matchLabels);
  expect(selector.matchLabels['tenantry.dev/tenant']).toBe('acme');
  expect((serviceFor(aDedicatedInput()).spec as { selector: object }).selector).toEqual(selector.matchLabels);
});

it('follows the replicas asked for', () => {
  expect(deployment({ replicas: 4 }).spec.replicas).toBe(4);
});

it('puts no password into anything but the Secret', () => {
  const input = aDedicatedInput();
  const elsewhere = JSON.stringify([deploymentFor(input), serviceFor(input), serviceAccountFor(input)]);
  for (const purpose of ['postgres', 'kafka', 'client', 'cursor'] as const) {
    expect(elsewhere).not.toContain(input.credentials.for(purpose).password);
    expect(JSON.stringify(secretFor(input))).toContain(btoa(input.credentials.for(purpose).password));
  }
});

it('mounts into replicas what they use: their database login and their cursor key, no Kafka login and no machine client', () => {
  const [, credentials] = deployment().spec.template.spec.volumes as { secret?: { items: { key: string }[] } }[];
  expect(credentials?.secret?.items.map(({ key }) => key)).toEqual(['postgres-username', 'postgres-password', 'cursor-key']);
});
