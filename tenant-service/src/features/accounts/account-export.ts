import { listExport } from '../../transfer/list-export.ts';
import { accountList } from './account-list.ts';

/** Accounts as their answers show them. */
export const accountExport = listExport(
  'accounts',
  accountList,
  [
    { name: 'id', kind: 'plain' },
    { name: 'customerId', kind: 'plain' },
    { name: 'number', kind: 'text' },
    { name: 'name', kind: 'text' },
    { name: 'type', kind: 'plain' },
    { name: 'currency', kind: 'plain' },
    { name: 'status', kind: 'plain' },
    { name: 'overdraftLimitMinor', kind: 'plain' },
    { name: 'balanceMinor', kind: 'plain' },
    { name: 'version', kind: 'plain' },
    { name: 'createdAt', kind: 'plain' },
    { name: 'updatedAt', kind: 'plain' },
  ],
  'a.id',
);
