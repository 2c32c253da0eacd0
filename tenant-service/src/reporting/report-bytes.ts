import { Worker } from 'node:worker_threads';
import { FileTooLarge } from '../transfer/file-too-large.ts';
import type { ThreadAnswer, ThreadTask } from './report-thread.ts';

/** In the bundle every file lies beside the others. */
const THREAD = new URL(import.meta.url.endsWith('.ts') ? './report-thread.ts' : './report-thread.mjs', import.meta.url);
/** Pieces the thread has at once: one to work on and one to go on with. */
const AHEAD = 2;
/** The database sends a few rows at a time. So much goes to the thread at once: two threads that wait for each other that often do little else. */
const PIECE_BYTES = 256 * 1024;

/**
 * The file of a report, made by a thread from COPY's text. Nothing piles up: a piece is asked for when there is room, so a slow reader slows the
 * database. `onRows` is told how many rows each piece had. @throws FileTooLarge, what `copied` throws.
 */
export async function* reportBytes(
  task: ThreadTask,
  copied: AsyncIterable<Uint8Array>,
  onRows: (rows: number) => void,
): AsyncGenerator<Uint8Array> {
  const thread = new Worker(THREAD, {
    workerData: task,
    execArgv: [],
    resourceLimits: { maxYoungGenerationSizeMb: 16, maxOldGenerationSizeMb: 256 },
  });
  const waiting: PromiseWithResolvers<ThreadAnswer>[] = [];
  let ended: Error | undefined;
  const end = (error: Error): void => {
    ended ??= error;
    for (const each of waiting.splice(0)) each.reject(ended);
  };
  thread.on('message', (answer: ThreadAnswer) => waiting.shift()?.resolve(answer));
  thread.on('error', end);
  thread.on('exit', (code) => end(new Error(`the thread of a report ended with ${code}`)));
  const answers: Promise<ThreadAnswer>[] = [];
  const send = (piece: Uint8Array | null): void => {
    if (ended !== undefined) throw ended;
    const asked = Promise.withResolvers<ThreadAnswer>();
    // Awaited in its turn; until then its failure is nobody's surprise.
    asked.promise.catch(() => {});
    waiting.push(asked);
    answers.push(asked.promise);
    // Given away, not copied: it is this function's own.
    thread.postMessage(piece, piece === null ? [] : [piece.buffer as ArrayBuffer]);
  };
  const receive = async (): Promise<readonly Uint8Array[]> => {
    const answer = (await answers.shift()) as ThreadAnswer;
    if ('tooLarge' in answer) throw new FileTooLarge(answer.tooLarge);
    if ('failed' in answer) throw new Error(`the thread of a report failed: ${answer.failed}`);
    onRows(answer.rows);
    return answer.bytes;
  };
  try {
    for await (const piece of inPieces(copied)) {
      send(piece);
      if (answers.length >= AHEAD) yield* await receive();
    }
    send(null);
    while (answers.length > 0) yield* await receive();
  } finally {
    await thread.terminate();
  }
}

/** The same bytes in larger pieces, each with memory of its own. */
async function* inPieces(copied: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let piece = new Uint8Array(PIECE_BYTES);
  let size = 0;
  for await (const bytes of copied) {
    let taken = 0;
    while (taken < bytes.length) {
      const some = bytes.subarray(taken, taken + PIECE_BYTES - size);
      piece.set(some, size);
      size += some.length;
      taken += some.length;
      if (size < PIECE_BYTES) break;
      yield piece;
      piece = new Uint8Array(PIECE_BYTES);
      size = 0;
    }
  }
  if (size > 0) yield piece.subarray(0, size);
}
