import { expect, it } from 'vitest';
import { aDedicatedInput } from '../../testing/tenant-fixtures.ts';
import { secretFor } from '../tenant/desired/secret.ts';
import { serviceFor } from '../tenant/desired/service.ts';
import { childDifferences } from './child-differences.ts';
import type { ChildObject } from './port.ts';

const service = serviceFor(aDedicatedInput());

it('tells of a child that is gone', () => {
  expect(childDifferences(service, undefined)).toEqual([
    { resource: 'kubernetes/Service/acme-api', field: 'exists', want: 'yes', have: 'no' },
  ]);
});

it('tells the value of a field somebody changed, and nothing of what the server adds', () => {
  const stored = { ...service, spec: { ...(service.spec as object), type: 'NodePort', clusterIP: '10.96.0.9' } } as ChildObject;
  expect(childDifferences({ ...service, spec: { type: 'ClusterIP' } }, stored)).toEqual([
    { resource: 'kubernetes/Service/acme-api', field: 'spec.type', want: 'ClusterIP', have: 'NodePort' },
  ]);
});

it('shows no value of a Secret, and none that somebody put into an environment', () => {
  const secret = secretFor(aDedicatedInput());
  const edited = { ...secret, data: { ...(secret.data as object), 'kafka-password': btoa('guessed') } } as ChildObject;
  expect(childDifferences(secret, edited)).toEqual([
    { resource: 'kubernetes/Secret/acme-credentials', field: 'data.kafka-password', want: '(secret)', have: '(secret)' },
  ]);
  const withEnv = (value: string): ChildObject => ({
    ...service,
    kind: 'Deployment',
    spec: { containers: [{ name: 'api', env: [{ name: 'A', value }] }] },
  });
  expect(childDifferences(withEnv('1'), withEnv('hunter2'))).toEqual([
    { resource: 'kubernetes/Deployment/acme-api', field: 'spec.containers[api].env[A].value', want: '1', have: '(secret)' },
  ]);
});
