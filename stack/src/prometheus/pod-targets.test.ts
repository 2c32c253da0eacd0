import { expect, it } from 'vitest';
import { type MeasuredPod, podTargets } from './pod-targets.ts';

const pod = (name: string, over: Partial<MeasuredPod> = {}, labels: Record<string, string> = {}): MeasuredPod => ({
  metadata: { name, namespace: 'tenantry-tenants', labels },
  spec: { containers: [{ name: 'api', ports: [{ containerPort: 28080 }, { containerPort: 9464 }] }] },
  status: { phase: 'Running', podIP: '10.244.0.7' },
  ...over,
});

it('asks the container that counts, and says whose it is', () => {
  expect(podTargets([pod('acme-api-1', {}, { 'tenantry.dev/tenant': 'acme' })], 9464)).toEqual([
    {
      targets: ['10.244.0.7:9464'],
      labels: { namespace: 'tenantry-tenants', pod: 'acme-api-1', container: 'api', tenantry_dev_tenant: 'acme' },
    },
  ]);
});

it.each([
  ['has no address yet', pod('young', { status: { phase: 'Pending' } })],
  ['has ended', pod('done', { status: { phase: 'Succeeded', podIP: '10.244.0.7' } })],
  ['does not count', pod('other', { spec: { containers: [{ name: 'web', ports: [{ containerPort: 80 }] }, { name: 'bare' }] } })],
])('leaves out what %s', (_, each) => {
  expect(podTargets([each], 9464)).toEqual([]);
});
