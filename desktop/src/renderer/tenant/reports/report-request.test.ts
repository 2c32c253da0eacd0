import { REPORT_NAMES } from '@tenantry/contracts';
import { expect, it } from 'vitest';
import { FIRST_CHOICES, reportRequest } from './report-request.ts';

it.each(REPORT_NAMES.filter((name) => name !== 'account-statement'))('%s can be asked for with what is chosen at first', (report) => {
  expect(reportRequest(report, FIRST_CHOICES, 'Europe/Berlin').success).toBe(true);
});

it('the last day of a period counts: the request names the day behind it', () => {
  const choices = { ...FIRST_CHOICES, period: 'days', from: '2026-10-01', to: '2026-10-31' };
  expect(reportRequest('customer-growth', choices, 'UTC').data).toMatchObject({
    parameters: { period: { from: '2026-10-01', to: '2026-11-01' } },
  });
});

it('a statement needs its account, and a period its days', () => {
  expect(reportRequest('account-statement', FIRST_CHOICES, 'UTC').success).toBe(false);
  expect(reportRequest('customer-growth', { ...FIRST_CHOICES, period: 'days' }, 'UTC').success).toBe(false);
});
