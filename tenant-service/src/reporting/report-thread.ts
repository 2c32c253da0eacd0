import { parentPort, workerData } from 'node:worker_threads';
import type { ReportFormat } from '@tenantry/contracts';
import { FileTooLarge } from '../transfer/file-too-large.ts';
import { CopyText } from './copy-text.ts';
import { csvFile } from './csv-file.ts';
import { ndjsonFile } from './ndjson-file.ts';
import type { ReportFile, ReportHead } from './report-format.ts';

/** What the thread is told when it begins. */
export interface ThreadTask {
  readonly format: ReportFormat;
  readonly head: ReportHead;
}

/** What it answers, once for each piece it gets, in that order. */
export type ThreadAnswer =
  | { readonly bytes: readonly Uint8Array[]; readonly rows: number }
  | { readonly tooLarge: string }
  | { readonly failed: string };

/** The libraries of the last three are loaded when they are asked for. */
const FILES: Readonly<Record<ReportFormat, (head: ReportHead) => ReportFile | Promise<ReportFile>>> = {
  csv: csvFile,
  ndjson: ndjsonFile,
  xlsx: async (head) => (await import('./xlsx-file.ts')).xlsxFile(head),
  pdf: async (head) => (await import('./pdf-file.ts')).pdfFile(head),
  parquet: async (head) => (await import('./parquet-file.ts')).parquetFile(head),
};

/** Turns rows as the database sends them into a file. A thread of its own: the process it belongs to goes on answering meanwhile. */
function serve({ format, head }: ThreadTask): void {
  const making = Promise.resolve(FILES[format](head));
  // Awaited with every piece.
  making.catch(() => {});
  const text = new CopyText();
  let last: Promise<unknown> = Promise.resolve();
  const answer = async (piece: Uint8Array | null): Promise<ThreadAnswer> => {
    const file = await making;
    if (piece === null) return { bytes: await file.end(), rows: 0 };
    const rows = text.read(piece);
    return { bytes: await file.rows(rows), rows: rows.length };
  };
  const failure = (error: unknown): ThreadAnswer =>
    error instanceof FileTooLarge
      ? { tooLarge: error.message }
      : { failed: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  parentPort?.on('message', (piece: Uint8Array | null) => {
    last = last
      .then(() => answer(piece))
      .catch(failure)
      .then((said) => parentPort?.postMessage(said, 'bytes' in said ? transferable(said.bytes) : []));
  });
}

/** What is handed over instead of copied: memory that holds these bytes and nothing else. */
function transferable(all: readonly Uint8Array[]): ArrayBuffer[] {
  return all.flatMap(({ buffer, length }) => (buffer instanceof ArrayBuffer && buffer.byteLength === length ? [buffer] : []));
}

serve(workerData as ThreadTask);
