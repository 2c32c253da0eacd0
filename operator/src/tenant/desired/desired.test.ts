import { describe, expect, it } from 'vitest';
import { aDedicatedInput } from '../../../testing/tenant-fixtures.ts';
import { TenantCredentials } from '../credentials.ts';
import { autoscalerFor } from './autoscaler.ts';
import { deploymentFor } from './deployment.ts';
import { secretFor } from './secret.ts';
import { serviceFor } from './service.ts';
import { serviceAccountFor } from './service-account.ts';
import { WORKLOAD_KINDS, workloadObjects } from './workload-objects.ts';

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

const BUCKET_WITH_ROLES = {
  endpoint: 'https://s3.eu-central-1.amazonaws.com',
  region: 'eu-central-1',
  bucket: 'files',
  forcePathStyle: false,
  tenantRoles: { oidcProvider: 'arn:aws:iam::123456789012:oidc-provider/oidc.example.com/id/A' },
};

/** Of an operator that gives dedicated tenants hosts. */
function anOpenInput(workload: object = {}): ReturnType<typeof aDedicatedInput> {
  const input = aDedicatedInput({ replicas: undefined, ...workload });
  const ingress = { domain: 'tenants.example.com', className: 'nginx', tlsSecret: undefined };
  return { ...input, place: { ...input.place, ingress, serviceMonitorLabels: { release: 'prometheus' } } };
}

it('labels and owns every child, so that it is found and goes with its Tenant', () => {
  const input = anOpenInput({ autoscaling: { maxReplicas: 4 } });
  const children = [secretFor(input), ...Object.values(workloadObjects(input)).filter((child) => child !== undefined)];
  expect(children).toHaveLength(9);
  for (const child of children) {
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
    expect(valuesOf(input).join('\n')).toContain(input.credentials.for(purpose).password);
  }
});

it('mounts into replicas what they use: their database login and their cursor key, no Kafka login and no machine client', () => {
  const [, credentials] = deployment().spec.template.spec.volumes as { secret?: { items: { key: string }[] } }[];
  expect(credentials?.secret?.items.map(({ key }) => key)).toEqual([
    'postgres-username',
    'postgres-password',
    'cursor-key',
    'generation-1',
  ]);
});

it('gives replicas the Redis user of their tenant when the cell has Redis, and programs of the tenant its queues’ login when it has queues', () => {
  const input = aDedicatedInput();
  const cell = { ...input.place.cell, redis: { host: 'redis', port: 6379, tls: false } };
  const withMore = { ...input, place: { ...input.place, cell }, seen: { vhost: 't.1' } };
  const keysOf = (secret: ReturnType<typeof secretFor>) => Object.keys(secret.data as object);
  expect(keysOf(secretFor(input)).join()).not.toMatch(/redis|rabbitmq/);
  expect(keysOf(secretFor(withMore))).toEqual(
    expect.arrayContaining(['redis-username', 'redis-password', 'rabbitmq-vhost', 'rabbitmq-username', 'rabbitmq-password']),
  );
  const { volumes } = (deploymentFor(withMore) as unknown as Workload).spec.template.spec as unknown as {
    volumes: { secret?: { items: { key: string }[] } }[];
  };
  const mounted = volumes.flatMap(({ secret }) => secret?.items.map(({ key }) => key) ?? []);
  expect(mounted).toEqual(expect.arrayContaining(['redis-username', 'redis-password']));
  expect(mounted.join()).not.toContain('rabbitmq');
});

it('gives replicas a token for their tenant’s IAM role where the cell has roles, made out to STS and to nobody else', () => {
  const input = aDedicatedInput();
  const plain = JSON.stringify(deploymentFor(input));
  expect(plain).not.toMatch(/AWS_|serviceAccountToken/);
  const withRoles = { ...input, place: { ...input.place, cell: { ...input.place.cell, s3: BUCKET_WITH_ROLES } } };
  const { containers, volumes } = (deploymentFor(withRoles) as unknown as Workload).spec.template.spec;
  expect(containers[0]?.env).toEqual(
    expect.arrayContaining([
      { name: 'AWS_ROLE_ARN', value: expect.stringMatching(/:role\/tenantry\/[^/]+\/tenantry-t-01900000-0000-7000-8000-000000000001$/) },
      { name: 'AWS_WEB_IDENTITY_TOKEN_FILE', value: '/var/run/secrets/tenantry-role/token' },
    ]),
  );
  const sources = [{ serviceAccountToken: { audience: 'sts.amazonaws.com', expirationSeconds: 3600, path: 'token' } }];
  expect(volumes).toContainEqual({ name: 'role-token', projected: { defaultMode: 0o440, sources } });
});

it('leaves the number of replicas to an autoscaler that has one, and promises CPU to measure against', () => {
  const { spec } = deploymentFor(aDedicatedInput({ replicas: undefined, autoscaling: { maxReplicas: 4 } }), {
    replicas: undefined,
  }) as unknown as Workload;
  expect(spec).not.toHaveProperty('replicas');
  expect(spec.template.spec.containers[0]).toMatchObject({ resources: { requests: { cpu: '250m' } } });
});

