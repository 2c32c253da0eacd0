import { createServer, type RequestListener, type Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { Problem } from '../problem.ts';
import { limitArrival } from './arrival.ts';
import type { HotMount } from './hot-mount.ts';
import { traceOf } from './trace.ts';

const HEADER_BYTES_MAX = 16_384;
/** Longer than the idle timeout of common load balancers (60 s), so that they close first and never write into a closed connection. */
const KEEP_ALIVE_MS = 65_000;

/** How often Node looks for requests that arrive too slowly; its own 30 s would make a limit of 10 s one of 40. */
const CHECK_MS = 1000;

/** What a connection on which nothing was asked yet may still send when the server drains. */
const LAST_WORD_MS = 1000;

/** The api's HTTP server: hot operations first, Express behind. */
export class ApiServer {
  readonly #server: Server;
  /** Connections on which nothing was ever asked: Node calls them busy, and forgets their clock when it closes. */
  readonly #unused = new Set<Duplex>();
  #retiring = false;

  constructor(options: { hot: HotMount; app: RequestListener; requestTimeoutMs: number }) {
    const { hot, app, requestTimeoutMs } = options;
    this.#server = createServer(
      {
        maxHeaderSize: HEADER_BYTES_MAX,
        // Bodies have a clock of their own (arrival.ts).
        requestTimeout: 0,
        headersTimeout: requestTimeoutMs,
        connectionsCheckingInterval: CHECK_MS,
      },
      (request, response) => {
        this.#unused.delete(request.socket);
        if (this.#retiring) response.shouldKeepAlive = false;
        limitArrival(request, requestTimeoutMs);
        if (!hot(request, response)) app(request, response);
      },
    );
    this.#server.keepAliveTimeout = KEEP_ALIVE_MS;
    this.#server.on('clientError', refuse);
    this.#server.on('connection', (socket) => {
      this.#unused.add(socket);
      socket.once('close', () => this.#unused.delete(socket));
    });
  }

  /** Resolves with the port it listens on. */
  listen(port: number, host: string): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(port, host, () => resolve((this.#server.address() as { port: number }).port));
    });
  }

  /**
   * From now on every answer is the last of its connection, and says so. A client that keeps one open moves to another replica with its next
   * request; closed under its hands, that request would fail, and a POST may not simply be sent again.
   */
  retire(): void {
    this.#retiring = true;
  }

  /** Takes no new connection, lets running requests end, closes idle connections. Resolves when all are gone. */
  drain(): Promise<void> {
    return new Promise((resolve) => {
      this.#server.close(() => resolve());
      this.#server.closeIdleConnections();
      // A busy keep-alive connection becomes idle with its answer.
      const sweep = setInterval(() => this.#server.closeIdleConnections(), 50);
      const farewell = setTimeout(() => {
        for (const socket of this.#unused) socket.destroy();
      }, LAST_WORD_MS);
      this.#server.once('close', () => {
        clearInterval(sweep);
        clearTimeout(farewell);
      });
    });
  }
}

/** What Node's parser refuses never becomes a request; it gets a problem all the same. */
function refuse(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (!socket.writable || error.code === 'ECONNRESET') {
    socket.destroy();
    return;
  }
  const problem =
    error.code === 'HPE_HEADER_OVERFLOW'
      ? new Problem('headers-too-large', `Header fields have at most ${HEADER_BYTES_MAX} bytes together.`)
      : new Problem('malformed-request', 'The request is not HTTP/1.1, or did not arrive in time.');
  const { requestId } = traceOf(undefined);
  const body = JSON.stringify(problem.document(`urn:uuid:${requestId}`));
  socket.end(
    `HTTP/1.1 ${problem.status} ${problem.code}\r\nconnection: close\r\ncontent-type: application/problem+json\r\nx-request-id: ${requestId}\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
}
