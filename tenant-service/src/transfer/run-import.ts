import type { ColumnMapping, TransferFormat } from '@tenantry/contracts';
import type { Failpoint } from '../failpoint.ts';
import { beat, fail, release, succeed, type TakenOperation } from '../jobs/operation-repository.ts';
import { ObjectMissing, type ObjectStore } from '../objects/object-store.ts';
import { Problem } from '../problem.ts';
import type { Door } from '../tenancy/doors.ts';
import type { Tenant } from '../tenancy/tenant.ts';
import { importChunks } from './import-chunks.ts';
import { type FileHead, UnreadableFile } from './import-columns.ts';
import { importRows } from './import-rows.ts';
import type { ImportRules, ImportTarget, PreparedImport } from './import-target.ts';
import { writeRange } from './write-range.ts';

/** What the row of an import says was asked. */
export interface ImportRequest extends ImportRules {
  readonly resource: string;
  readonly format: TransferFormat;
  readonly dryRun: boolean;
  readonly mapping?: ColumnMapping | undefined;
  /** Where the file is, how long it is, and what its beginning said. */
  readonly file: { readonly key: string; readonly bytes: number; readonly head: FileHead };
}

interface ImportParts {
  readonly door: Door;
  readonly objects: ObjectStore;
  readonly targets: readonly ImportTarget[];
  readonly failpoint: Failpoint;
  /** @throws Problem quota-exceeded when the plan has no room for so many further rows of the resource. */
  readonly requireRoom: (tenant: Tenant, resource: string, rows: number) => Promise<void>;
}

/**
 * Imports a file from where an earlier attempt left it. Returns when it is done, has been given back, or belongs to somebody else.
 * @throws what may be better another time: the database or the bucket away.
 */
export async function runImport(parts: ImportParts, tenant: Tenant, operation: TakenOperation, signal: AbortSignal): Promise<void> {
  const { door, objects } = parts;
  const request = operation.request as unknown as ImportRequest;
  const target = parts.targets.find(({ resource }) => resource === request.resource);
  if (target === undefined) throw new Error(`no import of ${request.resource} is known here`);
  const { actor, traceId, traceparent } = operation;
  const prepared = await target.prepare({ tenant, door, rules: request, actor, traceId, traceparent });
  try {
    const done = await writeFile(parts, tenant, operation, request, target, prepared, signal);
    if (done === undefined) await giveBack(door, tenant, operation, signal);
    else if (await door.write(tenant, (tx) => succeed(tx, operation, done, {}))) {
      // What is left over when this fails is removed with the operation.
      await objects.removeUnder(request.file.key).catch(() => {});
    }
  } catch (error) {
    if (error instanceof UnreadableFile) await door.write(tenant, (tx) => fail(tx, operation, 'import-file-unreadable', error.message));
    else if (error instanceof ObjectMissing) {
      await door.write(tenant, (tx) => fail(tx, operation, 'source-missing', 'The uploaded file is not in the bucket any more.'));
    } else if (error instanceof Problem && error.code === 'quota-exceeded') {
      await door.write(tenant, (tx) => fail(tx, operation, 'quota-exceeded', error.message));
    } else throw error;
  }
}

/** Rows of the whole file when all are in; undefined when it ended before: stopped, cancelled, taken, or to be prepared anew. */
async function writeFile(
  parts: ImportParts,
  tenant: Tenant,
  operation: TakenOperation,
  { format, dryRun, file, onConflict, resource }: ImportRequest,
  target: ImportTarget,
  prepared: PreparedImport,
  signal: AbortSignal,
): Promise<number | undefined> {
  let done = Number(operation.done);
  const source = await parts.objects.get(file.key);
  try {
    const rows = importRows(source, { format, head: file.head, fields: target.fields });
    const chunks = importChunks(rows, prepared, { done, bytes: file.bytes });
    // While the database writes one chunk the next is read and checked.
    let next = ahead(chunks);
    for (;;) {
      const { value: range, done: ended } = await next;
      if (ended) return done;
      if (signal.aborted) return undefined;
      next = ahead(chunks);
      // Rows that only change others need no room; what an update makes new shows with the next chunk.
      if (!dryRun) await parts.requireRoom(tenant, resource, onConflict === 'update' ? 1 : range.entries.length);
      const chunk = { operation, ...range };
      const written = dryRun ? await prepared.check(chunk) : await writeRange(prepared, chunk);
      if (!written) return undefined;
      done = range.after;
      parts.failpoint('import.chunk');
    }
  } finally {
    source.destroy();
  }
}

/** The next chunk on its way. Its error is told when it is awaited, and is no unhandled one before. */
function ahead<T>(chunks: AsyncGenerator<T>): Promise<IteratorResult<T>> {
  const next = chunks.next();
  next.catch(() => {});
  return next;
}

/** Still ours, but not done: this process stops, or the rules rows were checked against have changed. Another taking goes on from here. */
async function giveBack(door: Door, tenant: Tenant, operation: TakenOperation, signal: AbortSignal): Promise<void> {
  if (await door.write(tenant, (tx) => beat(tx, operation, null))) {
    await door.write(tenant, (tx) => release(tx, operation, !signal.aborted));
  }
}
