import { expect, it } from 'vitest';
import { aTenant } from '../../../testing/a-tenant.ts';
import { fieldOwners, ownedPart } from './field-owners.ts';

const topics = [
  { name: 'orders', partitions: 3, retention: '168h', cleanupPolicy: 'delete' as const },
  { name: 'theirs', partitions: 6, retention: '168h', cleanupPolicy: 'delete' as const },
];
const tenant = aTenant(
  { displayName: 'Acme', classRef: { name: 'gold' }, messaging: { topics, queues: [] }, lifecycle: { state: 'Suspended', reason: 'late' } },
  {
    managedFields: [
      {
        manager: 'tenantry-desktop',
        operation: 'Apply',
        fieldsV1: {
          'f:metadata': { 'f:annotations': { 'f:tenantry.dev/change-reason': {} } },
          'f:spec': {
            'f:displayName': {},
            'f:classRef': { 'f:name': {} },
            'f:messaging': { 'f:topics': { 'k:{"name":"orders"}': { '.': {}, 'f:name': {}, 'f:partitions': {} } } },
          },
        },
      },
      {
        manager: 'argocd-controller',
        operation: 'Apply',
        fieldsV1: {
          'f:spec': {
            'f:lifecycle': { 'f:state': {}, 'f:reason': {} },
            'f:messaging': { 'f:topics': { 'k:{"name":"theirs"}': { '.': {}, 'f:partitions': {} } } },
          },
        },
      },
      { manager: 'kubectl', operation: 'Update', subresource: 'scale', fieldsV1: { 'f:spec': { 'f:workload': { 'f:replicas': {} } } } },
      { manager: 'tenantry-operator-status', operation: 'Apply', subresource: 'status', fieldsV1: { 'f:status': {} } },
    ],
  },
);

it('names the manager of every field of the spec that is not the desktop’s, items of lists by their name', () => {
  expect(fieldOwners(tenant)).toEqual([
    { path: 'spec.lifecycle.state', manager: 'argocd-controller' },
    { path: 'spec.lifecycle.reason', manager: 'argocd-controller' },
    { path: 'spec.messaging.topics[theirs].partitions', manager: 'argocd-controller' },
    { path: 'spec.workload.replicas', manager: 'kubectl' },
  ]);
});

it('takes out of an object exactly what the desktop applied, and nothing the server filled in or others own', () => {
  const stored = { ...tenant, metadata: { ...tenant.metadata, annotations: { 'tenantry.dev/change-reason': 'late', other: 'x' } } };
  expect(ownedPart(stored)).toEqual({
    apiVersion: 'tenantry.dev/v1alpha1',
    kind: 'Tenant',
    metadata: { name: 'acme', annotations: { 'tenantry.dev/change-reason': 'late' } },
    spec: { displayName: 'Acme', classRef: { name: 'gold' }, messaging: { topics: [{ name: 'orders', partitions: 3 }] } },
  });
});

it('owns nothing of an object it never applied', () => {
  expect(ownedPart(aTenant())).toMatchObject({ metadata: { name: 'acme' }, spec: {} });
});
