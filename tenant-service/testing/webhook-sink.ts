import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { promisify } from 'node:util';

/** A webhook as it arrived. */
export interface Received {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  readonly at: number;
}

type Behaviour = (answer: ServerResponse, request: Received, times: number) => void;

const plain =
  (status: number, headers: Record<string, string> = {}): Behaviour =>
  (answer) =>
    answer.writeHead(status, headers).end('said');

/** What the first part of a path makes the receiver do. */
const BEHAVIOURS: Readonly<Record<string, Behaviour>> = {
  ok: plain(200),
  fail: plain(500),
  gone: plain(410),
  redirect: plain(302, { location: '/ok' }),
  slow: plain(429, { 'retry-after': '120' }),
  /** Fails twice, then takes it. */
  third: (answer, _, times) => answer.writeHead(times < 3 ? 500 : 200).end(),
  hang: () => {},
  /** Headers, and then a byte from time to time, for ever. */
  drip: (answer) => {
    answer.writeHead(200);
    const timer = setInterval(() => answer.write('x'), 50);
    answer.on('close', () => clearInterval(timer));
  },
  /** A body without end, as fast as it is read. */
  flood: (answer) => {
    answer.writeHead(500);
    const block = Buffer.alloc(65_536, 'y');
    const more = () => {
      while (!answer.destroyed && answer.write(block));
    };
    answer.on('drain', more);
    more();
  },
  /** Says a thousand bytes and gives five. */
  lie: (answer) => {
    answer.writeHead(200, { 'content-length': '1000' });
    answer.write('five!', () => answer.destroy());
  },
  /** Hangs up without a word. */
  close: (answer) => answer.destroy(),
  garbage: (answer) => void answer.socket?.end('SSH-2.0-OpenSSH\r\n\r\n'),
  /** Says the request back, as some error pages do. */
  mirror: (answer, { headers, body }) => answer.writeHead(400).end(JSON.stringify({ headers, body })),
};

/** A receiver of webhooks that behaves as its path says: `/ok`, `/fail/anything`, `/hang` … Where it listens matters to pods only. */
export async function webhookSink({ host = '127.0.0.1', port: wanted = 0 } = {}) {
  const received: Received[] = [];
  const times = new Map<string, number>();
  let connections = 0;
  const server = createServer((request, answer) => void take(request, answer));
  server.on('connection', () => {
    connections += 1;
  });
  async function take(request: IncomingMessage, answer: ServerResponse) {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const one = { path: request.url ?? '', headers: request.headers, body: Buffer.concat(chunks).toString(), at: Date.now() };
    received.push(one);
    const [, word = ''] = one.path.split('/');
    const time = (times.get(one.path) ?? 0) + 1;
    times.set(one.path, time);
    BEHAVIOURS[word]?.(answer, one, time);
  }
  server.listen(wanted, host);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    port,
    origin: `http://${host}:${port}`,
    received,
    at: (path: string) => received.filter((one) => one.path === path),
    connections: () => connections,
    /** How many are open now. */
    openConnections: () => promisify(server.getConnections.bind(server))(),
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
