import type { EffectiveQuotas } from '@tenantry/contracts';
import type { TenantStatement } from '../postgres/statement.ts';
import type { SnapshotQuery } from '../tenancy/snapshot-door.ts';

/** What goes into one file. */
export interface ArchiveBounds {
  readonly cut: string;
  /** Key to begin behind. */
  readonly afterId: string;
  readonly afterVersion: number;
  /** What was to go before this instant went, but for things that have changed since; null when that is not sure. */
  readonly since: string | null;
  readonly limit: number;
}

/** One thing that is archived: how long it stays, what goes into the file, and how that leaves the database. */
export interface ArchivePolicy {
  /** Undefined: for ever. */
  readonly days: (quotas: EffectiveQuotas) => number | undefined;
  /** Rows in the order of their keys: `id`, `version`, `at`, `line`. */
  readonly rows: (bounds: ArchiveBounds) => SnapshotQuery;
  /**
   * Takes out the rows between the first and the last key of a stored archive and calls it `removed`, all in one statement, and only if they are as
   * many as its file has. $1 archive · $2 attempt. `rows` is null when nothing was done.
   */
  readonly remove: TenantStatement;
}
