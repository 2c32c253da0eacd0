import { z } from 'zod';
import { Transaction } from '../http/transactions.ts';

/**
 * `data` of each transaction event. Its subject is the account (`accounts/<id>`) and its aggregateversion the account's: changes and postings of
 * an account come in one order.
 */
export const transactionEvents = {
  'dev.tenantry.transaction.posted.v1': z.object({ transaction: Transaction }),
} as const;

export type TransactionEventType = keyof typeof transactionEvents;
