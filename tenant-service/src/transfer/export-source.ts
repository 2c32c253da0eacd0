import type { TransferResource } from '@tenantry/contracts';
import type { SnapshotQuery } from '../tenancy/snapshot-door.ts';

/** One column of an exported CSV file, and the cell of a row in it. */
export interface ExportColumn {
  readonly name: string;
  /** `text` may begin like a formula and is guarded; `plain` is made by us: numbers, ids, times, words of a fixed list. */
  readonly kind: 'text' | 'plain' | 'list' | 'json';
}

/** What an export of one resource is made of. A feature supplies one. */
export interface ExportSource {
  readonly resource: TransferResource;
  readonly columns: readonly ExportColumn[];
  /**
   * A query with one column `document`, JSON text. `filter` has the names and values of the list: `status`, `createdAt[gte]`.
   * @throws Problem invalid-request.
   */
  readonly query: (filter: Readonly<Record<string, string>>) => SnapshotQuery;
}
