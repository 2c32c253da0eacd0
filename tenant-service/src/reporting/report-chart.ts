import type { ReportName } from '@tenantry/contracts';

/** What the picture of a report shows: `y` over `x`, one picture for each `by`. Amounts of different currencies never share one. */
export interface ReportChart {
  readonly kind: 'bars' | 'line';
  readonly x: string;
  readonly y: string;
  readonly by?: string;
}

/** Reports that have a picture. */
export const REPORT_CHARTS: Readonly<Partial<Record<ReportName, ReportChart>>> = {
  'transaction-volume': { kind: 'bars', x: 'period', y: 'net', by: 'currency' },
  'customer-growth': { kind: 'line', x: 'period', y: 'customers' },
  'customer-segments': { kind: 'bars', x: 'segment', y: 'customers' },
  'account-statement': { kind: 'line', x: 'bookedAt', y: 'balance' },
  'top-customers': { kind: 'bars', x: 'customer', y: 'volume', by: 'currency' },
  'customer-cohorts': { kind: 'line', x: 'offset', y: 'retention', by: 'cohort' },
};
