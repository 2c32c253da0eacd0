import { listExport } from '../../transfer/list-export.ts';
import { transactionList } from './transaction-list.ts';

/** Transactions of all accounts, by id: in the order of posting, to the millisecond. */
export const transactionExport = listExport(
  'transactions',
  transactionList,
  [
    { name: 'id', kind: 'plain' },
    { name: 'accountId', kind: 'plain' },
    { name: 'accountVersion', kind: 'plain' },
    { name: 'kind', kind: 'plain' },
    { name: 'amountMinor', kind: 'plain' },
    { name: 'currency', kind: 'plain' },
    { name: 'balanceAfterMinor', kind: 'plain' },
    { name: 'bookedAt', kind: 'plain' },
    { name: 'createdAt', kind: 'plain' },
    { name: 'reference', kind: 'text' },
    { name: 'description', kind: 'text' },
    { name: 'transferId', kind: 'plain' },
    { name: 'reverses', kind: 'plain' },
    { name: 'reversedBy', kind: 'plain' },
  ],
  't.id',
);
