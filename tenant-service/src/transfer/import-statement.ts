import { TenantStatement } from '../postgres/statement.ts';
import type { TenantTransaction } from '../tenancy/doors.ts';
import type { ImportChunk } from './import-target.ts';

/** SQL of one kind of chunk. Its CTEs read `op` (the operation, or nothing) and `$5` (their rows) and further parameters from `$7` on. */
export interface ImportSql {
  /** At most 20 characters. */
  readonly name: string;
  /** A further condition on the operation, `and …`: nothing is written when it does not hold. */
  readonly fence?: string;
  /** CTEs, without `with`. Each that writes must take its rows from `op`, so that nothing is written for an attempt that lost its operation. */
  readonly ctes: string;
  /** One of the CTEs refers to itself. */
  readonly isRecursive?: boolean;
  /** A query of `created`, `updated`, `skipped`: one row. */
  readonly counts: string;
  /** A query of `row_number`, `code`, `field`, `message`, `original`: rows the statement itself refuses. */
  readonly refusals?: string;
  /** A condition on the outcome; when it is false the whole statement fails with SQLSTATE 22012. */
  readonly mustHold?: string;
}

/**
 * A chunk in one statement: the fence (the operation in exactly this attempt and place), rows with history and outbox, refused rows, progress.
 * Committed together, so that a crash at any line leaves a whole number of chunks, and a repeated chunk finds its place taken and writes
 * nothing. $1 operation · $2 attempt · $3 place before · $4 place after · $5 rows · $6 `{"total", "refused": [...]}`.
 */
export function importStatement({ name, fence = '', isRecursive = false, ctes, counts, refusals, mustHold }: ImportSql): TenantStatement {
  return new TenantStatement(
    name,
    `
with ${isRecursive ? 'recursive ' : ''}op as materialized (
  select id from {schema}.operations where id = $1::uuid and attempt = $2::int and done = $3::int8 and status = 'running' ${fence}
  for update
), ${ctes}, tallied as (${counts}
), turned_away as (
  select r."row" as row_number, r.code, r.field, r.message, r.original
  from jsonb_to_recordset($6::jsonb -> 'refused') as r("row" int8, code text, field text, message text, original jsonb)
  ${refusals === undefined ? '' : `union all ${refusals}`}
), turned_away_told as (
  insert into {schema}.import_errors (operation_id, row_number, code, field, message, original)
  select op.id, r.row_number, r.code, r.field, r.message, r.original from turned_away r cross join op
), progressed as (
  update {schema}.operations o
  set done = $4::int8, total = coalesce(($6::jsonb ->> 'total')::int8, total), version = version + 1, futile = 0, heartbeat_at = now(),
    created_rows = o.created_rows + c.created, updated_rows = o.updated_rows + c.updated, skipped_rows = o.skipped_rows + c.skipped,
    failed_rows = o.failed_rows + (select count(*) from turned_away)
  from op, tallied c
  where o.id = op.id
)
select op.id${mustHold === undefined ? '' : `, 1 / (case when ${mustHold} then 1 else 0 end) as held`} from op`,
  );
}

/** Sends a chunk; false when the operation is no longer this attempt's, or past this chunk. */
export async function sendChunk(
  tx: TenantTransaction,
  statement: TenantStatement,
  { operation, before, after, total, entries }: ImportChunk,
  rows: readonly string[],
  ...further: unknown[]
): Promise<boolean> {
  const refused = entries.flatMap(({ row, refusal, original }) => (refusal === undefined ? [] : [{ row, ...refusal, original }]));
  const values = [operation.id, operation.attempt, before, after, `[${rows.join(',')}]`, storable({ total, refused }), ...further];
  return (await tx.run(statement, values)).length === 1;
}

/** JSON that jsonb takes: it refuses NUL and lone surrogates, which a refused row may well have. */
function storable(value: unknown): string {
  const escapes = /(?<!\\)((?:\\\\)*)\\u(?:0000|d[89a-f][0-9a-f]{2})/g;
  return JSON.stringify(value).replaceAll(escapes, '$1\\ufffd');
}

/** Only the progress: for chunks in which nothing is to be written. Its rows are `{created, updated, skipped}` counted by the caller. */
export const countChunk = importStatement({
  name: 'import_count',
  ctes: `checked as (select c.* from jsonb_to_recordset($5::jsonb) as c(created int8, updated int8, skipped int8) cross join op)`,
  counts: 'select sum(created) as created, sum(updated) as updated, sum(skipped) as skipped from checked having count(*) > 0',
});
