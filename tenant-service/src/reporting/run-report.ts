import { REPORTS } from '@tenantry/contracts';
import { fail, type OpenOperations, type TakenOperation } from '../jobs/operation-repository.ts';
import type { ObjectStore } from '../objects/object-store.ts';
import { Problem } from '../problem.ts';
import type { Door, TenantTransaction } from '../tenancy/doors.ts';
import type { SnapshotDoor } from '../tenancy/snapshot-door.ts';
import type { Tenant } from '../tenancy/tenant.ts';
import { makeFile } from '../transfer/make-file.ts';
import { reportBytes } from './report-bytes.ts';
import { REPORT_CHARTS } from './report-chart.ts';
import { REPORT_MEDIA_TYPES, type ReportHead } from './report-format.ts';
import type { ReportQueries, ReportQuery, ReportRequest } from './report-request.ts';

interface ReportParts {
  readonly door: Door;
  readonly snapshots: SnapshotDoor;
  readonly objects: ObjectStore;
  readonly queries: ReportQueries;
  /** @throws Problem archived when some rows of the report have left the database. */
  readonly requireRows: (tx: TenantTransaction, request: ReportRequest) => Promise<void>;
  readonly failpoint: (place: string) => void;
}

/** Makes the file of a report: one statement, so one snapshot. It fails when a part of it is in the archive. @throws as runImport does. */
export async function runReport(
  parts: ReportParts,
  tenant: Tenant,
  operation: TakenOperation,
  stop: AbortSignal,
): Promise<OpenOperations | undefined> {
  const request = operation.request as unknown as ReportRequest;
  const { report, format } = request;
  const query = (parts.queries[report] as ReportQuery<typeof report>)(request);
  const met: { archived?: Problem } = {};
  try {
    return await makeFile(parts, tenant, operation, stop, {
      folder: 'reports',
      mediaType: REPORT_MEDIA_TYPES[format],
      pieces: async function* (lost, onRows) {
        yield* reportBytes({ format, head: headOf(request) }, parts.snapshots.copy(tenant, query, lost), onRows);
        // Behind the last row: what has moved by then may be missing.
        await parts.door
          .read(tenant, (tx) => parts.requireRows(tx, request))
          .catch((error: unknown) => {
            if (error instanceof Problem) met.archived = error;
            throw error;
          });
      },
    });
  } catch (error) {
    if (met.archived === undefined) throw error;
    const { message } = met.archived;
    await parts.door.write(tenant, (tx) => fail(tx, operation, 'archived', message));
    return undefined;
  }
}

function headOf({ report, parameters, timeZone, asOf }: ReportRequest): ReportHead {
  const { title, columns } = REPORTS[report];
  const shown = Object.entries(parameters).map(
    ([name, value]) => [name, typeof value === 'string' ? value : JSON.stringify(value)] as const,
  );
  const chart = REPORT_CHARTS[report];
  return { title, columns, chart, facts: [['asOf', asOf], ['timeZone', timeZone], ...shown] };
}
