import { createServer, type Server } from 'node:http';
import type { Registry } from 'prom-client';

/** `/livez`, `/readyz` and `/metrics`, on a port of their own. `problems` names what is not ready; empty means ready. */
export async function startHealthServer(options: {
  readonly host: string;
  readonly port: number;
  readonly registry: Registry;
  readonly problems: () => readonly string[];
}): Promise<Server> {
  const server = createServer((request, response) => {
    const path = request.url?.split('?')[0];
    if (path === '/livez') return void response.end('ok\n');
    if (path === '/readyz') {
      const problems = options.problems();
      return void response.writeHead(problems.length === 0 ? 200 : 503).end(`${problems.join('\n') || 'ok'}\n`);
    }
    if (path !== '/metrics') return void response.writeHead(404).end('not found\n');
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
