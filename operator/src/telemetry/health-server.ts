import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Registry } from 'prom-client';

/**
 * `/livez`, `/readyz` and `/metrics`, on a port of their own, and what else is to be answered there. `problems` names what is not ready; empty means ready.
 */
export async function startHealthServer(options: {
  readonly host: string;
  readonly port: number;
  readonly registry: Registry;
  readonly problems: () => readonly string[];
  /** Whether it answered; if not, the path is nobody's. */
  readonly other: (request: IncomingMessage, response: ServerResponse) => boolean;
}): Promise<Server> {
  const server = createServer((request, response) => {
    const path = request.url?.split('?')[0];
    if (path === '/livez') return void response.end('ok\n');
    if (path === '/readyz') {
      const problems = options.problems();
      return void response.writeHead(problems.length === 0 ? 200 : 503).end(`${problems.join('\n') || 'ok'}\n`);
    }
    if (path !== '/metrics') {
      if (!options.other(request, response)) response.writeHead(404).end('not found\n');
      return;
    }
    options.registry.metrics().then(
      (text) => response.writeHead(200, { 'content-type': options.registry.contentType }).end(text),
      (error: unknown) => response.writeHead(500).end(`${String(error)}\n`),
    );
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, options.host, () => resolve());
  });
  return server;
}
