import type { OperationStatus, Report, ReportFormat, ReportName } from '@tenantry/contracts';
import type { ObjectStore } from '../../objects/object-store.ts';
import { REPORT_MEDIA_TYPES } from '../../reporting/report-format.ts';
import { fileLink } from '../../transfer/describe-operation.ts';
import type { StoredFile } from '../../transfer/make-file.ts';

/** A row of `reports` with its operation's. */
export interface StoredReport {
  readonly id: string;
  readonly report: ReportName;
  readonly parameters: Report['parameters'];
  readonly format: ReportFormat;
  readonly timeZone: string;
  readonly asOf: string;
  readonly scheduleId: string | null;
  readonly scheduledFor: string | null;
  readonly status: OperationStatus;
  readonly done: string;
  readonly result: Readonly<Record<string, unknown>> | null;
  readonly problem: Report['problem'];
  readonly actor: string;
  readonly request: Readonly<Record<string, unknown>>;
  readonly createdAt: string;
  readonly startedAt: string | null;
  readonly finishedAt: string | null;
  readonly expiresAt: string | null;
}

/** A report as answers show it. Its link is made here and now. */
export async function reportDocument(stored: StoredReport, objects: ObjectStore | undefined): Promise<Report> {
  const { done, result, actor, request: _request, ...shown } = stored;
  return {
    ...shown,
    rows: Number(done),
    file: result === null || objects === undefined ? null : await fileOf(stored, objects),
    createdBy: actor,
  };
}

async function fileOf(stored: StoredReport, objects: ObjectStore): Promise<Report['file']> {
  const { bytes, sha256 = '' } = stored.result as unknown as StoredFile;
  return { bytes, sha256, mediaType: REPORT_MEDIA_TYPES[stored.format], ...(await fileLink(stored, objects)) };
}
