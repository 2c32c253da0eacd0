import { Readable } from 'node:stream';
import { beat, release, succeed, type TakenOperation } from '../jobs/operation-repository.ts';
import { type ObjectStore, objectKey } from '../objects/object-store.ts';
import type { Door } from '../tenancy/doors.ts';
import type { SnapshotDoor } from '../tenancy/snapshot-door.ts';
import type { Tenant } from '../tenancy/tenant.ts';
import type { ExportSource } from './export-source.ts';
import { type ExportWish, exportPieces, MEDIA_TYPES } from './export-stream.ts';

/** What the row of an export says was asked. */
export interface ExportRequest extends ExportWish {
  readonly resource: string;
}

/** What the row of a finished export says about its file. */
export interface StoredExport {
  readonly key: string;
  readonly rows: number;
  readonly bytes: number;
}

interface ExportParts {
  readonly door: Door;
  readonly snapshots: SnapshotDoor;
  readonly objects: ObjectStore;
  readonly sources: readonly ExportSource[];
}

const BEAT_MS = 2000;

/** The operation is no longer this attempt's, or this process stops. */
class Lost extends Error {
  override readonly name = 'Lost';
}

/**
 * Makes the file, from the beginning: a snapshot does not outlive its connection. Each attempt writes an object of its own and only the one
 * that still holds the operation is kept, so that `succeeded` means one complete file. @throws as runImport does.
 */
export async function runExport(parts: ExportParts, tenant: Tenant, operation: TakenOperation, signal: AbortSignal): Promise<void> {
  const { door, objects } = parts;
  const request = operation.request as unknown as ExportRequest;
  const source = parts.sources.find(({ resource }) => resource === request.resource);
  if (source === undefined) throw new Error(`no export of ${request.resource} is known here`);
  const key = objectKey(tenant.tenantId, 'exports', operation.id, String(operation.attempt));
  const made = { rows: 0, bytes: 0 };
  try {
    const pieces = counted(exportPieces(parts.snapshots, tenant, source, request, (rows) => (made.rows += rows)));
    await objects.put(key, Readable.from(pieces, { objectMode: false }), MEDIA_TYPES[request.format]);
    const kept = await door.write(tenant, (tx) => succeed(tx, operation, made.rows, { key, ...made } satisfies StoredExport));
    if (!kept) await objects.removeUnder(key);
  } catch (error) {
    if (!(error instanceof Lost)) throw error;
    await objects.removeUnder(key).catch(() => {});
    if (signal.aborted) await door.write(tenant, (tx) => release(tx, operation, false));
  }

  /** Looks now and then whether the operation is still this attempt's. */
  async function* counted(pieces: AsyncGenerator<Buffer>): AsyncGenerator<Buffer> {
    let beatAt = Date.now() + BEAT_MS;
    for await (const piece of pieces) {
      if (signal.aborted) throw new Lost('this process stops');
      if (Date.now() >= beatAt) {
        if (!(await door.write(tenant, (tx) => beat(tx, operation, made.rows)))) throw new Lost('cancelled, or taken by another worker');
        beatAt = Date.now() + BEAT_MS;
      }
      made.bytes += piece.length;
      yield piece;
    }
  }
}