it('scales the Deployment between the bounds, by the share of the CPU it promises', () => {
  const { spec } = autoscalerFor(aDedicatedInput(), { minReplicas: 2, maxReplicas: 6, targetCpuPercent: 60 });
  expect(spec).toMatchObject({
    scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'acme-api' },
    minReplicas: 2,
    maxReplicas: 6,
    metrics: [{ type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 60 } } }],
  });
});

it('gives a suspended tenant no autoscaler, which could not hold 0 replicas', () => {
  const input = anOpenInput({ autoscaling: { maxReplicas: 4 } });
  expect(workloadObjects(input).HorizontalPodAutoscaler).toBeDefined();
  const suspended = { ...input, spec: { ...input.spec, state: 'Suspended' as const, replicas: 0 } };
  expect(workloadObjects(suspended).HorizontalPodAutoscaler).toBeUndefined();
});

it('lets a drain take one replica at a time, and the only one too', () => {
  expect(workloadObjects(anOpenInput()).PodDisruptionBudget?.spec).toEqual({
    maxUnavailable: 1,
    selector: { matchLabels: deployment().spec.selector.matchLabels },
    unhealthyPodEvictionPolicy: 'AlwaysAllow',
  });
});

it('gives a host of its own with TLS, by the class and the domain the operator is told', () => {
  expect(workloadObjects(anOpenInput()).Ingress?.spec).toEqual({
    ingressClassName: 'nginx',
    tls: [{ hosts: ['acme.tenants.example.com'] }],
    rules: [
      {
        host: 'acme.tenants.example.com',
        http: { paths: [{ path: '/', pathType: 'Prefix', backend: { service: { name: 'acme-api', port: { name: 'http' } } } }] },
      },
    ],
  });
  expect(workloadObjects(aDedicatedInput()).Ingress).toBeUndefined();
});

it('tells Prometheus of the Service’s metrics, with the labels that Prometheus looks for', () => {
  const monitor = workloadObjects(anOpenInput()).ServiceMonitor;
  expect(monitor?.metadata.labels).toMatchObject({ release: 'prometheus', 'tenantry.dev/tenant': 'acme' });
  const { selector, endpoints } = (monitor?.spec ?? {}) as { selector: { matchLabels: object }; endpoints: { port: string }[] };
  const service = serviceFor(aDedicatedInput());
  expect(service.metadata.labels).toMatchObject(selector.matchLabels);
  expect((service.spec as { ports: { name: string }[] }).ports.map(({ name }) => name)).toContain(endpoints[0]?.port);
});

it('makes what closes and protects the replicas before them', () => {
  const at = (kind: (typeof WORKLOAD_KINDS)[number]) => WORKLOAD_KINDS.indexOf(kind);
  for (const first of ['ServiceAccount', 'NetworkPolicy', 'PodDisruptionBudget'] as const) expect(at(first)).toBeLessThan(at('Deployment'));
  expect(at('HorizontalPodAutoscaler')).toBeGreaterThan(at('Deployment'));
});

describe('while a rotation overlaps', () => {
  const input = aDedicatedInput();
  const credentials = (generation: number, previous?: number) =>
    new TenantCredentials(Buffer.alloc(32, 1), input.tenantId, generation, previous);
  const rotating = { ...input, credentials: credentials(2, 1) };

  it('the Secret holds the new values and names, and marks both generations', () => {
    const data = secretFor(rotating).data as Record<string, string>;
    const text = (key: string) => atob(data[key] ?? '');
    expect([text('postgres-username'), text('kafka-username'), text('client-id')]).toEqual([
      't_acme_app@main$2',
      'tenant.acme.2',
      'tenant-acme.2',
    ]);
    expect(text('postgres-password')).toBe(credentials(2).for('postgres').password);
    expect(Object.keys(data).filter((key) => key.startsWith('generation-'))).toEqual(['generation-2', 'generation-1']);
  });

  it('replicas of the new generation start only with a Secret that has it', () => {
    const pod = deploymentFor(rotating) as unknown as Workload;
    const [, mounted] = pod.spec.template.spec.volumes as { secret?: { items: { key: string }[] } }[];
    expect(mounted?.secret?.items.map(({ key }) => key)).toContain('generation-2');
    const before = deploymentFor(input) as unknown as Workload;
    expect(pod.spec.template.metadata).not.toEqual(before.spec.template.metadata);
  });

  it('the end of the overlap replaces no replica', () => {
    expect(deploymentFor({ ...input, credentials: credentials(2) })).toEqual(deploymentFor(rotating));
  });

  it('every replica can read the page cursors of the others', () => {
    const keys = (generation: number) =>
      atob((secretFor({ ...input, credentials: credentials(generation) }).data as Record<string, string>)['cursor-key'] ?? '').split('\n');
    for (const generation of [1, 2, 3, 4]) {
      expect(keys(generation)).toContain(keys(generation + 1)[0]);
      expect(keys(generation + 1)).toContain(keys(generation)[0]);
    }
  });
});

function valuesOf(input: ReturnType<typeof aDedicatedInput>): string[] {
  return Object.values(secretFor(input).data as Record<string, string>).map((value) => atob(value));
}
