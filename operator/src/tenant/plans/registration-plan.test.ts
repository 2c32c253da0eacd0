import { expect, it } from 'vitest';
import { aRegistration } from '../../../testing/tenant-fixtures.ts';
import { registrationPlan } from './registration-plan.ts';

it('writes what differs, and quotas only when their numbers differ', () => {
  const found = aRegistration({ quotas: { customers: 5, requestsPerDay: 7 } });
  expect(registrationPlan({ ...found, quotas: { requestsPerDay: 7, customers: 5 } }, found)).toEqual({});
  expect(registrationPlan({ ...found, quotas: { requestsPerDay: 7, customers: 6 } }, found)).toEqual({
    quotas: { requestsPerDay: 7, customers: 6 },
  });
});
