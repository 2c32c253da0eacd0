import type { ArchiveKind } from '@tenantry/contracts';
import { instantSql } from '../listing/list-column.ts';
import { TenantStatement } from '../postgres/statement.ts';
import { Problem } from '../problem.ts';
import type { TenantTransaction } from '../tenancy/doors.ts';

/** $1 kind · $2 instant. A row when things of before a later instant have left the database. */
const FLOOR = new TenantStatement(
  'archive_floor',
  `
select ${instantSql('max(cut)')} as cut from {schema}.archives
where kind = $1 and state = 'removed' and cut > $2::timestamptz having max(cut) is not null`,
);

/**
 * Since when the database tells everything, if that is later than an instant. Send it behind the look into the past, in the same transaction: what
 * left the database in between is then refused, and never answered wrongly.
 */
export async function archiveFloor(tx: TenantTransaction, kind: ArchiveKind, instant: string): Promise<string | undefined> {
  const [row] = await tx.run(FLOOR, [kind, instant]);
  return row?.cut as string | undefined;
}

const WHAT: Readonly<Record<'history' | 'transactions', string>> = {
  history: 'Changes of before',
  transactions: 'Transactions that were booked before',
};

/** What was asked for is in the archive, or may be; `before` is since when everything is in the database. */
export function archivedProblem(kind: 'history' | 'transactions', before: string): Problem {
  return new Problem('archived', `${WHAT[kind]} ${before} are in the archive: GET /v1/archives?kind=${kind}.`, { members: { before } });
}
