import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Waits on loopback for the browser to come back from signing in (RFC 8252, 7.3). */
export interface LoopbackReceiver extends AsyncDisposable {
  /** What the identity provider is told to send the browser back to. */
  readonly redirectUri: string;
  /** The address the browser came to, with the code in it. Rejects when it does not come in time. */
  readonly arrival: Promise<URL>;
}

const PATH = '/callback';

const page = (title: string, text: string): string =>
  `<!doctype html><html lang="en"><meta charset="utf-8"><title>${title}</title><body style="font:16px system-ui;margin:15vh auto;max-width:30em"><h1>${title}</h1><p>${text}</p></body></html>`;

/**
 * Listens on a port of its own, for one arrival that carries `state`, and not longer than `limitMs`. Anything else that comes by is sent away and
 * does not end the waiting: a page in the browser could guess the port, but not the state.
 */
export async function loopbackReceiver({
  state,
  limitMs,
}: {
  readonly state: string;
  readonly limitMs: number;
}): Promise<LoopbackReceiver> {
  const { promise, resolve, reject } = Promise.withResolvers<URL>();
  // Nobody may be waiting yet when the time is over.
  promise.catch(() => {});
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://127.0.0.1');
    const headers = { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store', connection: 'close' };
    if (request.method !== 'GET' || url.pathname !== PATH || url.searchParams.get('state') !== state) {
      response.writeHead(404, headers).end(page('Nothing here', 'This address is not for you.'));
      return;
    }
    // Only then: who waits closes the server, and the person is to see the page.
    response.once('close', () => resolve(new URL(url.search, uri)));
    const denied = url.searchParams.has('error');
    response
      .writeHead(200, headers)
      .end(
        denied
          ? page('You are not signed in', 'Go back to Tenantry; it says why.')
          : page('You are signed in', 'You can close this page and go back to Tenantry.'),
      );
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const uri = `http://127.0.0.1:${(server.address() as AddressInfo).port}${PATH}`;
  const timer = setTimeout(() => reject(new Error('nobody came back from signing in')), limitMs);
  timer.unref();
  return {
    redirectUri: uri,
    arrival: promise,
    [Symbol.asyncDispose]: async () => {
      clearTimeout(timer);
      server.closeAllConnections();
      server.close();
    },
  };
}
