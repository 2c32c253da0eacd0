import type { IncomingMessage } from 'node:http';
import type { Transform } from 'node:stream';
import { promisify } from 'node:util';
import { brotliCompress, constants, createBrotliCompress, createGzip, gzip } from 'node:zlib';
import Negotiator from 'negotiator';
import type { PlainAnswer } from './plain.ts';

/** Below this, compressing costs more time than the bytes it saves. */
const COMPRESSED_FROM_BYTES = 1024;
/** Brotli's default level is made for files that are compressed once; 4 is as fast as gzip and smaller. */
const BROTLI = { params: { [constants.BROTLI_PARAM_QUALITY]: 4 } };
const ENCODINGS = ['br', 'gzip', 'identity'] as const;

const brotliText = promisify(brotliCompress);
const gzipText = promisify(gzip);

export type ContentEncoding = 'br' | 'gzip';

/**
 * Would this answer be compressed for a caller who can read it? An answer with an ETag is not: its tag is strong, and a strong tag belongs to
 * one sequence of bytes (RFC 9110 §8.8.3). Nor are server-sent events: each would wait in the encoder for the next.
 */
export function isCompressible({ body, headers }: PlainAnswer): boolean {
  if (body === undefined || headers.etag !== undefined || headers['content-encoding'] !== undefined) return false;
  if (headers['content-type'] === 'text/event-stream') return false;
  return typeof body !== 'string' || body.length >= COMPRESSED_FROM_BYTES;
}

/** What the caller takes, best first for us; undefined for neither. */
export function encodingFor(request: Pick<IncomingMessage, 'headers'>): ContentEncoding | undefined {
  if (request.headers['accept-encoding'] === undefined) return undefined;
  // Its types do not know the preference yet.
  const negotiator = new Negotiator(request) as unknown as { encoding: (known: string[], wishes: { preferred: string[] }) => string };
  const chosen = negotiator.encoding([...ENCODINGS], { preferred: [...ENCODINGS] });
  return chosen === 'br' || chosen === 'gzip' ? chosen : undefined;
}

export async function encodeText(encoding: ContentEncoding, text: string): Promise<Buffer> {
  return encoding === 'br' ? await brotliText(text, BROTLI) : await gzipText(text);
}

export function encoder(encoding: ContentEncoding): Transform {
  return encoding === 'br' ? createBrotliCompress(BROTLI) : createGzip();
}
