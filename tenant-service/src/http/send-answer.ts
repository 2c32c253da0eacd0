import type { ServerResponse } from 'node:http';
import type { PlainAnswer } from './plain.ts';

/** Writes an answer. Both mounts use it, so both say the same headers in the same way. */
export function sendAnswer(response: ServerResponse, answer: PlainAnswer, withBody = true): void {
  if (response.destroyed) return;
  const { body } = answer;
  if (body === undefined) {
    response.writeHead(answer.status, answer.headers).end();
    return;
  }
  response.writeHead(answer.status, {
    ...answer.headers,
    'x-content-type-options': 'nosniff',
    'content-length': Buffer.byteLength(body),
  });
  response.end(withBody ? body : undefined);
}
