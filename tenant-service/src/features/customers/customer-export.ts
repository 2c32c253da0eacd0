import type { ExportSource } from '../../transfer/export-source.ts';
import { documentOf } from './customer-statements.ts';

/** Live customers, oldest first, as their answers show them. */
export const customerExport: ExportSource = {
  resource: 'customers',
  columns: [
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
  query: () => ({
    text: `select ${documentOf('c')} as document from {schema}.customers c where c.deleted_at is null order by c.id`,
    values: [],
  }),
};
