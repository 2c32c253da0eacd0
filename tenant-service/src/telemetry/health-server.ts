import { createServer } from 'node:http';
import type { Registry } from 'prom-client';

/** What the health server asks. Each answers at once, from memory. */
export interface Health {
  /** Undefined when ready, otherwise why not. */
  readonly notReady: () => string | undefined;
}

export interface HealthServer {
  readonly port: number;
  readonly close: () => void;
}

/** `/livez`, `/readyz` and `/metrics` on their own port, which no ingress reaches. Resolves when it listens. */
export function startHealthServer(options: { host: string; port: number; health: Health; metrics: Registry }): Promise<HealthServer> {
  const server = createServer((request, response) => {
    const answer = (status: number, text: string, type = 'text/plain; charset=utf-8') => {
      response.writeHead(status, { 'content-type': type }).end(text);
    };
    if (request.url === '/livez') return answer(200, 'ok\n');
    if (request.url === '/readyz') {
      const reason = options.health.notReady();
      return reason === undefined ? answer(200, 'ok\n') : answer(503, `${reason}\n`);
    }
    if (request.url === '/metrics') {
      options.metrics.metrics().then(
        (text) => answer(200, text, options.metrics.contentType),
        (error: unknown) => answer(500, `${String(error)}\n`),
      );
      return;
    }
    answer(404, 'try /livez, /readyz or /metrics\n');
  });
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, options.host, () =>
      resolve({ port: (server.address() as { port: number }).port, close: () => server.close() }),
    );
  });
}
