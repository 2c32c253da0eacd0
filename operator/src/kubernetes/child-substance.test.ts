import { expect, it } from 'vitest';
import { autoscalerComplaint, childSubstance } from './child-substance.ts';
import type { ChildObject } from './port.ts';

const autoscaler = (more: object = {}, metadata: object = {}): ChildObject => ({
  apiVersion: 'autoscaling/v2',
  kind: 'HorizontalPodAutoscaler',
  metadata: { name: 'acme-api', resourceVersion: '1', ...metadata },
  spec: { maxReplicas: 4 },
  ...more,
});
const acting = (status: string, reason: string, currentCpu = 10) => ({
  status: { currentMetrics: [{ cpu: currentCpu }], conditions: [{ type: 'ScalingActive', status, reason }] },
});

it.each([
  ['a new version with what it measured', acting('True', 'ValidMetricFound', 70), { resourceVersion: '2' }],
  ['who owns which field', acting('True', 'ValidMetricFound'), { managedFields: [{ manager: 'kube-controller-manager' }] }],
])('does not take for a change: %s', (_, more, metadata) => {
  expect(childSubstance(autoscaler(more, metadata))).toBe(childSubstance(autoscaler(acting('True', 'ValidMetricFound'))));
});

it.each([
  ['its bounds', { spec: { maxReplicas: 5 } }, {}],
  ['its labels', {}, { labels: { a: 'b' } }],
  ['that it is being deleted', {}, { deletionTimestamp: '2026-01-01T00:00:00Z' }],
  ['that it cannot act', acting('False', 'FailedGetResourceMetric'), {}],
])('takes for a change: %s', (_, more, metadata) => {
  expect(childSubstance(autoscaler(more, metadata))).not.toBe(childSubstance(autoscaler()));
});

it('passes on why an autoscaler does not act', () => {
  expect(autoscalerComplaint(autoscaler(acting('False', 'FailedGetResourceMetric')))).toBe('FailedGetResourceMetric');
  expect(autoscalerComplaint(autoscaler(acting('True', 'ValidMetricFound')))).toBeUndefined();
  expect(autoscalerComplaint(autoscaler())).toBeUndefined();
});
