import { listExport } from '../../transfer/list-export.ts';
import { customerList } from './customer-list.ts';

/** Live customers as their answers show them. */
export const customerExport = listExport(
  'customers',
  customerList,
  [
    { name: 'id', kind: 'plain' },
    { name: 'externalId', kind: 'text' },
    { name: 'name', kind: 'text' },
    { name: 'email', kind: 'text' },
    { name: 'phone', kind: 'text' },
    { name: 'status', kind: 'plain' },
    { name: 'segment', kind: 'text' },
    { name: 'tags', kind: 'list' },
    { name: 'attributes', kind: 'json' },
    { name: 'version', kind: 'plain' },
    { name: 'createdAt', kind: 'plain' },
    { name: 'updatedAt', kind: 'plain' },
  ],
  'c.id',
);
