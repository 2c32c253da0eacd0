import { findOperation, type RefusedRow, refusedRows } from '../../jobs/operation-repository.ts';
import { Problem } from '../../problem.ts';
import type { Door } from '../../tenancy/doors.ts';
import type { Tenant } from '../../tenancy/tenant.ts';
import { csvLine, guarded } from '../../transfer/csv-format.ts';
import type { ImportRequest } from '../../transfer/run-import.ts';

const PAGE = 500;
const OWN = ['error_row', 'error_code', 'error_field', 'error_message'] as const;

/**
 * The refused rows of an import, page by page: what stood there, and why not. Cells of a CSV file go back as they came, guard and all, so that
 * the corrected file means the same. @throws Problem not-found, also for another tenant's id.
 */
export async function errorsFile(door: Door, tenant: Tenant, id: string): Promise<AsyncGenerator<Buffer>> {
  const operation = await door.read(tenant, (tx) => findOperation(tx, id));
  if (operation?.kind !== 'import') throw new Problem('not-found', 'There is no such import.');
  const { head } = (operation.request as unknown as ImportRequest).file;
  // A line of NDJSON is one cell.
  const columns = head.columns.length > 0 ? head.columns : ['line'];
  return lines(door, tenant, id, columns, head.columns.length > 0);
}

async function* lines(door: Door, tenant: Tenant, id: string, columns: readonly string[], isCsv: boolean): AsyncGenerator<Buffer> {
  yield Buffer.from(csvLine([...columns.map(guarded), ...OWN]));
  let after = '0';
  for (;;) {
    const rows = await door.read(tenant, (tx) => refusedRows(tx, id, after, PAGE));
    if (rows.length > 0) yield Buffer.from(rows.map((row) => toLine(row, columns.length, isCsv)).join(''));
    if (rows.length < PAGE) return;
    after = rows.at(-1)?.row ?? after;
  }
}

function toLine({ row, code, field, message, original }: RefusedRow, columns: number, isCsv: boolean): string {
  // A malformed row may have fewer cells than columns, or more.
  const cells = Array.from({ length: columns }, (_, place) => original[place] ?? '');
  // What came guarded is; what came risky must not go out so.
  const safe = cells.map((cell) => (isCsv && cell.startsWith("'") ? cell : guarded(cell)));
  return csvLine([...safe, row, code, field ?? '', guarded(message)]);
}
