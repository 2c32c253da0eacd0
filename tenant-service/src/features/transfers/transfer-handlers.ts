import { Readable } from 'node:stream';
import type { ImportQuery, OperationKind, TRANSFER_RESOURCES } from '@tenantry/contracts';
import type { FeatureParts } from '../../feature-parts.ts';
import type { Handlers } from '../../http/handlers.ts';
import type { Call } from '../../http/pipeline.ts';
import type { PlainAnswer } from '../../http/plain.ts';
import { announceOperations } from '../../jobs/announce-operations.ts';
import type { JobQueue } from '../../jobs/job-queue.ts';
import { createOperation, type NewOperation, type OpenOperations } from '../../jobs/operation-repository.ts';
import { type IdempotencyKey, idempotencyKeyOf, writeOnce } from '../../journal/idempotency-keys.ts';
import { type ObjectStore, ObjectsAway, objectKey } from '../../objects/object-store.ts';
import { Problem } from '../../problem.ts';
import { describeOperation } from '../../transfer/describe-operation.ts';
import type { ExportSource } from '../../transfer/export-source.ts';
import { exportPieces, MEDIA_TYPES } from '../../transfer/export-stream.ts';
import { UnreadableFile } from '../../transfer/import-columns.ts';
import type { ImportTarget } from '../../transfer/import-target.ts';
import { storeUpload } from '../../transfer/store-upload.ts';
import type { TransferParts } from '../../transfer/transfer-parts.ts';
import { uuidv7 } from '../../uuid-v7.ts';
import { errorsFile } from './errors-file.ts';
import { operationHandlers } from './operation-handlers.ts';

type TransferOperations =
  | 'createImport'
  | 'importErrors'
  | 'createExport'
  | 'streamExport'
  | 'listOperations'
  | 'getOperation'
  | 'streamOperation'
  | 'cancelOperation';

/** Downloads one process makes at once: each holds a connection and a snapshot. */
const STREAMS_MAX = 8;

/** Imports, exports, and the operations they are. */
export function transferHandlers(parts: FeatureParts): Handlers<TransferOperations> {
  const { door, snapshots, transfers } = parts;

  /** The row and the key's answer in one statement; the queue hears of it afterwards, or from the sweeper. */
  const accept = async (call: Call, operation: NewOperation, key: IdempotencyKey | undefined): Promise<PlainAnswer> => {
    const { queue, objects } = servedHere(transfers);
    const answer = await acceptedAnswer(operation);
    let open: OpenOperations = [];
    const settled = await writeOnce(door, call.tenant, key, async () => {
      open = await door.write(call.tenant, (tx) => createOperation(tx, operation, key, answer));
      return answer;
    });
    if (settled !== answer) {
      // The first request's file is the one that counts.
      if (operation.kind === 'import') await objects.removeUnder(objectKey(call.tenant.tenantId, 'imports', operation.id)).catch(() => {});
      return settled;
    }
    await announceOperations(queue, call.tenant, open);
    return answer;
  };

  return {
    ...operationHandlers(parts),

    createImport: async (call) => {
      const { objects } = servedHere(transfers);
      const { query, upload, tenant } = call;
      const { resource, format, mapping, delimiter, ...rules } = query;
      const target = importTarget(transfers.importTargets, query);
      if (call.idempotencyKey === undefined) {
        throw new Problem('invalid-request', 'An import needs an Idempotency-Key: sending a file again must not import it twice.', {
          errors: [{ pointer: '/header/idempotency-key', detail: 'is required' }],
        });
      }
      const wanted = format === 'csv' ? 'text/csv' : 'application/x-ndjson';
      if (upload.mediaType !== wanted) throw new Problem('unsupported-media-type', `A file of format ${format} is sent as ${wanted}.`);
      const id = uuidv7();
      const key = objectKey(tenant.tenantId, 'imports', id);
      const file = await storeUpload(objects, key, upload.bytes, { format, fields: target.fields, mapping, delimiter }).catch(asProblem);
      const { bytes, hash, head } = file;
      const request = { resource, format, ...rules, ...(mapping === undefined ? {} : { mapping }), file: { key, bytes, head } };
      const operation = newOperation(id, 'import', request, call);
      return await accept(call as unknown as Call, operation, idempotencyKeyOf('createImport', { ...call, body: hash }));
    },

    importErrors: async ({ tenant, params }) => {
      const id = params.id.toLowerCase();
      return {
        status: 200,
        headers: { ...attachment(`import-errors-${id}.csv`), 'content-type': MEDIA_TYPES.csv },
        body: Readable.from(await errorsFile(door, tenant, id), { objectMode: false }),
      };
    },

    createExport: async (call) => {
      servedHere(transfers);
      const { body } = call;
      // A filter that is not one is told now, not by an operation that fails.
      exportSource(transfers.exportSources, body.resource).query(body.filter);
      return await accept(call as unknown as Call, newOperation(uuidv7(), 'export', body, call), idempotencyKeyOf('createExport', call));
    },

    streamExport: async ({ tenant, query }) => {
      const { resource, format, bom } = query;
      const source = exportSource(transfers.exportSources, resource);
      if (snapshots.open() >= STREAMS_MAX) {
        throw new Problem('too-many-requests', `${STREAMS_MAX} downloads are under way here.`, { headers: { 'retry-after': '5' } });
      }
      const pieces = exportPieces(snapshots, tenant, source, { format, bom, filter: {} });
      // The first piece before the answer's first byte: a database that is away is a problem document, not a broken file.
      const first = await pieces.next();
      return {
        status: 200,
        headers: { ...attachment(`${resource}.${format}`), 'content-type': MEDIA_TYPES[format] },
        body: Readable.from(withFirst(first, pieces), { objectMode: false }),
      };
    },
  };
}

