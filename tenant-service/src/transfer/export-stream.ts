import type { TransferFormat } from '@tenantry/contracts';
import type { SnapshotDoor } from '../tenancy/snapshot-door.ts';
import type { Tenant } from '../tenancy/tenant.ts';
import { csvLine, guarded } from './csv-format.ts';
import type { ExportColumn, ExportSource } from './export-source.ts';

export interface ExportWish {
  readonly format: TransferFormat;
  readonly bom: boolean;
  readonly filter: Readonly<Record<string, string>>;
}

export const MEDIA_TYPES = { csv: 'text/csv; charset=utf-8', ndjson: 'application/x-ndjson' } as const;

/**
 * The file, piece by piece, as a reader asks for it: rows of one snapshot. `onRows` is told how many rows each piece has, before the piece.
 * Closing it early closes the snapshot.
 */
export async function* exportPieces(
  door: SnapshotDoor,
  tenant: Tenant,
  source: ExportSource,
  { format, bom, filter }: ExportWish,
  onRows: (rows: number) => void = () => {},
): AsyncGenerator<Buffer> {
  const { columns } = source;
  const batches = door.read(tenant, source.query(filter));
  if (format === 'csv') yield Buffer.from(`${bom ? '\ufeff' : ''}${csvLine(columns.map(({ name }) => name))}`);
  for await (const rows of batches) {
    onRows(rows.length);
    const texts = rows.map(({ document }) => document as string);
    const lines = format === 'csv' ? texts.map((text) => toLine(JSON.parse(text) as Document, columns)) : texts.map((text) => `${text}\n`);
    yield Buffer.from(lines.join(''));
  }
}

type Document = Readonly<Record<string, unknown>>;

function toLine(document: Document, columns: readonly ExportColumn[]): string {
  return csvLine(columns.map(({ name, kind }) => toCell(document[name], kind)));
}

/** Absent is an empty cell, which an import takes for absent. An empty text cannot be said; no field has one. */
function toCell(value: unknown, kind: ExportColumn['kind']): string {
  if (value === null || value === undefined) return '';
  switch (kind) {
    case 'plain':
      return String(value);
    case 'text':
      return guarded(String(value));
    case 'list':
      return guarded(listCell(value as readonly string[]));
    case 'json':
      return isEmptyObject(value) ? '' : JSON.stringify(value);
  }
}

/** `a;b` where that says it, a JSON array where it does not. */
function listCell(items: readonly string[]): string {
  const isPlain = items.every((item) => item !== '' && item.trim() === item && !item.includes(';')) && !items[0]?.startsWith('[');
  return isPlain ? items.join(';') : JSON.stringify(items);
}

const isEmptyObject = (value: unknown): boolean => typeof value === 'object' && value !== null && Object.keys(value).length === 0;
