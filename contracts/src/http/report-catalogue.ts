import { z } from 'zod';
import { Currency } from './money.ts';
import { PeriodUnit, ReportPeriod } from './report-parameters.ts';
import { TRANSACTION_KINDS } from './transactions.ts';

/** What the cells of a column are, which decides how each format writes them. An amount is of the currency in the same row. */
export const REPORT_COLUMN_TYPES = ['text', 'word', 'id', 'day', 'instant', 'count', 'amount', 'percent'] as const;

export interface ReportColumn {
  readonly name: string;
  readonly type: (typeof REPORT_COLUMN_TYPES)[number];
  readonly title: string;
}

/** One kind of report: what it asks and what its rows are. */
interface ReportEntry {
  readonly title: string;
  readonly description: string;
  readonly parameters: z.ZodObject;
  readonly columns: readonly ReportColumn[];
}

const period = ReportPeriod.default('last-month');
const top = z.int().min(1).max(1000).default(100).meta({ description: 'How many of each currency.' });
const currencies = z.array(Currency).min(1).max(20).optional().meta({ description: 'Only these; all when absent.' });

/** Every report there is. Append-only: schedules and files name reports and columns. Currencies are never added up. */
export const REPORTS = {
  'transaction-volume': {
    title: 'Transaction volume',
    description: 'What was booked in each period, by type of account and currency. A period in which nothing was booked has no row.',
    parameters: z.strictObject({
      period,
      by: PeriodUnit.default('day'),
      kinds: z.array(z.enum(TRANSACTION_KINDS)).min(1).max(TRANSACTION_KINDS.length).optional().meta({ description: 'All when absent.' }),
      currencies,
    }),
    columns: [
      { name: 'period', type: 'day', title: 'Period from' },
      { name: 'accountType', type: 'word', title: 'Account type' },
      { name: 'currency', type: 'word', title: 'Currency' },
      { name: 'transactions', type: 'count', title: 'Transactions' },
      { name: 'credit', type: 'amount', title: 'Credit' },
      { name: 'debit', type: 'amount', title: 'Debit' },
      { name: 'net', type: 'amount', title: 'Net' },
    ],
  },
  'customer-growth': {
    title: 'Customer growth',
    description:
      'Customers that came (created, restored, set apart again) and went (deleted, merged away) in each period, and how many there were at its end.',
    parameters: z.strictObject({ period, by: PeriodUnit.default('day') }),
    columns: [
      { name: 'period', type: 'day', title: 'Period from' },
      { name: 'came', type: 'count', title: 'Came' },
      { name: 'went', type: 'count', title: 'Went' },
      { name: 'net', type: 'count', title: 'Net' },
      { name: 'customers', type: 'count', title: 'Customers at the end' },
    ],
  },
  'customer-segments': {
    title: 'Customers by segment and status',
    description: 'How many customers there were at `asOf`, and their share of all. A customer without a segment counts under an empty one.',
    parameters: z.strictObject({}),
    columns: [
      { name: 'segment', type: 'text', title: 'Segment' },
      { name: 'status', type: 'word', title: 'Status' },
      { name: 'customers', type: 'count', title: 'Customers' },
      { name: 'share', type: 'percent', title: 'Share' },
    ],
  },
  'account-statement': {
    title: 'Account statement',
    description:
      'Everything booked on one account in the period, oldest first, with the balance after each in that order. The first row is the opening ' +
      'balance, the last the closing balance. An account that does not exist has no rows.',
    parameters: z.strictObject({ accountId: z.uuid(), period }),
    columns: [
      { name: 'entry', type: 'word', title: 'Entry' },
      { name: 'bookedAt', type: 'instant', title: 'Booked at' },
      { name: 'transactionId', type: 'id', title: 'Transaction' },
      { name: 'reference', type: 'text', title: 'Reference' },
      { name: 'description', type: 'text', title: 'Description' },
      { name: 'currency', type: 'word', title: 'Currency' },
      { name: 'amount', type: 'amount', title: 'Amount' },
      { name: 'balance', type: 'amount', title: 'Balance' },
    ],
  },
  'account-balances': {
    title: 'Balances',
    description: 'Every account that was open or not empty at `asOf`, with the sum of what had been posted by then.',
    parameters: z.strictObject({ currencies }),
    columns: [
      { name: 'accountId', type: 'id', title: 'Account id' },
      { name: 'number', type: 'text', title: 'Number' },
      { name: 'customerId', type: 'id', title: 'Customer id' },
      { name: 'customer', type: 'text', title: 'Customer' },
      { name: 'accountType', type: 'word', title: 'Account type' },
      { name: 'currency', type: 'word', title: 'Currency' },
      { name: 'balance', type: 'amount', title: 'Balance' },
    ],
  },
  'top-customers': {
    title: 'Top customers',
    description: 'Customers whose accounts moved most (credit plus debit) in the period, ranked within each currency.',
    parameters: z.strictObject({ period, top, currencies }),
    columns: [
      { name: 'currency', type: 'word', title: 'Currency' },
      { name: 'rank', type: 'count', title: 'Rank' },
      { name: 'customerId', type: 'id', title: 'Customer id' },
      { name: 'customer', type: 'text', title: 'Customer' },
      { name: 'transactions', type: 'count', title: 'Transactions' },
      { name: 'credit', type: 'amount', title: 'Credit' },
      { name: 'debit', type: 'amount', title: 'Debit' },
      { name: 'volume', type: 'amount', title: 'Volume' },
    ],
  },
  'dormant-customers': {
    title: 'Dormant customers',
    description:
      'Customers of status `active` with nothing booked for so many days before `asOf`, longest first; those who never had anything come last.',
    parameters: z.strictObject({ days: z.int().min(1).max(3650).default(90) }),
    columns: [
      { name: 'customerId', type: 'id', title: 'Customer id' },
      { name: 'customer', type: 'text', title: 'Customer' },
      { name: 'segment', type: 'text', title: 'Segment' },
      { name: 'createdAt', type: 'instant', title: 'Customer since' },
      { name: 'lastBookedAt', type: 'instant', title: 'Last booked' },
      { name: 'days', type: 'count', title: 'Days without' },
    ],
  },
  'customer-cohorts': {
    title: 'Cohorts',
    description:
      'Of the customers created in each period, how many had something booked in that period and in each one after it. The last periods are as far ' +
      'as `asOf` goes.',
    parameters: z.strictObject({
      period: ReportPeriod.default('last-year'),
      by: z.enum(['week', 'month', 'quarter', 'year']).default('month'),
    }),
    columns: [
      { name: 'cohort', type: 'day', title: 'Cohort from' },
      { name: 'offset', type: 'count', title: 'Periods later' },
      { name: 'period', type: 'day', title: 'Period from' },
      { name: 'customers', type: 'count', title: 'Customers' },
      { name: 'active', type: 'count', title: 'Active' },
      { name: 'retention', type: 'percent', title: 'Retention' },
    ],
  },
} as const satisfies Record<string, ReportEntry>;

export type ReportName = keyof typeof REPORTS;
export const REPORT_NAMES = Object.keys(REPORTS) as [ReportName, ...ReportName[]];
/** The parameters of one report, defaults filled in. */
export type ReportParameters<Name extends ReportName> = z.output<(typeof REPORTS)[Name]['parameters']>;
