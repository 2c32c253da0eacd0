import { listAccountTransactions } from '@tenantry/contracts';
import { TenantList } from '../../listing/tenant-list.ts';
import { transactionFields } from './transaction-document.ts';

/** Transactions of an account; the handler names the account. */
export const transactionList = new TenantList({
  operation: listAccountTransactions,
  from: '{schema}.transactions t',
  columns: {
    id: { sql: 't.id', type: 'uuid' },
    bookedAt: { sql: 't.booked_at', type: 'timestamptz' },
    createdAt: { sql: 't.created_at', type: 'timestamptz' },
    accountVersion: { sql: 't.account_version', type: 'integer' },
    kind: { sql: 't.kind', type: 'text' },
    amountMinor: { sql: 't.amount_minor', type: 'bigint' },
    reference: { sql: 't.reference', type: 'text', nullable: true },
    transferId: { sql: 't.transfer_id', type: 'uuid', nullable: true },
  },
  document: transactionFields('t'),
  sorts: ['bookedAt', 'accountVersion', 'amountMinor'],
  defaultSort: '-bookedAt,-accountVersion',
});
