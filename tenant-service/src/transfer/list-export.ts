import { parseQuery } from '../http/parse-request.ts';
import { documentSql } from '../listing/document-sql.ts';
import { SqlValues } from '../listing/list-column.ts';
import { parseListQuery } from '../listing/list-query.ts';
import type { TenantList } from '../listing/tenant-list.ts';
import { Problem } from '../problem.ts';
import type { ExportColumn, ExportSource } from './export-source.ts';

/** An export of the rows of a list, filtered as the list is, oldest first: the order in which an import can take them again. */
export function listExport(
  resource: ExportSource['resource'],
  list: TenantList,
  columns: readonly ExportColumn[],
  orderBy: string,
): ExportSource {
  const { definition } = list;
  return {
    resource,
    columns,
    query: (filter) => {
      const { filters } = parseQuery(definition.operation, new URLSearchParams(named(filter)).toString());
      // Who may see what is deleted is decided by role; an export is read by whoever gets the link.
      if (filters.some(({ field }) => field === 'deleted')) {
        throw new Problem('invalid-request', 'An export has no deleted rows.', {
          errors: [{ pointer: '/filter/deleted', detail: 'is not a filter of exports' }],
        });
      }
      const values = new SqlValues();
      const where = list.whereSql(parseListQuery(definition, filters, { limit: 1 }), values);
      const document = documentSql(definition.document, undefined);
      return { text: `select ${document} as document from ${definition.from} where ${where} order by ${orderBy}`, values: values.values };
    },
  };
}

/** `createdAt[gte]` is `filter[createdAt][gte]` in a query. */
const named = (filter: Readonly<Record<string, string>>): [string, string][] =>
  Object.entries(filter).map(([name, value]) => [name.replace(/^[^[]*/, 'filter[$&]'), value]);
