import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import type { ColumnMapping, TransferFormat } from '@tenantry/contracts';
import type { ObjectStore } from '../objects/object-store.ts';
import { type FileHead, HEAD_CHARACTERS, type ImportField, readHead, UnreadableFile } from './import-columns.ts';

/** A file as it was stored. */
export interface StoredUpload {
  readonly bytes: number;
  /** SHA-256 in hex: makes a repeated request one, and another file with the same key another request. */
  readonly hash: string;
  readonly head: FileHead;
}

interface UploadRules {
  readonly format: TransferFormat;
  readonly fields: readonly ImportField[];
  readonly mapping: ColumnMapping | undefined;
  readonly delimiter: string | undefined;
}

/** Ways a file says that it is not UTF-8: the marks of UTF-16, UTF-32, ZIP (as .xlsx is one) and gzip. */
const OTHERS: readonly (readonly [string, string])[] = [
  ['fffe', 'UTF-16'],
  ['feff', 'UTF-16'],
  ['0000feff', 'UTF-32'],
  ['504b0304', 'a ZIP archive or an Excel workbook'],
  ['1f8b', 'compressed with gzip'],
];

/**
 * Streams a file into the bucket; looks at its beginning before the first byte is stored. Holds a few parts of it, however long it is.
 * @throws UnreadableFile for a beginning that no import could make sense of; what the stream ends with; ObjectsAway.
 */
export async function storeUpload(objects: ObjectStore, key: string, bytes: Readable, rules: UploadRules): Promise<StoredUpload> {
  const iterator = bytes[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  const beginning: Buffer[] = [];
  let held = 0;
  let ended = false;
  while (held < HEAD_CHARACTERS && !ended) {
    const { value, done } = await iterator.next();
    ended = done === true;
    if (value) {
      beginning.push(value);
      held += value.length;
    }
  }
  const first = Buffer.concat(beginning);
  const head = headOf(first, rules);
  const hash = createHash('sha256');
  let size = 0;
  async function* all(): AsyncGenerator<Buffer> {
    yield first;
    while (!ended) {
      const { value, done } = await iterator.next();
      if (done) return;
      yield value;
    }
  }
  async function* counted(): AsyncGenerator<Buffer> {
    for await (const piece of all()) {
      hash.update(piece);
      size += piece.length;
      yield piece;
    }
  }
  await objects.put(key, Readable.from(counted(), { objectMode: false }), 'application/octet-stream');
  return { bytes: size, hash: hash.digest('hex'), head };
}

function headOf(first: Buffer, { format, fields, mapping, delimiter }: UploadRules): FileHead {
  if (first.length === 0) throw new UnreadableFile('The file is empty.');
  const begins = first.subarray(0, 4).toString('hex');
  const other = OTHERS.find(([mark]) => begins.startsWith(mark));
  if (other) throw new UnreadableFile(`The file is ${other[1]}. Save it as UTF-8 text.`);
  if (first.includes(0)) throw new UnreadableFile('The file has NUL bytes: it is no UTF-8 text. Save it as UTF-8.');
  let text: string;
  try {
    // A character may be cut at the end of what is here; stream mode waits for the rest.
    text = new TextDecoder('utf-8', { fatal: true }).decode(first, { stream: true });
  } catch (cause) {
    throw new UnreadableFile('The file is not UTF-8; it may be Windows-1252. Save it as UTF-8.', { cause });
  }
  if (format === 'csv') return readHead(text.slice(0, HEAD_CHARACTERS), { fields, mapping, delimiter });
  if (mapping !== undefined) throw new UnreadableFile('NDJSON names its fields itself: leave the mapping out.');
  return { delimiter: ',', columns: [], targets: [] };
}
