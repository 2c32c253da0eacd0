import type { ExportResult, ImportResult, LongOperation, OperationStatus } from '@tenantry/contracts';
import type { StoredOperation } from '../jobs/operation-repository.ts';
import type { ObjectStore } from '../objects/object-store.ts';
import type { StoredExport } from './run-export.ts';
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
    result: kind === 'import' ? importResult(stored) : await exportResult(stored, objects),
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

async function exportResult(
  { id, status, result, request }: StoredOperation,
  objects: ObjectStore | undefined,
): Promise<ExportResult | null> {
  if (status !== 'succeeded' || objects === undefined) return null;
  const { key, rows, bytes } = result as unknown as StoredExport;
  const { resource, format } = request as { resource: string; format: string };
  const url = await objects.link(key, { seconds: LINK_SECONDS, fileName: `${resource}-${id}.${format}` });
  return { rows, bytes, url, urlExpiresAt: new Date(Date.now() + LINK_SECONDS * 1000).toISOString() };
}
