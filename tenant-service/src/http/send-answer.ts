import type { ServerResponse } from 'node:http';
import { pipeline, type Readable } from 'node:stream';
import { encoder, encodeText, encodingFor, isCompressible } from './content-encoding.ts';
import type { PlainAnswer } from './plain.ts';

/** Writes an answer. Both mounts use it, so both say the same headers in the same way. */
export function sendAnswer(response: ServerResponse, answer: PlainAnswer, withBody = true): void {
  if (response.destroyed) return;
  const { status, body } = answer;
  // Names and values in turn: the form Node writes without looking at it again.
  const headers: string[] = [];
  for (const name in answer.headers) headers.push(name, answer.headers[name] as string);
  if (body === undefined) {
    response.writeHead(status, headers).end();
    return;
  }
  headers.push('x-content-type-options', 'nosniff');
  const isVarying = isCompressible(answer);
  if (isVarying) headers.push('vary', 'accept-encoding');
  const encoding = isVarying && withBody ? encodingFor(response.req) : undefined;
  if (encoding !== undefined) headers.push('content-encoding', encoding);

  if (typeof body !== 'string') {
    response.writeHead(status, headers);
    sendStream(response, encoding === undefined ? [body] : [body, encoder(encoding)], withBody);
  } else if (encoding === undefined) {
    const bytes = Buffer.byteLength(body);
    headers.push('content-length', String(bytes));
    // Text of ASCII alone is the same bytes in both, and Node writes this one without looking at each letter.
    response.writeHead(status, headers).end(withBody ? body : undefined, bytes === body.length ? 'latin1' : 'utf8');
  } else {
    encodeText(encoding, body).then(
      (bytes) => response.writeHead(status, [...headers, 'content-length', String(bytes.length)]).end(bytes),
      (error: Error) => response.destroy(error),
    );
  }
}

/** A stream that breaks breaks the connection: an answer cut short must not look whole. */
function sendStream(response: ServerResponse, streams: readonly Readable[], withBody: boolean): void {
  if (withBody) {
    pipeline([...streams, response] as unknown as [Readable, ServerResponse], () => {});
    return;
  }
  for (const stream of streams) stream.destroy();
  response.end();
}
