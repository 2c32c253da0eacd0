import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { localPlatform } from './local-platform.ts';

/** One HTTP answer, as it came over the wire. */
export interface WireAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
}

/** One HTTP request, as it goes over the wire; nothing is added or followed, nor retried once it has reached anybody, and each has a connection of its own. */
export interface WireRequest {
  readonly method: string;
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** Sends one request. https is checked against the platform's own CA; verification is never off. @throws Error when there is no answer */
export async function send(request: WireRequest): Promise<WireAnswer> {
  try {
    return await sendOnce(request);
  } catch (error) {
    // A pod that was killed ends no connections: for as long as the node remembers one, its port leads to an address that nobody has. Nothing was sent.
    if ((error as NodeJS.ErrnoException).code !== 'EHOSTUNREACH') throw error;
    return await sendOnce(request);
  }
}

function sendOnce({ method, url, headers, body }: WireRequest): Promise<WireAnswer> {
  const secure = url.startsWith('https:');
  return new Promise((resolve, reject) => {
    const options = {
      method,
      headers: { ...headers, ...(body === undefined ? {} : { 'content-length': Buffer.byteLength(body) }) },
      timeout: 30_000,
      agent: false,
    };
    const outgoing = secure ? httpsRequest(url, { ...options, ca: localPlatform().ca }) : httpRequest(url, options);
    outgoing.on('response', (incoming) => {
      const chunks: Buffer[] = [];
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
      incoming.on('end', () =>
        resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, text: Buffer.concat(chunks).toString('utf8') }),
      );
      incoming.on('error', reject);
    });
    outgoing.on('timeout', () => outgoing.destroy(new Error(`${method} ${url}: no answer within 30 s`)));
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}
