import type { OpenOperations, TakenOperation } from '../jobs/operation-repository.ts';
import type { ObjectStore } from '../objects/object-store.ts';
import type { Door } from '../tenancy/doors.ts';
import type { SnapshotDoor } from '../tenancy/snapshot-door.ts';
import type { Tenant } from '../tenancy/tenant.ts';
import type { ExportSource } from './export-source.ts';
import { type ExportWish, exportPieces, MEDIA_TYPES } from './export-stream.ts';
import { makeFile } from './make-file.ts';

/** What the row of an export says was asked. */
export interface ExportRequest extends ExportWish {
  readonly resource: string;
}

interface ExportParts {
  readonly door: Door;
  readonly snapshots: SnapshotDoor;
  readonly objects: ObjectStore;
  readonly sources: readonly ExportSource[];
  readonly failpoint: (place: string) => void;
}

/** Makes the file of an export. @throws as runImport does. */
export async function runExport(
  parts: ExportParts,
  tenant: Tenant,
  operation: TakenOperation,
  signal: AbortSignal,
): Promise<OpenOperations | undefined> {
  const request = operation.request as unknown as ExportRequest;
  const source = parts.sources.find(({ resource }) => resource === request.resource);
  if (source === undefined) throw new Error(`no export of ${request.resource} is known here`);
  return await makeFile(parts, tenant, operation, signal, {
    folder: 'exports',
    mediaType: MEDIA_TYPES[request.format],
    pieces: (_lost, onRows) => exportPieces(parts.snapshots, tenant, source, request, onRows),
  });
}
