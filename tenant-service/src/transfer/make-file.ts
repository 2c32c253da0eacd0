import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { beat, fail, type OpenOperations, release, succeedAndLook, type TakenOperation } from '../jobs/operation-repository.ts';
import { type ObjectStore, objectKey } from '../objects/object-store.ts';
import type { Door } from '../tenancy/doors.ts';
import type { Tenant } from '../tenancy/tenant.ts';
import { FileTooLarge } from './file-too-large.ts';

/** What the row of a finished operation says about its file. */
export interface StoredFile {
  readonly key: string;
  readonly rows: number;
  readonly bytes: number;
  /** Absent for a file of before it was kept. */
  readonly sha256?: string;
}

/** A file to be made. `pieces` are asked for as fast as the bucket takes them; `signal` ends when nobody wants them any more. */
export interface FileWish {
  readonly folder: 'exports' | 'reports';
  readonly mediaType: string;
  readonly pieces: (signal: AbortSignal, onRows: (rows: number) => void) => AsyncGenerator<Uint8Array>;
}

interface FileParts {
  readonly door: Door;
  readonly objects: ObjectStore;
  readonly failpoint: (place: string) => void;
}

const BEAT_MS = 1000;

/** The operation is no longer this attempt's, or this process stops. */
class Lost extends Error {
  override readonly name = 'Lost';
}

/**
 * Makes the file, from the beginning: a snapshot does not outlive its connection. Each attempt writes an object of its own and only the one
 * that still holds the operation is kept, so that `succeeded` means one complete file. Says what the queue should hold then.
 * @throws what a later attempt may mend.
 */
export async function makeFile(
  { door, objects, failpoint }: FileParts,
  tenant: Tenant,
  operation: TakenOperation,
  stop: AbortSignal,
  { folder, mediaType, pieces }: FileWish,
): Promise<OpenOperations | undefined> {
  const prefix = `${objectKey(tenant.tenantId, folder, operation.id)}/`;
  const key = `${prefix}${operation.attempt}`;
  const made = { rows: 0, bytes: 0 };
  const hash = createHash('sha256');
  const lost = new AbortController();
  const lose = (why: string): void => lost.abort(new Lost(why));
  const onStop = (): void => lose('this process stops');
  stop.addEventListener('abort', onStop, { once: true });
  if (stop.aborted) onStop();
  // By the clock and not by the rows: before the first of them the database may sort for a minute.
  const heart = setInterval(() => {
    door
      .write(tenant, (tx) => beat(tx, operation, made.rows))
      .then(
        (isOurs) => isOurs || lose('cancelled, or taken by another worker'),
        () => {},
      );
  }, BEAT_MS);
  try {
    await objects.put(key, Readable.from(counted(), { objectMode: false }), mediaType);
    failpoint('file.stored');
    const result: StoredFile = { key, ...made, sha256: hash.digest('hex') };
    const { isKept, open } = await door.write(tenant, (tx) => succeedAndLook(tx, operation, made.rows, result));
    // What earlier attempts left is nobody's. Should this fail, it goes with the operation.
    if (isKept) await objects.keepOnly(prefix, key).catch(() => {});
    else await objects.removeUnder(key);
    return open;
  } catch (error) {
    if (!lost.signal.aborted && !(error instanceof FileTooLarge)) throw error;
    await objects.removeUnder(key).catch(() => {});
    if (error instanceof FileTooLarge) await door.write(tenant, (tx) => fail(tx, operation, 'too-large', error.message));
    else if (stop.aborted) await door.write(tenant, (tx) => release(tx, operation, false));
    return undefined;
  } finally {
    clearInterval(heart);
    stop.removeEventListener('abort', onStop);
  }

  async function* counted(): AsyncGenerator<Uint8Array> {
    const onRows = (rows: number): void => {
      made.rows += rows;
    };
    for await (const piece of pieces(lost.signal, onRows)) {
      lost.signal.throwIfAborted();
      made.bytes += piece.length;
      hash.update(piece);
      failpoint('file.piece');
      yield piece;
    }
    lost.signal.throwIfAborted();
  }
}
