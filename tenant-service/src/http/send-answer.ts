import type { ServerResponse } from 'node:http';
import { pipeline } from 'node:stream';
import type { PlainAnswer } from './plain.ts';

/** Writes an answer. Both mounts use it, so both say the same headers in the same way. */
export function sendAnswer(response: ServerResponse, answer: PlainAnswer, withBody = true): void {
  if (response.destroyed) return;
  const { body } = answer;
  // Names and values in turn: the form Node writes without looking at it again.
  const headers: string[] = [];
  for (const [name, value] of Object.entries(answer.headers)) headers.push(name, value);
  if (body === undefined) {
    response.writeHead(answer.status, headers).end();
    return;
  }
  headers.push('x-content-type-options', 'nosniff');
  if (typeof body !== 'string') {
    response.writeHead(answer.status, headers);
    // A stream that breaks breaks the connection: an answer cut short must not look whole.
    pipeline(body, response, () => {});
    return;
  }
  headers.push('content-length', String(Buffer.byteLength(body)));
  response.writeHead(answer.status, headers);
  response.end(withBody ? body : undefined);
}
