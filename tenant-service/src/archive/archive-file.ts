import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createGzip } from 'node:zlib';
import { ObjectMissing, type ObjectStore, ObjectsAway } from '../objects/object-store.ts';

/** A row as `rows` of an ArchivePolicy gives it. */
export interface ArchiveRow {
  readonly id: string;
  readonly version: number;
  readonly at: string;
  readonly line: string;
}

/** What a file has, as its archive's row and its manifest say. */
export interface ArchiveFacts {
  readonly key: string;
  readonly rows: number;
  readonly bytes: number;
  readonly sha256: string;
  readonly firstId: string;
  readonly firstVersion: number;
  readonly lastId: string;
  readonly lastVersion: number;
  readonly oldest: string;
  readonly newest: string;
}

const LINE_END = 0x0a;

/** Writes rows as one compressed line each, a few megabytes in memory at a time. There must be a first. @throws what `batches` throws, ObjectsAway. */
export async function writeArchiveFile(
  objects: ObjectStore,
  key: string,
  batches: AsyncIterable<readonly ArchiveRow[]>,
): Promise<ArchiveFacts> {
  const ends: ArchiveRow[] = [];
  let [rows, bytes, oldest, newest] = [0, 0, '', ''];
  const hash = createHash('sha256');
  async function* lines(): AsyncGenerator<string> {
    for await (const batch of batches) {
      for (const row of batch) {
        ends[Math.min(rows, 1)] = row;
        rows += 1;
        if (oldest === '' || row.at < oldest) oldest = row.at;
        if (row.at > newest) newest = row.at;
      }
      yield batch.map(({ line }) => `${line}\n`).join('');
    }
  }
  async function* counted(compressed: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    for await (const piece of compressed) {
      hash.update(piece);
      bytes += piece.length;
      yield piece;
    }
  }
  const gzip = createGzip();
  const content = Readable.from(counted(gzip), { objectMode: false });
  // The upload's failure ends the reading, and the reading's the upload.
  const [read, stored] = await Promise.allSettled([
    pipeline(Readable.from(lines()), gzip),
    objects.put(key, content, 'application/gzip').finally(() => gzip.destroy()),
  ]);
  if (stored.status === 'rejected') throw stored.reason;
  if (read.status === 'rejected') throw read.reason;
  const [first, last = first] = ends;
  if (first === undefined || last === undefined) throw new Error('an archive has a row');
  return {
    ...{ key, rows, bytes, sha256: hash.digest('hex'), oldest, newest },
    ...{ firstId: first.id, firstVersion: first.version, lastId: last.id, lastVersion: last.version },
  };
}

/** Reads a file back, to its last byte. @throws Error when it is not what was written. */
export async function proveArchiveFile(objects: ObjectStore, { key, rows, sha256 }: ArchiveFacts): Promise<void> {
  const hash = createHash('sha256');
  let found = 0;
  await pipeline(
    await objects.get(key),
    async function* (pieces: AsyncIterable<Buffer>) {
      for await (const piece of pieces) {
        hash.update(piece);
        yield piece;
      }
    },
    createGunzip(),
    async (pieces: AsyncIterable<Buffer>) => {
      for await (const piece of pieces) for (const byte of piece) if (byte === LINE_END) found += 1;
    },
  );
  if (found !== rows || hash.digest('hex') !== sha256) throw new Error(`the file ${key} is not as it was written`);
}

/** Documents of a file, in its order. @throws ObjectMissing, ObjectsAway. */
export async function* readArchiveFile(objects: ObjectStore, key: string): AsyncGenerator<Readonly<Record<string, unknown>>> {
  const gunzip = createGunzip();
  const fed = pipeline(await objects.get(key), gunzip);
  fed.catch(() => {});
  let rest = '';
  try {
    gunzip.setEncoding('utf8');
    for await (const text of gunzip as AsyncIterable<string>) {
      const lines = (rest + text).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) yield JSON.parse(line);
    }
    await fed;
  } catch (error) {
    if (error instanceof ObjectMissing) throw error;
    throw new ObjectsAway('a file of the archive cannot be read to its end', { cause: error });
  } finally {
    gunzip.destroy();
  }
}
