import type { IncomingMessage } from 'node:http';
import { type Readable, Transform } from 'node:stream';
import { Problem } from '../problem.ts';
import { onLate, stillArriving } from './arrival.ts';

/** The whole body. @throws Problem `body-too-large`, before more than the limit is held; `malformed-request` when the caller hangs up or is too slow. */
export function readBody(request: IncomingMessage, maxBytes: number): Promise<Buffer> {
  if (announced(request) > maxBytes) return Promise.reject(tooLarge(maxBytes));
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    request.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > maxBytes) {
        request.removeAllListeners('data');
        request.pause();
        reject(tooLarge(maxBytes));
        return;
      }
      chunks.push(chunk);
    });
    request.on('end', () => resolve(chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks, size)));
    request.on('error', (error) => reject(endedEarly(error)));
    onLate(request, () => reject(tooSlow()));
  });
}

/** The body as it arrives, for a reader that holds little of it. Ends with the same problems as {@link readBody}. */
export function uploadOf(request: IncomingMessage, maxBytes: number): Readable {
  let size = 0;
  const bounded = new Transform({
    transform: (chunk: Buffer, _encoding, done) => {
      size += chunk.length;
      stillArriving(request);
      if (size > maxBytes) done(tooLarge(maxBytes));
      else done(null, chunk);
    },
  });
  if (announced(request) > maxBytes) {
    bounded.destroy(tooLarge(maxBytes));
    return bounded;
  }
  request.on('error', (error) => bounded.destroy(endedEarly(error)));
  onLate(request, () => bounded.destroy(tooSlow()));
  bounded.on('error', () => request.unpipe(bounded));
  return request.pipe(bounded);
}

const announced = (request: IncomingMessage): number => Number(request.headers['content-length'] ?? 0);

function tooLarge(maxBytes: number): Problem {
  // The rest of the body is not read, so the connection cannot carry another request.
  return new Problem('body-too-large', `A body has at most ${maxBytes} bytes.`, { headers: { connection: 'close' } });
}

function tooSlow(): Problem {
  return new Problem('malformed-request', 'The body did not arrive in time.', { headers: { connection: 'close' } });
}

function endedEarly(cause: Error): Problem {
  return new Problem('malformed-request', 'The request ended before its body did.', { cause });
}
