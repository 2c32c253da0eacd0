import type { ExportResult, ImportResult, LongOperation, OperationStatus, ReportResult } from '@tenantry/contracts';
import type { StoredOperation } from '../jobs/operation-repository.ts';
import type { ObjectStore } from '../objects/object-store.ts';
import type { StoredFile } from './make-file.ts';
import type { ImportRequest } from './run-import.ts';

const LINK_SECONDS = 900;
const FINAL: ReadonlySet<OperationStatus> = new Set(['succeeded', 'failed', 'cancelled']);

export const isFinal = (status: OperationStatus): boolean => FINAL.has(status);

/** An operation as answers show it. An export's link is made here and now; without a bucket there is none. */
export async function describeOperation(stored: StoredOperation, objects: ObjectStore | undefined): Promise<LongOperation> {
  const { id, kind, status, actor, createdAt, startedAt, finishedAt, expiresAt, problem } = stored;
  return {
    id,
    kind,
    status,
    progress: { done: Number(stored.done), total: stored.total === null ? null : Number(stored.total) },
    request: shownRequest(stored),
    result: kind === 'import' ? importResult(stored) : await fileResult(stored, objects),
    problem: problem as LongOperation['problem'],
    actor,
    createdAt,
    startedAt,
    finishedAt,
    expiresAt,
  };
}

/** What was asked, without what is ours: where the file lies. */
function shownRequest({ request }: StoredOperation): LongOperation['request'] {
  const { file: _file, ...shown } = request as unknown as ImportRequest;
  return shown as unknown as LongOperation['request'];
}

function importResult(stored: StoredOperation): ImportResult | null {
  if (stored.startedAt === null) return null;
  const { id, created, updated, skipped, failed, firstErrors } = stored;
  return {
    created: Number(created),
    updated: Number(updated),
    skipped: Number(skipped),
    failed: Number(failed),
    dryRun: (stored.request as unknown as ImportRequest).dryRun,
    firstErrors: [...(firstErrors ?? [])],
    errors: failed === '0' ? null : `/v1/imports/${id}/errors`,
  };
}

async function fileResult(stored: StoredOperation, objects: ObjectStore | undefined): Promise<ExportResult | ReportResult | null> {
  const { status, kind } = stored;
  if (status !== 'succeeded' || objects === undefined) return null;
  const { rows, bytes, sha256 = '' } = stored.result as unknown as StoredFile;
  const link = await fileLink(stored, objects);
  return kind === 'report' ? { rows, bytes, sha256, ...link } : { rows, bytes, ...link };
}

/** A download link to the file of an operation that has succeeded. */
export async function fileLink(
  { id, result, request }: Pick<StoredOperation, 'id' | 'result' | 'request'>,
  objects: ObjectStore,
): Promise<{ readonly url: string; readonly urlExpiresAt: string }> {
  const { key } = result as unknown as StoredFile;
  const { resource, report, format } = request as { resource?: string; report?: string; format: string };
  const url = await objects.link(key, { seconds: LINK_SECONDS, fileName: `${resource ?? report}-${id}.${format}` });
  return { url, urlExpiresAt: new Date(Date.now() + LINK_SECONDS * 1000).toISOString() };
}