function servedHere({ objects, queue }: TransferParts): { readonly objects: ObjectStore; readonly queue: JobQueue } {
  if (objects !== undefined && queue !== undefined) return { objects, queue };
  throw new Problem('unavailable', 'Imports and exports to a file are not set up here: the cell has no bucket or no queue.', {
    headers: { 'retry-after': '300' },
  });
}

function importTarget(targets: readonly ImportTarget[], { resource, onConflict, match }: ImportQuery): ImportTarget {
  const target = targets.find((each) => each.resource === resource);
  const refuse = (pointer: string, detail: string) =>
    new Problem('invalid-request', 'This import is not offered.', { errors: [{ pointer, detail }] });
  if (target === undefined) throw refuse('/query/resource', `must be one of ${targets.map((each) => each.resource).join(', ')}`);
  if (!target.supports({ onConflict, match })) throw refuse('/query/onConflict', `${onConflict} is not offered for ${resource}`);
  return target;
}

function exportSource(sources: readonly ExportSource[], resource: (typeof TRANSFER_RESOURCES)[number]): ExportSource {
  const source = sources.find((each) => each.resource === resource);
  if (source !== undefined) return source;
  throw new Problem('invalid-request', 'This export is not offered.', {
    errors: [{ pointer: '/resource', detail: `must be one of ${sources.map((each) => each.resource).join(', ')}` }],
  });
}

function newOperation(id: string, kind: OperationKind, request: object, { actor, trace }: Pick<Call, 'actor' | 'trace'>): NewOperation {
  return {
    id,
    kind,
    request: request as NewOperation['request'],
    actor: actor.subject,
    traceId: trace.traceId,
    traceparent: trace.traceparent,
    createdAt: new Date().toISOString(),
  };
}

async function acceptedAnswer(operation: NewOperation): Promise<PlainAnswer & { readonly body: string }> {
  const fresh = {
    ...({
      status: 'queued',
      version: 1,
      attempt: 0,
      done: '0',
      total: null,
      created: '0',
      updated: '0',
      skipped: '0',
      failed: '0',
    } as const),
    ...{ result: null, problem: null, startedAt: null, finishedAt: null, expiresAt: null },
  };
  const body = JSON.stringify(await describeOperation({ ...operation, ...fresh }, undefined));
  return {
    status: 202,
    headers: {
      'content-type': 'application/json',
      'cache-control': 'no-store',
      location: `/v1/operations/${operation.id}`,
      'retry-after': '1',
    },
    body,
  };
}

const attachment = (name: string) => ({ 'content-disposition': `attachment; filename="${name}"`, 'cache-control': 'no-store' });

function asProblem(error: unknown): never {
  if (error instanceof UnreadableFile) {
    // The rest of the file is not read, so the connection cannot carry another request.
    throw new Problem('invalid-request', error.message, {
      cause: error,
      errors: [{ pointer: '', detail: error.message }],
      headers: { connection: 'close' },
    });
  }
  if (error instanceof ObjectsAway) {
    throw new Problem('unavailable', 'The file store cannot be reached at the moment.', {
      cause: error,
      headers: { 'retry-after': '5', connection: 'close' },
    });
  }
  throw error;
}

async function* withFirst(first: IteratorResult<Buffer>, rest: AsyncGenerator<Buffer>): AsyncGenerator<Buffer> {
  if (first.done) return;
  try {
    yield first.value;
    yield* rest;
  } finally {
    await rest.return(undefined);
  }
}
