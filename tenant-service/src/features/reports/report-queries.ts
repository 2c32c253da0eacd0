import type { ReportQueries } from '../../reporting/report-request.ts';
import { accountBalances } from './queries/account-balances.ts';
import { accountStatement } from './queries/account-statement.ts';
import { customerCohorts } from './queries/customer-cohorts.ts';
import { customerGrowth } from './queries/customer-growth.ts';
import { customerSegments } from './queries/customer-segments.ts';
import { dormantCustomers } from './queries/dormant-customers.ts';
import { topCustomers } from './queries/top-customers.ts';
import { transactionVolume } from './queries/transaction-volume.ts';

/** How each report of the catalogue is read. */
export const reportQueries: ReportQueries = {
  'transaction-volume': transactionVolume,
  'customer-growth': customerGrowth,
  'customer-segments': customerSegments,
  'account-statement': accountStatement,
  'account-balances': accountBalances,
  'top-customers': topCustomers,
  'dormant-customers': dormantCustomers,
  'customer-cohorts': customerCohorts,
};
