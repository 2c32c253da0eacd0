import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { requestListener } from '../src/web-console/node-server.ts';

/** What stands for the application's own scheme: an origin on loopback, whose requests the main process answers as it answers `app://`. */
export interface PageServer extends AsyncDisposable {
  readonly origin: string;
  readonly serve: (answer: (request: Request) => Promise<Response>) => void;
}

export async function pageServer(): Promise<PageServer> {
  let answer: ((request: Request) => Promise<Response>) | undefined;
  const server = createServer(requestListener(async (request) => (await answer?.(request)) ?? new Response(null, { status: 503 })));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    serve: (handler) => {
      answer = handler;
    },
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
