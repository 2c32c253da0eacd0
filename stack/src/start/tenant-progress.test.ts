import type { Condition, StepRecord, Tenant } from '@tenantry/contracts';
import { expect, it } from 'vitest';
import { tenantProgress } from './tenant-progress.ts';

const condition = (type: string, status: Condition['status'], reason = 'Done', message = ''): Condition => ({
  type,
  status,
  reason,
  message,
  lastTransitionTime: '',
});
const step = (name: string, state: StepRecord['state'], message = ''): StepRecord => ({
  name,
  state,
  reason: state,
  message,
  since: '',
  observedGeneration: 2,
});
const tenant = (conditions: Condition[], steps: StepRecord[] = [], observedGeneration = 2) =>
  ({ metadata: { name: 'acme', generation: 2 }, status: { conditions, steps, observedGeneration } }) as unknown as Tenant;

it('names the step under way and what it waits for', () => {
  const waiting = tenant([condition('Ready', 'False')], [step('roles', 'Done'), step('topics', 'Waiting', 'the broker does not answer')]);
  expect(tenantProgress(waiting)).toEqual({ ready: false, stalled: false, text: 'step 2 of 2, topics: the broker does not answer' });
});

it('does not believe a Ready that is of an older spec', () => {
  expect(tenantProgress(tenant([condition('Ready', 'True')], [], 1)).ready).toBe(false);
});

it('gives the reason and the message of a stall, because only a person can help', () => {
  const stalled = tenant([condition('Stalled', 'True', 'ClassNotFound', 'there is no TenantClass gold')]);
  expect(tenantProgress(stalled)).toEqual({ ready: false, stalled: true, text: 'ClassNotFound: there is no TenantClass gold' });
});

it('says that nobody has looked yet when there is no status', () => {
  expect(tenantProgress({ metadata: { name: 'acme' }, spec: {} } as unknown as Tenant).text).toBe('the operator has not seen it yet');
});
