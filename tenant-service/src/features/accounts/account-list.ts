import { listAccounts } from '@tenantry/contracts';
import { accountFields } from '../../journal/account-document.ts';
import { TenantList } from '../../listing/tenant-list.ts';

/** All accounts of a tenant. */
export const accountList = new TenantList({
  operation: listAccounts,
  from: '{schema}.accounts a',
  columns: {
    id: { sql: 'a.id', type: 'uuid' },
    customerId: { sql: 'a.customer_id', type: 'uuid' },
    number: { sql: 'a.number', type: 'text', ignoresCase: true },
    type: { sql: 'a.type', type: 'text' },
    currency: { sql: 'a.currency', type: 'text' },
    status: { sql: 'a.status', type: 'text' },
    balanceMinor: { sql: 'a.balance_minor', type: 'bigint' },
    createdAt: { sql: 'a.created_at', type: 'timestamptz' },
    updatedAt: { sql: 'a.updated_at', type: 'timestamptz' },
  },
  document: accountFields('a'),
  sorts: ['id', 'number', 'balanceMinor', 'createdAt', 'updatedAt'],
  defaultSort: '-id',
});
