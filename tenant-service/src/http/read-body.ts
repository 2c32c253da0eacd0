import type { IncomingMessage } from 'node:http';
import { Problem } from '../problem.ts';

/** Largest body of a request, in bytes. A number, never a string: a string that does not parse once meant no limit (CVE-2026-12590). */
export const BODY_BYTES_MAX = 65_536;

/** The whole body. @throws Problem `body-too-large`, before more than the limit is held; `malformed-request` when the caller hangs up. */
export function readBody(request: IncomingMessage): Promise<Buffer> {
  const announced = Number(request.headers['content-length'] ?? 0);
  if (announced > BODY_BYTES_MAX) return Promise.reject(tooLarge());
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    request.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > BODY_BYTES_MAX) {
        request.removeAllListeners('data');
        request.pause();
        reject(tooLarge());
        return;
      }
      chunks.push(chunk);
    });
    request.on('end', () => resolve(chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks, size)));
    request.on('error', (error) => reject(new Problem('malformed-request', 'The request ended before its body did.', { cause: error })));
  });
}

function tooLarge(): Problem {
  // The rest of the body is not read, so the connection cannot carry another request.
  return new Problem('body-too-large', `A body has at most ${BODY_BYTES_MAX} bytes.`, { headers: { connection: 'close' } });
}
