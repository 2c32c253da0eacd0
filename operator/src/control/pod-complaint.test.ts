import { expect, it } from 'vitest';
import { podComplaint } from './pod-complaint.ts';
import type { Pod } from './pods.ts';

const pod = (status: NonNullable<Pod['status']>): Pod => ({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'acme-api-1' }, status });
const waiting = (reason: string, message?: string) => ({
  name: 'api',
  state: { waiting: { reason, ...(message === undefined ? {} : { message }) } },
});

it('does not complain about a pod that is starting or running', () => {
  expect(podComplaint(pod({ containerStatuses: [waiting('ContainerCreating')] }))).toBeUndefined();
  expect(podComplaint(pod({ containerStatuses: [{ name: 'api', state: {} }] }))).toBeUndefined();
});

it('passes on why a pod has no place', () => {
  const conditions = [
    { type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message: '0/1 nodes are available: insufficient memory.' },
  ];
  expect(podComplaint(pod({ conditions }))).toBe('pod acme-api-1 is not scheduled: 0/1 nodes are available: insufficient memory.');
});

it('passes on why an image is not there', () => {
  expect(podComplaint(pod({ containerStatuses: [waiting('ErrImagePull', 'not found')] }))).toBe('pod acme-api-1: ErrImagePull (not found)');
});

it('says how a crashing container ended, with a text that does not move with every back-off', () => {
  const crash = (seconds: string) =>
    podComplaint(
      pod({
        containerStatuses: [
          {
            ...waiting('CrashLoopBackOff', `back-off ${seconds} restarting failed container`),
            lastState: { terminated: { exitCode: 78, message: 'CELLS_FILE: cannot read' } },
          },
        ],
      }),
    );
  expect(crash('10s')).toBe(
    'pod acme-api-1: CrashLoopBackOff (back-off restarting failed container), last exit 78: CELLS_FILE: cannot read',
  );
  expect(crash('10s')).toBe(crash('40s'));
});
