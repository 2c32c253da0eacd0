import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ReadableStream } from 'node:stream/web';

/** Answers requests of Node's server as the web's `Request` and `Response` have them. Bodies stream both ways; who goes away aborts. */
export function requestListener(answer: (request: Request) => Promise<Response>): RequestListener {
  return (incoming, outgoing) => {
    respond(answer, incoming, outgoing).catch(() => outgoing.destroy());
  };
}

async function respond(
  answer: (request: Request) => Promise<Response>,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
): Promise<void> {
  const gone = new AbortController();
  outgoing.once('close', () => gone.abort());
  const hasBody = incoming.method !== 'GET' && incoming.method !== 'HEAD' && incoming.headers['content-length'] !== '0';
  const address = `http://${incoming.headers.host}${incoming.url}`;
  if (!URL.canParse(address)) return void outgoing.writeHead(400).end();
  const request = new Request(address, {
    method: incoming.method ?? 'GET',
    headers: Object.entries(incoming.headers).flatMap(([name, value]): [string, string][] =>
      [value ?? []].flat().map((each) => [name, each]),
    ),
    signal: gone.signal,
    ...(hasBody ? { body: Readable.toWeb(incoming), duplex: 'half' } : {}),
  } as RequestInit);
  const { status, headers, body } = await answer(request);
  outgoing.writeHead(status, Object.fromEntries(headers));
  if (body === null) outgoing.end();
  else await pipeline(Readable.fromWeb(body as ReadableStream), outgoing);
}
