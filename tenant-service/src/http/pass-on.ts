import type { IncomingHttpHeaders } from 'node:http';
import type { Operation } from '@tenantry/contracts';
import { Problem } from '../problem.ts';
import type { ParsedRequest } from './parse-request.ts';
import type { PlainAnswer } from './plain.ts';
import type { Trace } from './trace.ts';

/** Above what the platform's replicas allow themselves for such an operation. */
const TIMEOUT_MS = 30_000;
/** What of the answer is the platform's to say; the rest is about the connection, or ours. */
const HEADERS = [
  'content-type',
  'cache-control',
  'etag',
  'location',
  'link',
  'archived-before',
  'retry-after',
  'idempotent-replayed',
  'www-authenticate',
];

/** A request that was found to be in order, as far as the platform's replicas need it. */
interface Passed {
  readonly operation: Operation;
  readonly headers: IncomingHttpHeaders;
  readonly trace: Trace;
  readonly parsed: Pick<ParsedRequest, 'params' | 'query' | 'body' | 'upload'>;
}

/**
 * Passes an operation of a dedicated tenant on to the platform's replicas, with the caller's own token, and their answer back as it is. They check
 * everything again: this replica is trusted with nothing it has not anyway.
 * @throws Problem unavailable when they do not answer.
 */
export function passOn(pooledUrl: string): (passed: Passed) => Promise<PlainAnswer> {
  return async ({ operation, headers, trace, parsed }) => {
    const { upload } = parsed;
    const body = upload?.bytes ?? (operation.body === undefined ? undefined : JSON.stringify(parsed.body));
    const sent: Record<string, string> = { accept: 'application/json', traceparent: trace.traceparent };
    for (const name of ['authorization', 'idempotency-key', 'if-match', 'if-none-match']) {
      const value = headers[name];
      if (typeof value === 'string') sent[name] = value;
    }
    if (operation.body?.kind === 'json') sent['content-type'] = 'application/json';
    if (operation.body?.kind === 'merge-patch') sent['content-type'] = 'application/merge-patch+json';
    if (upload) sent['content-type'] = upload.mediaType;
    try {
      const answer = await fetch(new URL(pathOf(operation, parsed), pooledUrl), {
        method: operation.method,
        headers: sent,
        redirect: 'error',
        // An upload takes as long as its sender; its own clock stops it when nothing comes.
        ...(upload ? { duplex: 'half' } : { signal: AbortSignal.timeout(TIMEOUT_MS) }),
        ...(body === undefined ? {} : { body }),
      } as RequestInit);
      const text = await answer.text();
      const told = HEADERS.flatMap((name) => {
        const value = answer.headers.get(name);
        return value === null ? [] : [[name, value] as const];
      });
      return { status: answer.status, headers: Object.fromEntries(told), ...(text === '' ? {} : { body: text }) };
    } catch (error) {
      // What ended an upload is ours to say: too large, too slow.
      if (upload?.bytes.errored instanceof Problem) throw upload.bytes.errored;
      throw new Problem('unavailable', 'The platform’s own replicas, which this operation needs, cannot be reached at the moment.', {
        cause: error,
        headers: { 'retry-after': '5' },
      });
    }
  };
}

function pathOf(operation: Operation, { params, query }: Passed['parsed']): string {
  const path = operation.path.replaceAll(/\{(\w+)\}/g, (_, name: string) =>
    encodeURIComponent(String((params as Record<string, unknown> | undefined)?.[name])),
  );
  const asked = new URLSearchParams();
  for (const [name, value] of Object.entries((query ?? {}) as Record<string, unknown>))
    if (value !== undefined) asked.set(name, typeof value === 'object' ? JSON.stringify(value) : String(value));
  return asked.size === 0 ? path : `${path}?${asked}`;
}
